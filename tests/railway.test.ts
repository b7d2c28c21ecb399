import { httpServer } from "../src/http_server.ts";
import { openApp } from "./support/app.ts";
import {
  RAILWAY_GRAPH_VERSION,
  type ResourceNode,
  type ServiceNode,
  validateGraph,
  type VariableValue,
} from "railway/iac";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { loadConfig } from "../src/config.ts";

const ROOT = new URL("..", import.meta.url);
const read = (path: string) => Deno.readTextFile(new URL(path, ROOT));

/** What Railway puts in the place of references. */
const RAILWAY: Record<string, string> = {
  "RAILWAY_PUBLIC_DOMAIN": "trainyard-production.up.railway.app",
  "database.postgres DATABASE_URL": "postgresql://postgres:word@postgres.railway.internal/railway",
  "outputs.BUCKET": "outputs-jdhhd8oe18xi",
  "outputs.ENDPOINT": "https://storage.railway.app",
  "outputs.REGION": "auto",
  "bucket.outputs ACCESS_KEY_ID": "key",
  "bucket.outputs SECRET_ACCESS_KEY": "secret",
};

/** What `.railway/railway.ts` exports, and what else its choices make of it. */
const PROGRAMS = {
  chosen: "chosen",
  volume: 'trainyard({ outputs: "volume" })',
  bucket: 'trainyard({ outputs: "bucket" })',
  repository: 'trainyard({ outputs: "volume", repository: "me/trainyard" })',
};

let evaluated: Record<keyof typeof PROGRAMS, { resources: ResourceNode[] }>;

/** In a process of its own, as Railway's command line does: its package is found by `tests/deno.json`
 * alone. */
beforeAll(async () => {
  const code = `
    import { createRailwayContext, project } from "railway/iac";
    import chosen, { trainyard } from ${JSON.stringify(new URL(".railway/railway.ts", ROOT).href)};
    const context = createRailwayContext({ command: "plan", environment: "production" });
    console.log(JSON.stringify({${
    Object.entries(PROGRAMS).map(([name, program]) =>
      `${name}: await (${program})(context, project),`
    )
      .join("")
  }}));`;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--ext=ts", "--config", "tests/deno.json", "--frozen", code],
    cwd: ROOT,
  }).output();
  const text = new TextDecoder().decode(stdout);
  if (!text.startsWith("{")) throw new Error(new TextDecoder().decode(stderr));
  evaluated = JSON.parse(text);
});

const serverOf = (name: keyof typeof PROGRAMS) =>
  evaluated[name].resources.find((one): one is ServiceNode => one.type === "service")!;

/** Every arrow from the server to what it uses. */
function edges({ address: from, variables = {}, volumeAttachments = {} }: ServiceNode) {
  return [
    ...Object.values(variables).flatMap((value) =>
      value.type === "reference" ? [{ from, to: value.resource, type: "variable" as const }] : []
    ),
    ...Object.values(volumeAttachments)
      .map(({ volume }) => ({ from, to: volume, type: "mount" as const })),
  ];
}

/** The environment the server would see. */
function environment({ variables = {} }: ServiceNode): Record<string, string> {
  const known = (name: string) => {
    const value = RAILWAY[name];
    if (value === undefined) throw new Error(`Railway knows nothing of ${name}`);
    return value;
  };
  const resolve = (value: VariableValue): string => {
    if (value.type === "preserve") return "set by hand, once, and long enough to be one";
    if (value.type === "reference") return known(`${value.resource} ${value.output}`);
    if (value.type !== "literal") throw new Error(`not expected: ${value.type}`);
    return value.value!.replace(/\$\{\{([\w.]+)\}\}/g, (_, name) => known(name));
  };
  return {
    APP_ENV: "production",
    ...Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, resolve(value)])),
  };
}

