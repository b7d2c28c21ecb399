import { createClient, type Row } from "@libsql/client";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const START_TIMEOUT_MS = 20_000;
const OTHER_VARIABLES = ["JWT_SECRET", "LOG_LEVEL", "MODELS_FILE", "PUBLIC_URL", "SIGNUP"];

/** A server process of its own, on a free port, in a fresh folder. */
export interface Server extends AsyncDisposable {
  origin: string;
  /** Holds `trainyard.db` and `outputs/`. */
  folder: string;
  /** Everything it has printed so far. */
  output(): string;
  /** Sends a signal and waits for the end; answers the exit status. */
  stop(signal?: Deno.Signal): Promise<Deno.CommandStatus>;
}

export interface ServerOptions {
  /** Over the defaults: demo data, a fresh database and outputs folder, the sample datasets. */
  env?: Record<string, string>;
  /** Of an earlier server, to start again on what it left. */
  folder?: string;
  /** Files to stand below a datasets folder of its own, instead of the sample datasets. */
  datasets?: Record<string, string>;
}

/** Starts the server as `deno task dev` does, but for reloading, and waits until it listens. */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  // Real, as the datasets below it must lie where they seem to.
  const folder = options.folder ??
    await Deno.realPath(await Deno.makeTempDir({ prefix: "trainyard-" }));
  if (options.datasets) await writeFiles(join(folder, "datasets"), options.datasets);
  const env = {
    ...(options.datasets && { DATASETS_DIR: join(folder, "datasets") }),
    ...options.env,
  };
  const { process, output } = spawnServer({ env: serverEnv(folder, env) });
  const ended = process.status;

  const port = await waitFor(() => /listening\W.*?\bport\W+(\d+)/.exec(output())?.[1], ended);
  if (port === undefined) {
    await stop("SIGKILL");
    throw new Error(`the server did not start:\n${output()}`);
  }
  return {
    origin: `http://localhost:${port}`,
    folder,
    output,
    stop,
    async [Symbol.asyncDispose]() {
      await stop("SIGKILL");
      if (options.folder === undefined) await Deno.remove(folder, { recursive: true });
    },
  };

  async function stop(signal: Deno.Signal = "SIGTERM"): Promise<Deno.CommandStatus> {
    try {
      process.kill(signal);
    } catch {
      // It has ended already.
    }
    return await ended;
  }
}

/** How a process that was to end by itself ended. */
export interface Ended {
  code: number;
  /** Both streams, as they came. */
  output: string;
  stderr: string;
}

/** Runs the server, or another script, where it is expected to end by itself. */
export async function runServer(
  env: Record<string, string>,
  script = "src/main.ts",
): Promise<Ended> {
  const { process, printed, output, errors } = spawnServer({ env, script });
  const timer = setTimeout(() => process.kill("SIGKILL"), START_TIMEOUT_MS);
  const { code } = await process.status;
  clearTimeout(timer);
  await printed;
  return { code, output: output(), stderr: errors() };
}

/** Runs SQL on the database a server has left; only once that has stopped. */
export async function sqlAfter(folder: string, ...statements: string[]): Promise<Row[]> {
  const client = createClient({ url: `file:${folder}/trainyard.db` });
  try {
    let rows: Row[] = [];
    for (const statement of statements) rows = (await client.execute(statement)).rows;
    return rows.map((row) => ({ ...row }));
  } finally {
    client.close();
  }
}

/** The output directories below a folder, as `output_dir` has them, each with what is inside. */
export async function outputDirs(folder: string): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  for (const project of await namesIn(join(folder, "outputs"))) {
    for (const leaf of await namesIn(join(folder, "outputs", project))) {
      const inside = await namesIn(join(folder, "outputs", project, leaf));
      found.set(`outputs/${project}/${leaf}`, inside);
    }
  }
  return found;
}

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

export function serverEnv(
  folder: string,
  env: Record<string, string> = {},
): Record<string, string> {
  return {
    APP_ENV: "development",
    HOST: "localhost",
    PORT: "0",
    DATABASE_URL: `file:${folder}/trainyard.db`,
    OUTPUTS_URL: `file:${folder}/outputs`,
    DATASETS_DIR: `${ROOT}sample_datasets`,
    // Empty is "not set": what the machine has set must not decide how a test ends.
    ...Object.fromEntries(OTHER_VARIABLES.map((name) => [name, ""])),
    ...env,
  };
}

function spawnServer(
  { env, script = "src/main.ts" }: { env: Record<string, string>; script?: string },
) {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-RWNES", "--allow-ffi", script],
    cwd: ROOT,
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let output = "";
  let errors = "";
  const collect = (stream: ReadableStream<Uint8Array<ArrayBuffer>>, add: (text: string) => void) =>
    stream.pipeThrough(new TextDecoderStream()).pipeTo(new WritableStream({ write: add }));
  const printed = Promise.all([
    collect(process.stdout, (text) => output += text),
    collect(process.stderr, (text) => {
      output += text;
      errors += text;
    }),
  ]);
  return { process, printed, output: () => output, errors: () => errors };
}

async function writeFiles(folder: string, files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await Deno.mkdir(dirname(join(folder, path)), { recursive: true });
    await Deno.writeTextFile(join(folder, path), text);
  }
}

async function waitFor<T>(
  look: () => T | undefined,
  ended: Promise<unknown>,
): Promise<T | undefined> {
  let over = false;
  ended.then(() => over = true);
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!over && Date.now() < deadline) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return look();
}
