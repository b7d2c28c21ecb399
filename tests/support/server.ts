import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { openPlace, type Place } from "./place.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const START_TIMEOUT_MS = 20_000;
const OTHER_VARIABLES = [
  "CREATIONS_PER_MINUTE",
  "JWT_SECRET",
  "JWT_SECRET_PREVIOUS",
  "LOG_LEVEL",
  "METRICS",
  "METRICS_TOKEN",
  "MODELS_FILE",
  "PUBLIC_URL",
  "SIGNUP",
];

/** A server process of its own, on a free port, with a database and a volume of its own. */
export interface Server extends AsyncDisposable {
  origin: string;
  place: Place;
  /** The place's. */
  folder: string;
  /** Everything it has printed so far. */
  output(): string;
  /** Sends a signal and waits for the end; answers the exit status. */
  stop(signal?: Deno.Signal): Promise<Deno.CommandStatus>;
}

export interface ServerOptions {
  /** Over the defaults: demo data, a fresh place, the sample datasets. */
  env?: Record<string, string>;
  /** Of an earlier server, to start again on what it left, or of one beside it. */
  place?: Place;
  /** Files to stand below a datasets folder of its own, instead of the sample datasets. */
  datasets?: Record<string, string>;
}

/** Starts the server as `deno task dev` does, but for reloading, and waits until it listens. */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const place = options.place ?? await openPlace();
  const { folder } = place;
  if (options.datasets) await writeFiles(join(folder, "datasets"), options.datasets);
  const env = {
    ...place.env,
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
    place,
    folder,
    output,
    stop,
    async [Symbol.asyncDispose]() {
      await stop("SIGKILL");
      if (options.place === undefined) await place.remove();
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

export async function writeFiles(folder: string, files: Record<string, string>): Promise<void> {
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