describe.each(["volume", "bucket"] as const)(
  ".railway/railway.ts with outputs on a %s",
  (outputs) => {
    test("is a graph without loose ends", () => {
      const { resources } = evaluated[outputs];
      const arrows = edges(serverOf(outputs));
      expect(validateGraph({
        version: RAILWAY_GRAPH_VERSION,
        project: { name: "trainyard" },
        environments: [],
        resources,
        edges: arrows,
      })).toEqual([]);
      expect(resources.map(({ address }) => address).sort())
        .toEqual(["database.postgres", "service.trainyard", `${outputs}.outputs`].sort());
      expect(arrows.map(({ to }) => to)).toContain(`${outputs}.outputs`);
      expect(arrows.map(({ to }) => to)).toContain("database.postgres");
    });

    test("gives the server an environment that it starts with", async () => {
      const env = environment(serverOf(outputs));
      const config = await loadConfig({ ...env, DATASETS_DIR: fileURLToPath(ROOT) });
      expect(config).toMatchObject({
        database: { kind: "postgres" },
        publicOrigin: "https://trainyard-production.up.railway.app",
        signup: "closed",
        trustProxy: true,
      });
      expect(config.volume).toEqual(
        outputs === "volume" ? { kind: "local", root: "/app/outputs" } : {
          kind: "s3",
          bucket: "outputs-jdhhd8oe18xi",
          prefix: "outputs/",
          endpoint: "https://storage.railway.app",
          region: "auto",
          pathStyle: false,
          credentials: { accessKeyId: "key", secretAccessKey: "secret" },
        },
      );
    });

    test("holds no secret", () => {
      const server = serverOf(outputs);
      expect(server.variables).toMatchObject({ JWT_SECRET: { type: "preserve" } });
      const names = Object.keys(server.variables!).filter((name) => /SECRET|KEY/.test(name));
      for (const name of names) expect(server.variables![name]!.type, name).not.toBe("literal");
    });
  },
);

test("the choice that is made is one that starts", async () => {
  const env = environment(serverOf("chosen"));
  await expect(loadConfig({ ...env, DATASETS_DIR: fileURLToPath(ROOT) })).resolves.toBeDefined();
});

test("with a volume there is one replica, its mount is required, and it is written as root", () => {
  expect(serverOf("volume")).toMatchObject({
    volumeAttachments: { outputs: { volume: "volume.outputs", mountPath: "/app/outputs" } },
    deploy: { numReplicas: 1, overlapSeconds: 0, requiredMountPath: "/app/outputs" },
    variables: { RAILWAY_RUN_UID: { type: "literal", value: "0" } },
  });
});

test("with a bucket several replicas may run, without a volume and without root", () => {
  const server = serverOf("bucket");
  expect(server.deploy?.numReplicas).toBeGreaterThan(1);
  expect(server.deploy).not.toHaveProperty("requiredMountPath");
  expect(server).not.toHaveProperty("volumeAttachments");
  expect(server.variables).not.toHaveProperty("RAILWAY_RUN_UID");
});

test("it is built from a repository, or from the folder that is sent", () => {
  expect(serverOf("repository").source).toMatchObject({ type: "github", repo: "me/trainyard" });
  expect(serverOf("volume")).not.toHaveProperty("source");
});

test("railway.toml says of the deployment what .railway/railway.ts says", async () => {
  const toml = readToml(await read("railway.toml"));
  const server = serverOf("volume");
  expect(Object.keys(toml)).toEqual(["build", "deploy"]);
  expect(toml.build).toEqual(server.build);
  expect({ numReplicas: 1, ...toml.deploy }).toEqual(server.deploy);
});

test("draining outlasts the time the server takes to end", async () => {
  await using app = await openApp();
  const http = httpServer({ host: "localhost", port: 0 }, {
    handler: () => new Response(),
    endStreams() {},
    onListen() {},
  });
  // The worst case: every service takes its whole deadline.
  const ms = [...app.services, http].reduce((sum, { stopMs }) => sum + stopMs, 0);
  expect(ms).toBeGreaterThan(http.stopMs);
  for (const outputs of ["volume", "bucket"] as const) {
    expect(serverOf(outputs).deploy?.drainingSeconds).toBeGreaterThan(ms / 1000);
  }
});

type TomlTable = Record<string, string | number | string[]>;

/** As much TOML as the file has: tables of strings, numbers and lists of one string. */
function readToml(text: string): Record<string, TomlTable> {
  const tables: Record<string, TomlTable> = {};
  let table: TomlTable | undefined;
  for (const line of text.split("\n").filter((line) => !/^\s*(#|$)/.test(line))) {
    const [, name] = /^\[(\w+)\]$/.exec(line) ?? [];
    const [, key, value] = /^(\w+) = ("[^"\\]*"|\["[^"\\]*"\]|\d+)$/.exec(line) ?? [];
    if (name) table = tables[name] = {};
    else if (table && key && value) table[key] = JSON.parse(value);
    else throw new Error(`railway.toml: cannot read ${line}`);
  }
  return tables;
}
