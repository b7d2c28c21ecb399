import { join } from "node:path";

/** The user that the image runs as. */
export const UID = 1000;

/** What a stage has become once its instructions are played. */
export interface Stage {
  name: string;
  image: string;
  /** The folder that stands for `/`. */
  root: string;
  workdir: string;
  env: Record<string, string>;
  user?: string;
  port?: number;
  healthcheck?: string[];
  entrypoint?: string[];
}

/** The folder of one proof, and what is said on the way. */
export interface Site {
  folder: string;
  /** Holds the Deno at hand, where a user who is not root can run it. */
  bin: string;
  note: (text: string) => void;
}

export interface RunOptions {
  stage: Stage;
  site: Site;
  env: Record<string, string>;
}

export const checkHealth = (port: number, { stage, site }: Omit<RunOptions, "env">) => {
  if (!stage.healthcheck) throw new Error("Dockerfile: no HEALTHCHECK");
  return run(stage.healthcheck, { stage, site, env: { PORT: String(port) } });
};

export async function run(command: string[], options: RunOptions) {
  const process = start(command, options);
  const status = await process.ended;
  return { ...status, output: process.output() };
}

/**
 * Starts a command as the image's user with the image's environment and nothing else: no home folder,
 * no cache of this machine, no way to the network but to this machine itself.
 */
export function start([name, ...args]: string[], { stage, site, env }: RunOptions) {
  const process = new Deno.Command(join(site.bin, name!), {
    args: args.map((arg) => localise(arg, stage)),
    cwd: stage.root + stage.workdir,
    clearEnv: true,
    env: {
      PATH: site.bin,
      TMPDIR: `${stage.root}/tmp`,
      HTTP_PROXY: "http://127.0.0.1:9",
      HTTPS_PROXY: "http://127.0.0.1:9",
      NO_PROXY: "127.0.0.1",
      ...stage.env,
      ...env,
    },
    ...(isRoot() && { uid: UID, gid: UID }),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let output = "";
  const collect = (stream: ReadableStream<Uint8Array<ArrayBuffer>>) =>
    stream.pipeThrough(new TextDecoderStream())
      .pipeTo(new WritableStream({ write: (text) => void (output += text) }));
  const printed = Promise.all([collect(process.stdout), collect(process.stderr)]);
  return {
    output: () => output,
    ended: Promise.all([process.status, printed]).then(([status]) => status),
    kill(signal: Deno.Signal) {
      try {
        process.kill(signal);
      } catch {
        // It has ended already.
      }
    },
  };
}

export const isRoot = () => Deno.uid() === 0;
export const pause = () => new Promise((resolve) => setTimeout(resolve, 50));

export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** The image's `/app` is the stand-in's. */
export function localise(text: string, { root }: Stage): string {
  return text.replace(/(^|[\s:=])(\/app)\b/g, (_, before, path) => `${before}${root}${path}`);
}
