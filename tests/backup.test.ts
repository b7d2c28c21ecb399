import { expect, test } from "vitest";
import { DONE, receive, send, STILL } from "../src/storage/drivers/backup_socket.ts";
import { type ApiAnswer, DATASETS, signInApi } from "./support/api.ts";
import { openPlace, type Place } from "./support/place.ts";
import { runScript } from "./support/script.ts";
import { type Server, serverEnv, startServer } from "./support/server.ts";

const JOBS = "/api/v1/training/jobs";
const INPUT = { project_id: 1, model_name: "resnet18", dataset_path: "dog-vs-cat" };
const INSIDE = ["checkpoints", "logs", "results"];

const run = (script: string, { folder, env }: Place, ...args: string[]) =>
  runScript(`scripts/${script}.ts`, { args, env: serverEnv(folder, env) });

const backUp = (place: Place, to: string) => run("backup", place, "--to", to);
const restore = (place: Place, ...args: string[]) => run("restore", place, "--from", ...args);

const databaseOf = ({ folder }: Place) => `${folder}/trainyard.db`;
const namesIn = async (folder: string) =>
  (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();

/** Creates jobs over eight connections until it is stopped; answers what was promised. */
function load(server: Server, api: Awaited<ReturnType<typeof signInApi>>) {
  const promised: ApiAnswer["body"][] = [];
  let stopped = false;
  const workers = Array.from({ length: 8 }, async () => {
    while (!stopped) {
      const { status, body } = await api.send("POST", JOBS, { json: INPUT });
      expect(status, server.output()).toBe(201);
      promised.push(body);
    }
  });
  return {
    promised,
    async reach(count: number) {
      while (promised.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
    },
    async stop() {
      stopped = true;
      await Promise.all(workers);
    },
  };
}

test("a backup under load, restored elsewhere, has all that was answered before", async () => {
  await using server = await startServer({ datasets: DATASETS });
  const elsewhere = await openPlace();
  const backup = `${server.folder}/kept/backup.db`;
  const loading = load(server, await signInApi(server));
  await loading.reach(40);

  const before = [...loading.promised];
  const { code, stdout, stderr } = await backUp(server.place, backup);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(/ 1 account, 1 project, \d+ jobs; whole, copied while the server ran\n$/);
  // Nothing stood still but the file.
  expect(loading.promised.length).toBeGreaterThan(before.length);
  await loading.stop();
  // The database first, then the directories: every row in the copy had its own by then.
  const copied = await runScript("scripts/copy_outputs.ts", {
    args: ["--from", `file:${server.folder}/outputs`, "--to", `file:${elsewhere.folder}/outputs`],
  });
  expect(copied).toMatchObject({ code: 0, stderr: "" });
  expect((await Deno.stat(backup)).mode! & 0o777).toBe(0o600);
  expect(await namesIn(`${server.folder}/kept`)).toEqual(["backup.db"]);
  await server.stop("SIGKILL");

  const restored = await restore(elsewhere, backup);
  expect({ code: restored.code, stderr: restored.stderr }).toEqual({ code: 0, stderr: "" });
  expect(restored.stdout).toMatch(/: restored 1 account, 1 project, \d+ jobs\n/);
  expect(restored.stdout).not.toContain("wrong");
  await using again = await startServer({ place: elsewhere, datasets: DATASETS });
  const api = await signInApi(again);
  for (const job of before) expect((await api.send("GET", `${JOBS}/${job.id}`)).body).toEqual(job);
  await again.stop();
  const rows = await elsewhere.sql("select output_dir from training_jobs");
  const directories = await elsewhere.outputDirs();
  for (const { output_dir } of rows) expect(directories.get(String(output_dir))).toEqual(INSIDE);
  expect(await elsewhere.sql("pragma integrity_check")).toEqual([{ integrity_check: "ok" }]);
  await elsewhere.remove();
});

test("a backup never overwrites, and a restoration only what it keeps beside", async () => {
  await using server = await startServer({ datasets: DATASETS });
  const { place, folder } = server;
  const backup = `${folder}/backup.db`;
  expect((await backUp(place, backup)).code).toBe(0);
  expect(await backUp(place, backup)).toMatchObject({
    code: 1,
    stderr: `${backup} is there already and is not overwritten\n`,
  });
  // A server runs.
  expect(await restore(place, backup, "--replace")).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^DATABASE_URL: another Trainyard process is using /),
  });
  const api = await signInApi(server);
  const { body } = await api.send("POST", JOBS, { json: INPUT });
  await server.stop("SIGKILL");

  expect(await restore(place, backup)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/is there already; --replace keeps it/),
  });
  const replaced = await restore(place, backup, "--replace");
  expect(replaced).toMatchObject({ code: 0, stderr: "" });
  // The job that came after the backup has lost its row; its directory is told, not removed.
  expect(replaced.stdout).toMatch(
    `note    outputs        1 empty directory without a job: ${body.output_dir}; swept by the server`,
  );
  expect(await place.sql("select id from training_jobs")).toHaveLength(2);
  const aside = /what was there is (\S+)\n/.exec(replaced.stdout)![1]!;
  await Deno.rename(aside, databaseOf(place));
  expect(await place.sql("select id from training_jobs")).toHaveLength(3);
});

