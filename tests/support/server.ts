import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const START_TIMEOUT_MS = 20_000;

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
}

/** Starts the server as `deno task dev` does, but for reloading, and waits until it listens. */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const folder = options.folder ?? await Deno.makeTempDir({ prefix: "trainyard-" });
  const { process, output } = spawnServer({ env: serverEnv(folder, options.env) });
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

/** Runs the server where it is expected to refuse to start; answers how it ended. */
export async function runServer(
  env: Record<string, string>,
): Promise<{ code: number; output: string }> {
  const { process, output } = spawnServer({ env });
  const timer = setTimeout(() => process.kill("SIGKILL"), START_TIMEOUT_MS);
  const { code } = await process.status;
  clearTimeout(timer);
  return { code, output: output() };
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
    ...env,
  };
}

function spawnServer({ env }: { env: Record<string, string> }) {
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-RWNES", "--allow-ffi", "src/main.ts"],
    cwd: ROOT,
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let text = "";
  for (const stream of [process.stdout, process.stderr]) {
    stream.pipeThrough(new TextDecoderStream()).pipeTo(
      new WritableStream({
        write(chunk) {
          text += chunk;
        },
      }),
    );
  }
  return { process, output: () => text };
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
