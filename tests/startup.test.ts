import { createClient } from "@libsql/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DATASETS, request, signInApi } from "./support/api.ts";
import { runServer, serverEnv, startServer } from "./support/server.ts";

const SECRET = "a secret of this test, long enough to be one";
const PRODUCTION = { APP_ENV: "production", JWT_SECRET: SECRET };

let folder: string;

beforeAll(async () => {
  folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "trainyard-" }));
  await Deno.mkdir(`${folder}/datasets/empty`, { recursive: true });
  await Deno.writeTextFile(`${folder}/a-file`, "no folder, no database, no JSON");
});
afterAll(() => Deno.remove(folder, { recursive: true }));

/** A port that nothing listens on, as far as one can tell. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Runs the server with a setting that it must refuse, on a port where one would see it listen. */
async function refuse(env: Record<string, string>) {
  const port = freePort();
  let ended = false;
  const run = runServer(serverEnv(folder, {
    HOST: "127.0.0.1",
    PORT: String(port),
    DATASETS_DIR: `${folder}/datasets`,
    ...Object.fromEntries(
      Object.entries(env).map(([name, value]) => [name, value.replaceAll("{folder}", folder)]),
    ),
  })).finally(() => ended = true);
  let listened = false;
  while (!ended && !listened) {
    listened = await Deno.connect({ hostname: "127.0.0.1", port })
      .then((connection) => (connection.close(), true), () => false);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { ...await run, listened };
}

describe("the server refuses to start, in one line that names", () => {
  test.concurrent.each<[string, Record<string, string>]>([
    ["JWT_SECRET", { APP_ENV: "production" }],
    ["JWT_SECRET", { APP_ENV: "production", JWT_SECRET: "x".repeat(31) }],
    ["JWT_SECRET", { JWT_SECRET: "short" }],
    ["PORT", { PORT: "abc" }],
    ["PORT", { PORT: "-1" }],
    ["PORT", { PORT: "65536" }],
    ["PORT", { PORT: "80.5" }],
    ["DATABASE_URL", { DATABASE_URL: "mysql://user:hidden-word@localhost/x" }],
    ["DATABASE_URL", { DATABASE_URL: "trainyard.db" }],
    ["DATABASE_URL", { DATABASE_URL: "file:{folder}/a-file" }],
    ["DATABASE_URL", { DATABASE_URL: "file:{folder}/a-file/below.db", JWT_SECRET: SECRET }],
    ["JWT_SECRET", { DATABASE_URL: "file:{folder}/a-file/below.db" }],
    ["OUTPUTS_URL", { OUTPUTS_URL: "ftp://user:hidden-word@localhost/x" }],
    ["OUTPUTS_URL", { OUTPUTS_URL: "outputs" }],
    ["OUTPUTS_URL", { OUTPUTS_URL: "file:{folder}/a-file" }],
    ["DATASETS_DIR", { DATASETS_DIR: "{folder}/absent" }],
    ["DATASETS_DIR", { DATASETS_DIR: "{folder}/a-file" }],
    ["DATASETS_DIR", { DATASETS_DIR: "{folder}/datasets:{folder}/absent" }],
    ["SIGNUP", { SIGNUP: "maybe" }],
    ["APP_ENV", { APP_ENV: "staging" }],
    ["PUBLIC_URL", { PUBLIC_URL: "train.example.com" }],
    ["LOG_LEVEL", { LOG_LEVEL: "loud" }],
    ["MODELS_FILE", { MODELS_FILE: "{folder}/absent.json" }],
    ["MODELS_FILE", { MODELS_FILE: "{folder}/a-file" }],
  ])("%s when it is set so: %j", async (name, env) => {
    const { code, output, stderr, listened } = await refuse(env);
    expect({ code, listened }, output).toEqual({ code: 1, listened: false });
    expect(stderr).toMatch(new RegExp(`^${name}: [^\\n]+\\n$`));
    expect(output).toBe(stderr);
    expect(output).not.toContain("hidden-word");
  });

  test("PORT when it is taken", async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    const { code, stderr } = await runServer(serverEnv(folder, {
      HOST: "127.0.0.1",
      PORT: String(port),
      DATASETS_DIR: `${folder}/datasets`,
      DATABASE_URL: `file:${folder}/taken.db`,
    }));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^PORT: [^\n]+\n$/);
  });

  test("DATABASE_URL when another process has its file, and that one goes on", async () => {
    await using first = await startServer({ datasets: DATASETS });
    const env = serverEnv(first.folder, { DATASETS_DIR: `${first.folder}/datasets` });
    for (const script of ["src/main.ts", "scripts/migrate.ts"]) {
      const { code, stderr } = await runServer(env, script);
      expect(code).toBe(1);
      expect(stderr).toMatch(/^DATABASE_URL: [^\n]+\n$/);
    }
    const api = await signInApi(first);
    expect((await api.send("POST", "/api/v1/projects", { json: { name: "On" } })).status).toBe(201);
  });
});

