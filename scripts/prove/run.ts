import { join } from "node:path";
import { isRoot, localise, type Site, type Stage, UID } from "./stage.ts";

interface RunOptions {
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
 * Starts a command as the image's user with only the image's environment: no home folder, no cache
 * of this machine, no network beyond loopback.
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
        // It has already ended.
      }
    },
  };
}
