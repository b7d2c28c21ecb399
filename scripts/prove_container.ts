import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { assertSame, imprint, makeReadOnly } from "./prove/files.ts";
import { checkHealth, run, start } from "./prove/run.ts";
import {
  isRoot,
  localise,
  openSite,
  playDockerfile,
  type Site,
  type Stage,
  UID,
} from "./prove/stage.ts";

/**
 * Tests the Dockerfile without Docker: executes its instructions in a new folder that replaces the
 * image's root, with this machine's Deno, then runs the resulting server and uses it. Does not test
 * the base image, which is assumed to contain Deno and a Debian with `useradd`.
 */

/** Not imported yet: tested, and kept for the logs of running jobs. */
const NOT_IMPORTED = ["src/domain/outputs/growing_file.ts"];
const PATIENCE_MS = 20_000;
const SECRET = "the proof's own secret, of no use elsewhere";
const ACCOUNT = { email: "first@example.com", password: "correct horse battery" };

/** Returns one line per check. Throws at the first failure. */
export async function proveContainer(
  { note = () => {} }: { note?: (text: string) => void } = {},
): Promise<string[]> {
  await using site = await openSite(note);
  const stage = await playDockerfile(site);
  if (!isRoot()) await makeReadOnly(stage);
  // First, because `deno info` writes caches.
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

/** Checks that the server, its worker or a task imports every module in the image. */
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
  const unused = inside.filter((path) => !imported.has(path) && !NOT_IMPORTED.includes(path));
  if (unused.length > 0) throw new Error(`in the image, but not imported: ${unused.join(", ")}`);
  return `every one of the ${inside.length} modules inside is imported`;
}

/** Runs the command that a deployment runs before it starts the server. */
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
    if (code === 0) throw new Error(`HEALTHCHECK accepts status ${status}`);
  }
  return `HEALTHCHECK fails on ${statuses.join(", ")}`;
}

async function proveServer(stage: Stage, site: Site): Promise<string[]> {
  if (!stage.entrypoint) throw new Error("Dockerfile: no ENTRYPOINT");
  if (stage.user !== `${UID}:${UID}`) throw new Error(`Dockerfile: USER is ${stage.user}`);
  const port = freePort();
  if (port === stage.port) throw new Error("the test needs a port other than the default");
  const started = performance.now();
  const server = start(stage.entrypoint, {
    stage,
    site,
    env: { JWT_SECRET: SECRET, PORT: String(port) },
  });
  try {
    while ((await checkHealth(port, { stage, site })).code !== 0) {
      if (performance.now() - started > PATIENCE_MS) throw new Error("HEALTHCHECK never succeeds");
      await Promise.race([
        server.ended.then(() => Promise.reject(new Error("the server ended"))),
        pause(),
      ]);
    }
    const proofs = [
      `HEALTHCHECK succeeds ${Math.round(performance.now() - started)} ms after the start`,
      await proveUse(`http://127.0.0.1:${port}`, { stage, log: server.output }),
    ];
    server.kill("SIGTERM");
    const { code, signal } = await server.ended;
    if (code !== 0) throw new Error(`the server ended with status ${code}, signal ${signal}`);
    if ((await checkHealth(port, { stage, site })).code === 0) {
      throw new Error("HEALTHCHECK still succeeds after the server has ended");
    }
    return [...proofs, "SIGTERM ends it with status 0, and HEALTHCHECK fails then"];
  } catch (cause) {
    throw new Error(`the server failed; its output:\n${server.output()}`, { cause });
  } finally {
    server.kill("SIGKILL");
    await server.ended;
  }
}

/** Creates the first account with the link in the log, then a project and a training job by the
 * API. */
async function proveUse(
  origin: string,
  { stage, log }: { stage: Stage; log: () => string },
): Promise<string> {
  const token = /\/setup\?token=([\w.-]+)/.exec(log())?.[1];
  if (!token) throw new Error("the log contains no set-up link");
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
    if (!isDirectory) throw new Error(`${job.output_dir}/${name} is not a directory`);
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

const pause = () => new Promise((resolve) => setTimeout(resolve, 50));

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

if (import.meta.main) {
  for (const proof of await proveContainer({ note: (text) => console.log(`note  ${text}`) })) {
    console.log(`ok    ${proof}`);
  }
}