test("what is no backup is refused, and what is there stays", async () => {
  const place = await openPlace();
  const { folder } = place;
  await place.sql("create table kept (n integer)");
  await Deno.writeTextFile(`${folder}/text.db`, "no database ".repeat(1000));
  await Deno.copyFile(databaseOf(place), `${folder}/other.db`);
  await Deno.copyFile(databaseOf(place), `${folder}/raw.db`);
  await Deno.writeTextFile(`${folder}/raw.db-wal`, "commits");
  const before = await namesIn(folder);
  for (
    const [name, reason] of [
      ["text.db", /not a database/],
      ["other.db", /not a database of Trainyard/],
      ["raw.db", /raw\.db-wal lies beside it/],
    ] as const
  ) {
    const { code, stderr } = await restore(place, `${folder}/${name}`, "--replace");
    expect(code).toBe(1);
    expect(stderr).toMatch(reason);
  }
  expect((await namesIn(folder)).filter((name) => !/\.db-(wal|shm)$|\.lock$/.test(name)))
    .toEqual(before.filter((name) => !/-wal$/.test(name)));
  expect(await place.sql("select * from kept")).toEqual([]);
  await place.remove();
});

test("the server's socket is its user's alone, serves one at a time, and outlives a kill", async () => {
  const place = await openPlace();
  const path = `${databaseOf(place)}.sock`;
  const connect = () => Deno.connect({ transport: "unix", path });
  await using server = await startServer({ place, datasets: DATASETS });
  expect((await Deno.lstat(path)).mode! & 0o777).toBe(0o600);

  // One that goes away half-way frees the next, and the server goes on.
  const first = await connect();
  expect(await receive(first)).toBe(STILL);
  expect(await backUp(place, `${place.folder}/no.db`)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/another one is under way/),
  });
  first.close();
  // Nothing but the end of the copy is understood.
  const second = await connectAgain(connect);
  await send(second, "DROP\n");
  expect(await receive(second)).toBe("");
  second.close();
  const third = await connectAgain(connect);
  await send(third, DONE);
  expect(await receive(third)).toBe("kept\n");
  third.close();

  await server.stop("SIGKILL");
  expect(await exists(path)).toBe(true);
  await using next = await startServer({ place, datasets: DATASETS });
  const fourth = await connect();
  expect(await receive(fourth)).toBe(STILL);
  // A server that ends while its file is copied does not say that the copy is good.
  const ended = next.stop("SIGTERM");
  expect(await receive(fourth)).not.toBe("kept\n");
  fourth.close();
  expect((await ended).code).toBe(0);
  expect(await exists(path)).toBe(false);
  expect(await namesIn(place.folder)).not.toContain("no.db");
  await place.remove();
});

test("without a server the task copies by itself; a Postgres is left to its own programs", async () => {
  const place = await openPlace();
  const backup = `${place.folder}/backup.db`;
  expect(await backUp(place, backup)).toMatchObject({
    code: 1,
    stderr: `there is no database at ${databaseOf(place)}\n`,
  });
  expect((await run("migrate", place)).code).toBe(0);
  const { stdout } = await backUp(place, backup);
  expect(stdout).toBe(
    `${backup}: 0 accounts, 0 projects, 0 jobs; whole, copied while no server ran\n`,
  );
  const env = { ...place.env, DATABASE_URL: "postgres://ann:hunter2@localhost/x" };
  for (const [task, program] of [["backup", "pg_dump"], ["restore", "pg_restore"]] as const) {
    const args = task === "restore" ? ["--from", backup] : [];
    const { code, stderr } = await run(task, { ...place, env }, ...args);
    expect(code).toBe(1);
    expect(stderr).toMatch(program);
    expect(stderr).not.toContain("hunter2");
  }
  await place.remove();
});

/** The one before may just be on its way out. */
async function connectAgain(connect: () => Promise<Deno.UnixConn>): Promise<Deno.UnixConn> {
  while (true) {
    const connection = await connect();
    if (await receive(connection) === STILL) return connection;
    connection.close();
  }
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}
