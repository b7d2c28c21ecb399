import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { ignores, type Instruction, parseDockerfile, parseExec } from "./prove/dockerfile.ts";
import {
  checkHealth,
  freePort,
  isRoot,
  localise,
  pause,
  run,
  type Site,
  type Stage,
  start,
  UID,
} from "./prove/run.ts";

/**
 * Proves the Dockerfile without Docker: plays its steps in a fresh folder that stands in for the
 * image's root, with the Deno at hand, then runs what it says to run and uses it. What is not proved
 * is the base image itself: what it brings is taken to be Deno and a Debian with `useradd`.
 */

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Built and tested; the logs of running training will use it. */
const AWAITED = ["src/domain/outputs/growing_file.ts"];
const PATIENCE_MS = 20_000;
const SECRET = "the proof's own secret, of no use elsewhere";
const ACCOUNT = { email: "first@example.com", password: "correct horse battery" };

interface Files {
  [path: string]: string;
}

/** Answers what was proved, a line each. Throws at the first thing that is not so. */
export async function proveContainer(
  { note = () => {} }: { note?: (text: string) => void } = {},
): Promise<string[]> {
  await using site = await openSite(note);
  const stage = await playDockerfile(site);
  if (!isRoot()) await makeReadOnly(stage);
  // First, as to ask leaves traces of its own.
  const inside = await proveNothingElseIsInside(stage);
  const before = await imprint(stage);
  const proofs = [
    inside,
    await proveMigrate(stage, site),
    await proveHealthcheckFails(stage, site),
    ...await proveServer(stage, site),
  ];
  const after = await imprint(stage);
  assertSame(after, before, "something was written outside data and outputs");
  const count = Object.keys(after).length;
  return [...proofs, `nothing but data and outputs was written (${count} other paths compared)`];
}

async function openSite(note: (text: string) => void): Promise<Site & AsyncDisposable> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "trainyard-image-" }));
  // The server's user must get in.
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

/** Plays every stage; answers the last. */
async function playDockerfile(site: Site): Promise<Stage> {
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
 * In the environment of this machine, as Docker gives a build the network of its own; the image's
 * variables come on top.
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

/** Every module in the image is imported by the server, its worker or one of its tasks. */
async function proveNothingElseIsInside(stage: Stage): Promise<string> {
  const app = `${stage.root}/app`;
  const imported = new Set<string>();
  const tasks = ["migrate", "doctor", "backup", "restore"].map((name) => `scripts/${name}.ts`);
  for (const entry of ["src/main.ts", "src/datasets/worker.ts", ...tasks]) {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", entry],
      cwd: app,
      env: stage.env,
    }).output();
    const { modules } = JSON.parse(new TextDecoder().decode(stdout));
    for (const { specifier } of modules) {
      if (specifier.startsWith("file:")) imported.add(relative(app, fileURLToPath(specifier)));
    }
  }
  const inside = Object.keys(await imprint(stage)).map((path) => relative("app", path))
    .filter((path) => /\.tsx?$/.test(path) && !/^(node_modules|\.deno)\//.test(path));
  const unused = inside.filter((path) => !imported.has(path) && !AWAITED.includes(path));
  if (unused.length > 0) throw new Error(`in the image, but not imported: ${unused.join(", ")}`);
  return `every one of the ${inside.length} modules inside is imported`;
}

/** What the deployment runs before it starts the server. */
async function proveMigrate(stage: Stage, site: Site): Promise<string> {
  const command = ["deno", "run", "--cached-only", "-RWNES", "--allow-ffi", "scripts/migrate.ts"];
  const file = `${stage.root}/app/data/migrated.db`;
  const { success, output } = await run(command, {
    stage,
    site,
    env: { DATABASE_URL: `file:${file}` },
  });
  if (!success || !output.startsWith("applied ")) throw new Error(`migrating failed:\n${output}`);
  for (const end of ["", "-wal", "-shm", ".lock"]) await Deno.remove(file + end).catch(() => {});
  return `scripts/migrate.ts runs: ${output.trim()}`;
}

async function proveHealthcheckFails(stage: Stage, site: Site): Promise<string> {
  const statuses = [204, 500, 503];
  for (const status of statuses) {
    const server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen() {} },
      () => new Response(null, { status }),
    );
    const { code } = await checkHealth(server.addr.port, { stage, site });
    await server.shutdown();
    if (code === 0) throw new Error(`HEALTHCHECK is content with status ${status}`);
  }
  return `HEALTHCHECK fails on ${statuses.join(", ")}`;
}

