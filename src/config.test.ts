import { delimiter } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { loadConfig, loadDatabaseLocation } from "./config.ts";
import { StartupError } from "./domain/kernel/errors.ts";

const SECRET = "a secret of at least thirty-two bytes";
const HIDDEN = "hunter2";

/** A complete production environment with a new dataset folder; `env` overrides it. */
async function environment(env: Record<string, string> = {}): Promise<Record<string, string>> {
  return { JWT_SECRET: SECRET, DATASETS_DIR: await Deno.makeTempDir(), ...env };
}

async function load(env: Record<string, string> = {}) {
  return await loadConfig(await environment(env));
}

/** The message of the `StartupError`. */
async function refusal(env: Record<string, string>): Promise<string> {
  const error = await loadConfig(env).then(() => undefined, (error: unknown) => error);
  if (!(error instanceof StartupError)) {
    throw new Error("expected a StartupError", { cause: error });
  }
  return error.message;
}

describe("the defaults", () => {
  const COMMON = {
    port: 8000,
    database: { kind: "libsql-file", path: "./data/trainyard.db" },
    volume: { kind: "local", root: "./outputs" },
    modelsFile: undefined,
    publicOrigin: undefined,
    trustProxy: false,
    logLevel: "info",
    creationsPerMinute: undefined,
    metrics: undefined,
    jwtSecret: new TextEncoder().encode(SECRET),
    previousJwtSecret: undefined,
  };
  const PRODUCTION = { env: "production", host: "0.0.0.0", signup: "closed" };

  test.each<[string, Record<string, string>, object]>([
    ["without APP_ENV", {}, PRODUCTION],
    ["in production", { APP_ENV: "production" }, PRODUCTION],
    ["in development", { APP_ENV: "development" }, {
      env: "development",
      host: "localhost",
      signup: "open",
    }],
  ])("%s are safe", async (_, env, own) => {
    const DATASETS_DIR = await Deno.makeTempDir();
    const config = await load({ ...env, DATASETS_DIR });
    expect(config).toEqual({ ...COMMON, ...own, datasetRoots: [DATASETS_DIR] });
  });

  test("apply to variables that are empty", async () => {
    const { DATASETS_DIR, ...names } = await environment();
    const empty = [
      "PORT",
      "HOST",
      "APP_ENV",
      "DATABASE_URL",
      "OUTPUTS_URL",
      "PUBLIC_URL",
      "SIGNUP",
      "JWT_SECRET_PREVIOUS",
    ];
    const config = await load({
      ...names,
      DATASETS_DIR: DATASETS_DIR!,
      ...Object.fromEntries(empty.map((name) => [name, ""])),
    });
    expect(config).toEqual({ ...COMMON, ...PRODUCTION, datasetRoots: [DATASETS_DIR] });
  });
});

describe("variables override the defaults", () => {
  test.each<[string, string, object]>([
    ["PORT", "0", { port: 0 }],
    ["PORT", "65535", { port: 65535 }],
    ["HOST", "127.0.0.1", { host: "127.0.0.1" }],
    ["DATABASE_URL", "file:/srv/x.db", { database: { kind: "libsql-file", path: "/srv/x.db" } }],
    ["DATABASE_URL", "file:///srv/a%20b.db", {
      database: { kind: "libsql-file", path: "/srv/a b.db" },
    }],
    ["DATABASE_URL", "libsql://db.example", {
      database: { kind: "libsql-server", url: "libsql://db.example" },
    }],
    ["OUTPUTS_URL", "file:/app/outputs", { volume: { kind: "local", root: "/app/outputs" } }],
    ["PUBLIC_URL", "https://Train.example.com/", { publicOrigin: "https://train.example.com" }],
    ["PUBLIC_URL", "http://localhost:8000/path?x", { publicOrigin: "http://localhost:8000" }],
    ["SIGNUP", "open", { signup: "open" }],
    ["JWT_SECRET_PREVIOUS", `old ${SECRET}`, {
      previousJwtSecret: new TextEncoder().encode(`old ${SECRET}`),
    }],
    ["LOG_LEVEL", "debug", { logLevel: "debug" }],
    ["MODELS_FILE", "/srv/models.json", { modelsFile: "/srv/models.json" }],
    ["CREATIONS_PER_MINUTE", "60", { creationsPerMinute: 60 }],
    ["METRICS", "on", { metrics: { token: undefined } }],
    ["METRICS", "off", { metrics: undefined }],
    ["METRICS_TOKEN", "sixteen-letters!", { metrics: { token: "sixteen-letters!" } }],
  ])("%s=%s", async (name, value, expected) => {
    expect(await load({ [name]: value })).toMatchObject(expected);
  });

  test("DATASETS_DIR accepts several folders", async () => {
    const roots = [await Deno.makeTempDir(), await Deno.makeTempDir()];
    expect((await load({ DATASETS_DIR: roots.join(delimiter) })).datasetRoots).toEqual(roots);
  });

  test("loadDatabaseLocation needs only DATABASE_URL", () => {
    expect(loadDatabaseLocation({ DATABASE_URL: "file:x.db" }))
      .toEqual({ kind: "libsql-file", path: "x.db" });
  });
});

