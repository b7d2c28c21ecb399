import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { ignores, type Instruction, parseDockerfile, parseExec } from "./dockerfile.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const UID = 1000;

/** The state of a build stage. */
export interface Stage {
  name: string;
  image: string;
  /** The folder used as `/`. */
  root: string;
  workdir: string;
  env: Record<string, string>;
  user?: string;
  port?: number;
  healthcheck?: string[];
  entrypoint?: string[];
}

/** The folder of one run, and its messages. */
export interface Site {
  folder: string;
  /** Contains a copy of this machine's Deno that the image's user can execute. */
  bin: string;
  note: (text: string) => void;
}

export async function openSite(note: (text: string) => void): Promise<Site & AsyncDisposable> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "trainyard-image-" }));
  // The image's user needs access.
  await Deno.chmod(folder, 0o755);
  const bin = join(folder, "bin");
  await Deno.mkdir(bin);
  await Deno.copyFile(Deno.execPath(), join(bin, "deno"));
  await Deno.chmod(join(bin, "deno"), 0o755);
  return {
    folder,
    bin,
    note,
    async [Symbol.asyncDispose]() {
      if (!isRoot()) await new Deno.Command("chmod", { args: ["-R", "u+w", folder] }).output();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Executes every stage and returns the last. */
export async function playDockerfile(site: Site): Promise<Stage> {
  const stages: Stage[] = [];
  for (const { name, text } of parseDockerfile(await Deno.readTextFile(join(ROOT, "Dockerfile")))) {
    if (name === "FROM") {
      stages.push(await openStage(text, { site, number: stages.length }));
      continue;
    }
    const stage = stages.at(-1);
    if (!stage) throw new Error(`Dockerfile: ${name} before FROM`);
    await playInstruction(stage, { name, text, site, stages });
  }
  return stages.at(-1)!;
}

async function openStage(
  text: string,
  { site, number }: { site: Site; number: number },
): Promise<Stage> {
  const [, image, name = String(number)] = /^(\S+)(?: AS (\S+))?$/.exec(text) ?? [];
  if (!image) throw new Error(`Dockerfile: cannot read FROM ${text}`);
  const version = /-([\d.]+)$/.exec(image)?.[1];
  site.note(`FROM ${image}: an empty folder and the Deno at hand, ${Deno.version.deno}`);
  if (version !== Deno.version.deno) site.note(`the image's Deno would be ${version}`);
  const root = join(site.folder, name);
  await Deno.mkdir(join(root, "tmp"), { recursive: true });
  await Deno.chmod(join(root, "tmp"), 0o777);
  return { name, image, root, workdir: "/", env: {} };
}

async function playInstruction(
  stage: Stage,
  { name, text, site, stages }: Instruction & { site: Site; stages: Stage[] },
): Promise<void> {
  switch (name) {
    case "WORKDIR":
      stage.workdir = text;
      return await Deno.mkdir(stage.root + text, { recursive: true });
    case "ENV":
      for (const word of text.split(/\s+/)) {
        const [, key, value] = /^(\w+)=([^"'\\$]*)$/.exec(word) ?? [];
        if (key === undefined) throw new Error(`Dockerfile: not played: ENV ${word}`);
        stage.env[key] = localise(value!, stage);
      }
      return;
    case "COPY":
      return await playCopy(text, { stage, stages });
    case "RUN":
      return await playRun(text, { stage, site });
    case "USER":
      stage.user = text;
      return;
    case "EXPOSE":
      stage.port = Number(text);
      return;
    case "HEALTHCHECK":
      stage.healthcheck = parseExec(text.replace(/^(--\w[\w-]*=\S+\s+)*CMD\s+/, ""));
      return;
    case "ENTRYPOINT":
      stage.entrypoint = parseExec(text);
      return;
    default:
      throw new Error(`Dockerfile: this proof does not know how to play ${name}`);
  }
}

/** Replaces the image's `/app` with the folder used instead. */
export function localise(text: string, { root }: Stage): string {
  return text.replace(/(^|[\s:=])(\/app)\b/g, (_, before, path) => `${before}${root}${path}`);
}

async function playCopy(
  text: string,
  { stage, stages }: { stage: Stage; stages: Stage[] },
): Promise<void> {
  const words = text.split(/\s+/);
  const from = words[0]!.startsWith("--from=") ? words.shift()!.slice("--from=".length) : undefined;
  if (words.some((word) => /^--|[*?["]/.test(word)) || words.length < 2) {
    throw new Error(`Dockerfile: not played: COPY ${text}`);
  }
  const source = from === undefined ? undefined : stages.find(({ name }) => name === from);
  if (from !== undefined && !source) throw new Error(`Dockerfile: no stage ${from}`);
  const isIgnored = ignores(await Deno.readTextFile(join(ROOT, ".dockerignore")));
  const target = words.pop()!;
  if (words.length > 1 && !target.endsWith("/")) throw new Error(`Dockerfile: COPY ${text}`);
  const to = stage.root + resolve(target, stage.workdir);
  for (const word of words) {
    const path = source ? source.root + resolve(word, source.workdir) : join(ROOT, word);
    const skip = source ? () => false : (path: string) => isIgnored(relative(ROOT, path));
    if (skip(path)) throw new Error(`Dockerfile: .dockerignore leaves out ${word}`);
    const into = (await Deno.stat(path)).isDirectory || !target.endsWith("/")
      ? to
      : join(to, word.split("/").at(-1)!);
    await copy(path, { to: into, skip });
  }
}

function resolve(path: string, workdir: string): string {
  return path.startsWith("/") ? path : join(workdir, path);
}

async function copy(
  path: string,
  { to, skip }: { to: string; skip: (path: string) => boolean },
): Promise<void> {
  const info = await Deno.lstat(path);
  if (!info.isDirectory && skip(path)) return;
  if (!info.isDirectory) {
    await Deno.mkdir(dirname(to), { recursive: true });
    if (info.isFile) return await Deno.copyFile(path, to);
    return await Deno.symlink(await Deno.readLink(path), to);
  }
  for await (const { name } of Deno.readDir(path)) {
    await copy(join(path, name), { to: join(to, name), skip });
  }
}

/**
 * Uses this machine's environment, because a Docker build has network access too; the image's
 * variables override it.
 */
async function playRun(text: string, { stage, site }: { stage: Stage; site: Site }): Promise<void> {
  if (stage.user !== undefined) throw new Error("Dockerfile: not played: RUN after USER");
  if (/^useradd --uid 1000 /.test(text)) {
    return site.note(`RUN ${text}: left out, the number ${UID} is used as it is`);
  }
  let line = localise(text, stage);
  if (!isRoot() && line.includes(" -o 1000 -g 1000")) {
    line = line.replace(" -o 1000 -g 1000", "");
    site.note(`RUN ${text}: without the owner, as this is not run by root`);
  }
  const { success, stderr } = await new Deno.Command("/bin/sh", {
    args: ["-c", line],
    cwd: stage.root + stage.workdir,
    env: { PATH: `${site.bin}:${Deno.env.get("PATH")}`, ...stage.env },
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`RUN ${text}\n${new TextDecoder().decode(stderr)}`);
}

export const isRoot = () => Deno.uid() === 0;
