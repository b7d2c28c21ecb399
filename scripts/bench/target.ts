import { join } from "node:path";
import { fileURLToPath } from "node:url";
import config from "../../deno.json" with { type: "json" };
import { createDatabase, dropDatabase } from "../../tests/support/postgres.ts";
import { type Address, httpRequest } from "./http_load.ts";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const DATASET = join(ROOT, "sample_datasets/seg-coco8");
const START_TIMEOUT_MS = 20_000;

/** A server and its requests; each request is a function because it may differ per call. */
export interface Target {
  address: Address;
  requests: Record<"create" | "list" | "filter" | "search" | "page" | "row", () => Uint8Array>;
}

/** The database and the disk folder that the measured servers use. */
export interface Ground {
  folder: string;
  /** A Postgres server; `undefined` for libSQL. */
  postgresUrl: string | undefined;
}

/** Trainyard in production mode with one account, one project and no jobs. */
export interface OwnServer extends Target, AsyncDisposable {
  databaseUrl: string;
  pid: number;
  /** From process start to first response, in milliseconds. */
  coldStartMs: number;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a server with its own folder, port and database. */
export async function startOwnServer(
  ground: Ground,
  { prepare = () => Promise.resolve() }: {
    /** Prepares the migrated database, which already has the project, while the server is
     * stopped. */
    prepare?: (databaseUrl: string) => Promise<void>;
  } = {},
): Promise<OwnServer> {
  const folder = await Deno.makeTempDir({ dir: ground.folder });
  const databaseUrl = ground.postgresUrl === undefined
    ? `file:${folder}/trainyard.db`
    : await createDatabase(ground.postgresUrl);
  const port = freePort();
  const address = { hostname: "127.0.0.1", port };
  const environment = {
    APP_ENV: "production",
    HOST: "127.0.0.1",
    PORT: String(port),
    DATABASE_URL: databaseUrl,
    OUTPUTS_URL: `file:${folder}/outputs`,
    DATASETS_DIR: join(ROOT, "sample_datasets"),
    JWT_SECRET: crypto.randomUUID(),
    SIGNUP: "open",
    LOG_LEVEL: "info",
    MODELS_FILE: "",
    PUBLIC_URL: "",
  };
  let process = await spawn(environment, port);
  const token = await firstAccount(`http://127.0.0.1:${port}`);
  const server: OwnServer = {
    address,
    databaseUrl,
    pid: process.child.pid,
    coldStartMs: process.coldStartMs,
    requests: requestsTo(token),
    async restart() {
      await server.stop();
      process = await spawn(environment, port);
      server.pid = process.child.pid;
      server.coldStartMs = process.coldStartMs;
    },
    async stop() {
      process.child.kill("SIGTERM");
      await process.child.status;
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      if (ground.postgresUrl !== undefined) await dropDatabase(databaseUrl);
      await Deno.remove(folder, { recursive: true });
    },
  };
  await server.stop();
  await prepare(databaseUrl);
  process = await spawn(environment, port);
  server.pid = process.child.pid;
  server.coldStartMs = process.coldStartMs;
  return server;
}

/** Runs the command of `deno task start`. */
async function spawn(env: Record<string, string>, port: number) {
  const start = performance.now();
  const flags = Deno.env.get("BENCH_FLAGS")?.split(" ") ?? [];
  const [, ...args] = config.tasks.start.command.replace("APP_ENV=production ", "").split(" ");
  const child = new Deno.Command(Deno.execPath(), {
    args: [args[0]!, ...flags, ...args.slice(1)],
    cwd: ROOT,
    env,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  while (performance.now() - start < START_TIMEOUT_MS) {
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`).catch(() => undefined);
    if (answer?.ok) {
      await answer.body?.cancel();
      return { child, coldStartMs: performance.now() - start };
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  child.kill("SIGKILL");
  throw new Error("the server did not start");
}

/** Creates an account with a project and returns the account's token. */
async function firstAccount(origin: string): Promise<string> {
  const account = { email: "bench@example.com", password: crypto.randomUUID() };
  await post("/auth/register", account);
  const { access_token } = await post("/auth/login", account);
  await post("/projects", { name: "Dog vs Cat" }, `Bearer ${access_token}`);
  return String(access_token);

  async function post(path: string, body: unknown, authorization = "") {
    const answer = await fetch(`${origin}/api/v1${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: authorization },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return await answer.json() as Record<string, unknown>;
  }
}

const LIST = "/api/v1/training/jobs?project_id=1";
/** The example from the API contract. */
const JOB = {
  project_id: 1,
  model_name: "yolo11n-seg",
  framework: "ultralytics",
  task_type: "instance_segmentation",
  dataset_path: DATASET,
  dataset_format: "yolo",
  epochs: 50,
  batch_size: 16,
  learning_rate: 0.01,
  optimizer: "adam",
  pretrained: true,
};

/** `page` and `row` exist only on Trainyard, not on a peer. */
export function requestsTo(token: string): Target["requests"] {
  const bearer = { Authorization: `Bearer ${token}` };
  const cookie = { Cookie: `trainyard_session=${token}`, "Accept-Language": "ko" };
  const always = (request: Uint8Array) => () => request;
  const get = (path: string) => always(httpRequest("GET", path, { headers: bearer }));
  return {
    create: always(httpRequest("POST", "/api/v1/training/jobs", {
      headers: { ...bearer, "Content-Type": "application/json" },
      body: JSON.stringify(JOB),
    })),
    list: get(LIST),
    filter: get(`${LIST}&status=failed`),
    search: get(`${LIST}&search=resnet`),
    page: always(httpRequest("GET", "/projects/1", { headers: cookie })),
    // Like the form in a browser: each with a new idempotency key.
    row: () =>
      httpRequest("POST", "/projects/1/experiments", {
        headers: {
          ...cookie,
          "Content-Type": "application/x-www-form-urlencoded",
          "HX-Request": "true",
        },
        body: new URLSearchParams({
          idempotency_key: crypto.randomUUID(),
          model_name: JOB.model_name,
          dataset_path: JOB.dataset_path,
          epochs: "50",
          batch_size: "16",
          learning_rate: "0.01",
          optimizer: "adam",
          pretrained: "on",
        }).toString(),
      }),
  };
}

/** A process's resident memory in MiB; `undefined` except on Linux. */
export async function residentMiB(pid: number): Promise<number | undefined> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`).catch(() => "");
  const [, kib] = /^VmRSS:\s*(\d+) kB/m.exec(status) ?? [];
  return kib === undefined ? undefined : Number(kib) / 1024;
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