describe("an invalid value throws a one-line StartupError that names the variable", () => {
  test.each([
    ["APP_ENV", "staging"],
    ["PORT", "http"],
    ["PORT", "-1"],
    ["PORT", "80.5"],
    ["PORT", "65536"],
    ["PORT", "8000\n9000"],
    ["DATABASE_URL", `mysql://root:${HIDDEN}@db/x`],
    ["DATABASE_URL", "trainyard.db"],
    ["DATABASE_URL", "file://other-host/x.db%2f"],
    ["OUTPUTS_URL", `ftp://me:${HIDDEN}@host/x`],
    ["OUTPUTS_URL", "/app/outputs"],
    ["OUTPUTS_URL", "s4\n://x"],
    ["DATASETS_DIR", "/nowhere/at/all"],
    ["DATASETS_DIR", new URL(import.meta.url).pathname],
    ["JWT_SECRET", HIDDEN],
    ["JWT_SECRET", `${HIDDEN}${"x".repeat(24)}`],
    ["JWT_SECRET_PREVIOUS", HIDDEN],
    ["JWT_SECRET_PREVIOUS", SECRET],
    ["PUBLIC_URL", "train.example.com"],
    ["PUBLIC_URL", "ftp://train.example.com"],
    ["PUBLIC_URL", "https://a b"],
    ["SIGNUP", "maybe"],
    ["LOG_LEVEL", "loud"],
    ["CREATIONS_PER_MINUTE", "0"],
    ["CREATIONS_PER_MINUTE", "1.5"],
    ["METRICS", "yes"],
    ["METRICS_TOKEN", HIDDEN],
    ["METRICS_TOKEN", `${HIDDEN} ${"x".repeat(16)}`],
  ])("%s=%j", async (name, value) => {
    const message = await refusal(await environment({ [name]: value }));
    expect(message).toMatch(new RegExp(`^${name}: [^\\n\\r]+$`));
    expect(message).not.toContain(HIDDEN);
  });
});

describe("the signing secret", () => {
  test.each(["production", "test", ""])("is required when APP_ENV is %j", async (APP_ENV) => {
    const { JWT_SECRET: _, ...env } = await environment({ APP_ENV });
    expect(await refusal(env)).toMatch(/^JWT_SECRET: required [^\n]+ openssl rand -base64 48$/);
  });

  test("needs at least 32 bytes", async () => {
    expect((await load({ JWT_SECRET: "x".repeat(32) })).jwtSecret).toHaveLength(32);
    expect((await load({ JWT_SECRET: "비".repeat(11) })).jwtSecret).toHaveLength(33);
    const message = await refusal(await environment({ JWT_SECRET: "x".repeat(31) }));
    expect(message).toMatch(/at least 32 bytes .* got 31;/);
  });

  /** A development environment with a database in a new folder and no secret. */
  async function development() {
    const folder = await Deno.makeTempDir();
    const DATABASE_URL = pathToFileURL(`${folder}/data/x.db`).href;
    const { JWT_SECRET: _, ...env } = await environment({ APP_ENV: "development", DATABASE_URL });
    return { folder, env, path: `${folder}/data/jwt-secret` };
  }

  test("is generated once in development and stored next to the database", async () => {
    const { env, path } = await development();
    const [first, second] = [await loadConfig(env), await loadConfig(env)];
    expect(first.jwtSecret.length).toBeGreaterThanOrEqual(32);
    expect(second.jwtSecret).toEqual(first.jwtSecret);
    expect(new TextEncoder().encode(await Deno.readTextFile(path))).toEqual(first.jwtSecret);
    if (Deno.build.os !== "windows") expect((await Deno.stat(path)).mode! & 0o777).toBe(0o600);
    const another = await loadConfig((await development()).env);
    expect(another.jwtSecret).not.toEqual(first.jwtSecret);
  });

  test("is not stored when it is set", async () => {
    const { env, path } = await development();
    await loadConfig({ ...env, JWT_SECRET: SECRET });
    await expect(Deno.stat(path)).rejects.toBeInstanceOf(Deno.errors.NotFound);
  });

  test.each<[string, (path: string) => Promise<void>]>([
    ["is too short", (path) => Deno.writeTextFile(path, "")],
    ["is a folder", (path) => Deno.mkdir(path)],
  ])("is rejected when the stored one %s", async (_, spoil) => {
    const { folder, env, path } = await development();
    await Deno.mkdir(`${folder}/data`);
    await spoil(path);
    expect(await refusal(env)).toMatch(/^JWT_SECRET: [^\n]+$/);
  });

  test("fails when its folder cannot be created", async () => {
    const { folder, env } = await development();
    await Deno.writeTextFile(`${folder}/data`, "a file");
    expect(await refusal(env)).toMatch(
      /^JWT_SECRET: not set, and cannot store a generated one in [^\n]+$/,
    );
  });
});
