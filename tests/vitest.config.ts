import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { type Backend, BACKENDS, EMBEDDED } from "./support/backends.ts";

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const CONTRACT = "tests/api/**/*.test.ts";
/** Accounts, sessions and tokens live in the database alone: one volume is enough for them. */
const ACCESS = "tests/api/{accounts,bearer,sessions,tokens}.test.ts";
/** What they throw at the server ends up in a database; the volume never sees it. */
const PROPERTIES = "tests/properties.test.ts";
const PROPERTY_BACKENDS = ["libsql × disk", "postgres × disk"] as const;

const POSTGRES_BACKENDS = BACKENDS.filter((backend) => backend.startsWith("postgres"));

/** The contract of the API is tested on every backend it depends on, properties on each database, everything else on
 * the first backend. */
const projects = [
  {
    name: "unit and process",
    include: ["src/**/*.test.ts", "scripts/**/*.test.ts", "tests/**/*.test.ts"],
    exclude: [CONTRACT, PROPERTIES, "**/node_modules/**"],
    provide: { backend: BACKENDS[0], postgresServer: EMBEDDED },
  },
  ...PROPERTY_BACKENDS.map((backend) => ({
    name: `properties on ${backend}`,
    include: [PROPERTIES],
    provide: { backend, postgresServer: EMBEDDED },
  })),
  ...BACKENDS.map((backend) => contractOn(backend, { postgresServer: EMBEDDED })),
  ...(Deno.env.get("TEST_POSTGRES_URL")
    ? POSTGRES_BACKENDS.map((backend) =>
      contractOn(backend, { postgresServer: "TEST_POSTGRES_URL" })
    )
    : []),
];

function contractOn(backend: Backend, { postgresServer }: { postgresServer: string }) {
  const name = postgresServer === EMBEDDED ? backend : `${backend}, ${postgresServer}`;
  const exclude = backend.endsWith("s3") ? [ACCESS, "**/node_modules/**"] : ["**/node_modules/**"];
  const provide = { backend, postgresServer };
  return { name: `API on ${name}`, include: [CONTRACT], exclude, provide };
}

export default defineConfig({
  root: path(".."),
  test: {
    reporters: ["default", path("support/closing_line.ts")],
    globalSetup: [path("support/find_browser.ts"), path("support/start_services.ts")],
    // One more than cores: many tests wait for a clock or a process.
    maxWorkers: 3,
    projects: projects.map((project) => ({
      root: path(".."),
      oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
      // Whole-process tests start servers and a browser; two cores give them little.
      test: {
        testTimeout: 30_000,
        hookTimeout: 60_000,
        expect: { poll: { timeout: 10_000 } },
        ...project,
      },
    })),
  },
});