async function proveServer(stage: Stage, site: Site): Promise<string[]> {
  if (!stage.entrypoint) throw new Error("Dockerfile: no ENTRYPOINT");
  if (stage.user !== `${UID}:${UID}`) throw new Error(`Dockerfile: USER is ${stage.user}`);
  const port = freePort();
  if (port === stage.port) throw new Error("the proof wants a port other than the default");
  const started = performance.now();
  const server = start(stage.entrypoint, {
    stage,
    site,
    env: { JWT_SECRET: SECRET, PORT: String(port) },
  });
  try {
    while ((await checkHealth(port, { stage, site })).code !== 0) {
      if (performance.now() - started > PATIENCE_MS) throw new Error("HEALTHCHECK never succeeds");
      await Promise.race([server.ended.then(() => Promise.reject(new Error("it ended"))), pause()]);
    }
    const proofs = [
      `HEALTHCHECK succeeds ${Math.round(performance.now() - started)} ms after the start`,
      await proveUse(`http://127.0.0.1:${port}`, { stage, log: server.output }),
    ];
    server.kill("SIGTERM");
    const { code, signal } = await server.ended;
    if (code !== 0) throw new Error(`it ended with status ${code}, signal ${signal}`);
    if ((await checkHealth(port, { stage, site })).code === 0) {
      throw new Error("HEALTHCHECK is content though the server has ended");
    }
    return [...proofs, "SIGTERM ends it with status 0, and HEALTHCHECK fails then"];
  } catch (cause) {
    throw new Error(`the server failed; it had printed:\n${server.output()}`, { cause });
  } finally {
    server.kill("SIGKILL");
    await server.ended;
  }
}

/** The first account by the link in the log, a project, and a training job by the API. */
async function proveUse(
  origin: string,
  { stage, log }: { stage: Stage; log: () => string },
): Promise<string> {
  const token = /\/setup\?token=([\w.-]+)/.exec(log())?.[1];
  if (!token) throw new Error("the log holds no set-up link");
  const setup = await fetch(`${origin}/setup`, {
    method: "POST",
    redirect: "manual",
    headers: { Origin: origin },
    body: new URLSearchParams({ token, ...ACCOUNT }),
  });
  await setup.body?.cancel();
  if (setup.status !== 303) throw new Error(`the set-up link answered ${setup.status}`);
  const ready = await call(`${origin}/readyz`, { expected: 200 });
  const { access_token } = await call(`${origin}/api/v1/auth/login`, {
    expected: 200,
    json: ACCOUNT,
  });
  const project = await call(`${origin}/api/v1/projects`, {
    expected: 201,
    token: access_token,
    json: { name: "Proof" },
  });
  const job = await call(`${origin}/api/v1/training/jobs`, {
    expected: 201,
    token: access_token,
    json: {
      project_id: project.id,
      model_name: "yolo11n-seg",
      dataset_path: localise("/app/datasets/seg-coco8", stage),
    },
  });
  for (const name of ["checkpoints", "logs", "results"]) {
    const { isDirectory, uid } = await Deno.stat(`${stage.root}/app/${job.output_dir}/${name}`);
    if (!isDirectory) throw new Error(`${job.output_dir}/${name} is no directory`);
    if (isRoot() && uid !== UID) throw new Error(`${job.output_dir}/${name} belongs to ${uid}`);
  }
  return `first account by the set-up link, readyz ${ready.status}, job ${job.id} ${job.status} in ` +
    `/app/${job.output_dir} with its three directories`;
}

async function call(
  url: string,
  { expected, token, json }: { expected: number; token?: string; json?: unknown },
) {
  const response = await fetch(url, {
    method: json === undefined ? "GET" : "POST",
    headers: {
      "Content-Type": "application/json",
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    },
    ...(json !== undefined && { body: JSON.stringify(json) }),
  });
  const body = await response.json();
  if (response.status === expected) return body;
  throw new Error(`${url} answered ${response.status}: ${JSON.stringify(body)}`);
}

/** Stands in for files that belong to root, where this runs as another user. */
async function makeReadOnly({ root }: Stage): Promise<void> {
  const chmod = (...args: string[]) => new Deno.Command("chmod", { args }).output();
  await chmod("-R", "a-w", `${root}/app`);
  await chmod("u+w", `${root}/app/data`, `${root}/app/outputs`);
}

/** Every path but those that are there to be written, with what a change would change. */
async function imprint({ root }: Stage): Promise<Files> {
  const files: Files = {};
  const walk = async (folder: string) => {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = join(folder, name);
      const { size, mtime } = await Deno.lstat(path);
      files[relative(root, path)] = `${size} bytes, ${mtime?.toISOString()}`;
      if (isDirectory && !/\/app\/(data|outputs)$/.test(path)) await walk(path);
    }
  };
  await walk(root);
  for (const written of ["app/data", "app/outputs"]) delete files[written];
  return files;
}

function assertSame(actual: Files, expected: Files, message: string): void {
  const paths = new Set([...Object.keys(actual), ...Object.keys(expected)]);
  const changed = [...paths].filter((path) => actual[path] !== expected[path]);
  if (changed.length > 0) throw new Error(`${message}: ${changed.join(", ")}`);
}

if (import.meta.main) {
  for (const proof of await proveContainer({ note: (text) => console.log(`note  ${text}`) })) {
    console.log(`ok    ${proof}`);
  }
}