describe("a server that has started", () => {
  test.each(["SIGTERM", "SIGINT"] as const)("ends well on %s, and starts again", async (signal) => {
    await using first = await startServer({ datasets: DATASETS });
    const api = await signInApi(first);
    const { body } = await api.send("POST", "/api/v1/projects", { json: { name: "Kept" } });
    expect(await first.stop(signal)).toMatchObject({ code: 0, success: true });
    await expect(fetch(first.origin)).rejects.toThrow();

    await using second = await startServer({ place: first.place, datasets: DATASETS });
    const path = `/api/v1/projects/${body.id}`;
    const headers = { Authorization: `Bearer ${api.token}` };
    // The token still counts: its key was kept.
    expect(await request(second, { method: "GET", path, headers }))
      .toMatchObject({ status: 200, body: { name: "Kept" } });
    const all = await (await signInApi(second)).send("GET", "/api/v1/projects");
    expect(all.body.items.map(({ name }: { name: string }) => name)).toEqual([
      "Kept",
      "Dog vs Cat",
    ]);
  });

  test("ends well when it is told to the moment it listens", async () => {
    await using first = await startServer({ datasets: DATASETS });
    await first.stop();
    const process = new Deno.Command(Deno.execPath(), {
      args: ["run", "-RWNES", "--allow-ffi", "src/main.ts"],
      cwd: new URL("..", import.meta.url),
      env: serverEnv(first.folder, { DATASETS_DIR: `${first.folder}/datasets` }),
      stdout: "piped",
      stderr: "null",
    }).spawn();
    for await (const text of process.stdout.pipeThrough(new TextDecoderStream())) {
      if (text.includes("listening")) process.kill("SIGTERM");
    }
    expect(await process.status).toMatchObject({ code: 0, signal: null });
  });

  test("finishes what it has begun before it ends", async () => {
    await using server = await startServer({ datasets: DATASETS });
    const api = await signInApi(server);
    const json = { project_id: 1, model_name: "resnet18", dataset_path: "dog-vs-cat" };
    const answers = Promise.allSettled(
      Array.from({ length: 8 }, () => api.send("POST", "/api/v1/training/jobs", { json })),
    );
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect((await server.stop()).code).toBe(0);
    const created = (await answers).filter((answer) => answer.status === "fulfilled")
      .filter(({ value }) => value.status === 201).map(({ value }) => value.body.id);
    const rows = await server.place.sql("select id, output_dir from training_jobs");
    expect(rows.map(({ id }) => id)).toEqual(expect.arrayContaining(created));
    // The end waits for what has begun: nothing is left half-made either.
    const directories = [...(await server.place.outputDirs()).keys()];
    expect(directories.sort()).toEqual(rows.map((row) => row.output_dir).sort());
  });

  test("in production holds no demo data and tells nothing of it", async () => {
    await using server = await startServer({ datasets: DATASETS, env: PRODUCTION });
    const json = { email: "demo@example.com", password: "demo-password" };
    const login = await request(server, { method: "POST", path: "/api/v1/auth/login", json });
    expect(login.status).toBe(401);
    const page = await request(server, { method: "GET", path: "/login" });
    expect(page.body).not.toContain("demo");
    expect(server.output()).not.toContain("demo");
    expect(server.output()).not.toContain(SECRET);
    for (const line of server.output().trim().split("\n")) JSON.parse(line);
    expect((await server.stop()).code).toBe(0);
    for (const table of ["users", "projects", "training_jobs"]) {
      expect(await server.place.sql(`select count(*) as rows from ${table}`))
        .toEqual([{ rows: 0 }]);
    }
  });

  test("in development fills an empty database once", async () => {
    await using server = await startServer({ datasets: DATASETS });
    expect(server.output()).toContain("demo@example.com / demo-password");
    const api = await signInApi(server);
    const { items } = (await api.send("GET", "/api/v1/projects/1/experiments")).body;
    expect(items).toMatchObject([
      { model_name: "yolo11n", task_type: "detection", status: "completed", accuracy: 0.89 },
      {
        model_name: "resnet50",
        task_type: "image_classification",
        status: "failed",
        accuracy: null,
        error_message: "CUDA out of memory",
      },
    ]);
    expect((await api.send("GET", "/api/v1/projects/1")).body)
      .toMatchObject({ name: "Dog vs Cat", description: "개/고양이 분류 프로젝트" });
  });
});

describe("migrating", () => {
  test("works on a fresh file, in a folder to be made, and has nothing to do again", async () => {
    // It needs nothing but the database.
    const env: Record<string, string> = {
      ...serverEnv(`${folder}/new/deeper`, { APP_ENV: "production" }),
      DATASETS_DIR: `${folder}/absent`,
    };
    const first = await runServer(env, "scripts/migrate.ts");
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(first.output).toMatch(/0001_\w+\.sql/);
    expect(await runServer(env, "scripts/migrate.ts"))
      .toEqual({ code: 0, stderr: "", output: expect.stringMatching(/up to date/) });
    const client = createClient({ url: env.DATABASE_URL! });
    const tables = await client.execute("select name from sqlite_master where type = 'table'");
    client.close();
    expect(tables.rows.map(({ name }) => name))
      .toEqual(expect.arrayContaining(["users", "projects", "training_jobs"]));
  });

  test("names DATABASE_URL when that is wrong", async () => {
    const env = serverEnv(folder, { DATABASE_URL: "mysql://localhost/x" });
    const { code, stderr } = await runServer(env, "scripts/migrate.ts");
    expect(code).toBe(1);
    expect(stderr).toMatch(/^DATABASE_URL: [^\n]+\n$/);
  });
});
