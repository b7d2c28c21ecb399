import { expect, test } from "vitest";
import { loadDatabaseLocation, loadVolumeLocation } from "../../src/config.ts";
import { findMissingOutputs } from "../../src/domain/outputs/missing.ts";
import { findOrphans, sweepOrphans } from "../../src/domain/outputs/sweep.ts";
import type { Database } from "../../src/storage/sql/database.ts";
import { createStorage, openDatabase } from "../../src/storage/open.ts";
import { sql } from "../../src/storage/sql/sql.ts";
import { openVolume } from "../../src/volume/open.ts";
import { type Api, type ApiAnswer, DATASETS, signInApi } from "../support/api.ts";
import { openPlace, type Place } from "../support/place.ts";
import { type Server, startServer } from "../support/server.ts";

const JOBS = "/api/v1/training/jobs";
const INPUT = { project_id: 1, model_name: "resnet18", dataset_path: "dog-vs-cat" };
const INSIDE = ["checkpoints", "logs", "results"];

const create = (api: Api) => api.send("POST", JOBS, { json: INPUT });

test("many creations at once get a row and a directory each, numbered without a gap", async () => {
  await using server = await startServer({ datasets: DATASETS });
  const api = await signInApi(server);
  const answers = await Promise.all(Array.from({ length: 48 }, () => create(api)));
  expect(answers.map(({ status }) => status)).toEqual(Array(48).fill(201));
  const names: string[] = answers.map(({ body }) => body.output_dir);

  expect(new Set(names).size).toBe(48);
  const directories = await server.place.outputDirs();
  for (const name of names) expect(directories.get(name), name).toEqual(INSIDE);
  // The demo's two are the others.
  expect(directories.size).toBe(50);
  const { items } = (await api.send("GET", `${JOBS}?limit=200`)).body;
  expect(items).toHaveLength(50);

  const suffixes = new Map<string, number[]>();
  for (const name of names) {
    const [, second, suffix] = /\/(\d{8}_\d{6})_resnet18(?:_(\d+))?$/.exec(name)!;
    const numbers = suffixes.get(second!) ?? [];
    suffixes.set(second!, [...numbers, Number(suffix ?? 1)]);
  }
  for (const [second, numbers] of suffixes) {
    expect(numbers.toSorted((a, b) => a - b), second).toEqual(numbers.map((_, index) => index + 1));
  }
});

test("two servers with one outputs folder never share a directory", async () => {
  await using one = await startServer({ datasets: DATASETS });
  const env = { OUTPUTS_URL: `file:${one.folder}/outputs` };
  await using other = await startServer({ datasets: DATASETS, env });
  const apis = await Promise.all([signInApi(one), signInApi(other)]);
  const answers = await Promise.all(
    Array.from({ length: 48 }, (_, index) => create(apis[index % 2]!)),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array(48).fill(201));
  const names = answers.map(({ body }) => body.output_dir);
  expect(new Set(names).size).toBe(48);
  const directories = await one.place.outputDirs();
  for (const name of names) expect(directories.get(name), name).toEqual(INSIDE);
});

/** Fifty say more than the gate has time for. */
const ROUNDS = Number(Deno.env.get("CRASH_ROUNDS") ?? 5);
const ROUND_MS = 20_000;

test.each(["libsql × disk", "postgres × disk"] as const)(
  "what was answered survives a kill on %s, and no row lacks its directory",
  async (backend) => {
    const place = await openPlace({ backend });
    await using first = await startServer({ place, datasets: DATASETS });
    await first.stop();
    const promised = new Map<number, ApiAnswer["body"]>();
    let swept = 0;
    for (let round = 0; round < ROUNDS; round++) {
      await using server = await startServer({ place, datasets: DATASETS });
      const api = await signInApi(server);
      await expectKept(api, { place, promised });
      // At a moment in the burst that is another each time: after so many answers, and a little more.
      await burst(server, { api, promised, killAfter: Math.floor(Math.random() * 180) });
      if (backend.startsWith("libsql")) {
        expect(await place.sql("pragma integrity_check")).toEqual([{ integrity_check: "ok" }]);
        expect(await place.sql("pragma foreign_key_check")).toEqual([]);
      }
      swept += await expectSwept(place);
    }
    await using last = await startServer({ place, datasets: DATASETS });
    const api = await signInApi(last);
    await expectKept(api, { place, promised });
    expect(promised.size).toBeGreaterThan(0);
    expect((await create(api)).status).toBe(201);
    await last.stop();
    console.log(
      `${backend}: ${ROUNDS} kills, ${promised.size} jobs answered, ${swept} directories swept`,
    );
    await place.remove();
  },
  ROUNDS * ROUND_MS,
);

/** What a kill leaves beside the rows' directories is empty, and goes; answers how many that were. */
async function expectSwept(place: Place): Promise<number> {
  const { db } = await openDatabase(loadDatabaseLocation(place.env));
  try {
    await noStatementRuns(db);
    const deps = {
      ...createStorage(db),
      volume: await openVolume(loadVolumeLocation(place.env)),
      unsettled: new Map<string, Date>(),
      // The names' seconds and the disk's time stamps are over.
      now: () => new Date(Date.now() + 1000),
    };
    const { orphans, removed, refused } = await sweepOrphans(deps, { graceMs: 0 });
    expect({ refused, left: orphans.filter((name) => !removed.includes(name)) })
      .toEqual({ refused: undefined, left: [] });
    expect((await findMissingOutputs(deps)).missing).toEqual([]);
    expect((await findOrphans(deps)).orphans).toEqual([]);
    const { pathname } = new URL(place.env.OUTPUTS_URL!);
    const names = (await Array.fromAsync(Deno.readDir(pathname))).map(({ name }) => name);
    expect(names).toEqual(["1"]);
    return removed.length;
  } finally {
    await db.close();
  }
}

/** Postgres goes on with what a process that is gone had sent it; with a grace period it has long
 * been through. */
async function noStatementRuns(db: Database): Promise<void> {
  const others = sql`
    select 1 from pg_stat_activity
    where datname = current_database() and pid <> pg_backend_pid()
      and application_name = 'trainyard' and state <> 'idle'`;
  while (true) {
    try {
      if ((await db.read(others)).length === 0) return;
    } catch {
      // A libSQL file has nobody else.
      return;
    }
  }
}

/** Creates 200 jobs over 16 connections and kills the server in their midst. */
async function burst(
  server: Server,
  { api, promised, killAfter }: {
    api: Api;
    promised: Map<number, ApiAnswer["body"]>;
    killAfter: number;
  },
): Promise<void> {
  let started = 0;
  let answered = 0;
  let killed: Promise<unknown> | undefined;
  await Promise.all(Array.from({ length: 16 }, async () => {
    while (started++ < 200) {
      // The connection breaks when the server does.
      const answer = await create(api).catch(() => undefined);
      if (!answer) return;
      expect(answer.status).toBe(201);
      promised.set(answer.body.id, answer.body);
      if (++answered >= killAfter) killed ??= kill(server);
    }
  }));
  expect(killed, "the burst was over before the kill").toBeDefined();
  await killed;
}

async function kill(server: Server): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 3));
  await server.stop("SIGKILL");
}

async function expectKept(
  api: Api,
  { place, promised }: { place: Place; promised: Map<number, ApiAnswer["body"]> },
): Promise<void> {
  const directories = await place.outputDirs();
  let cursor: string | null = "";
  const names: string[] = [];
  const kept = new Map<number, ApiAnswer["body"]>();
  while (cursor !== null) {
    const query = cursor === "" ? "limit=200" : `limit=200&cursor=${cursor}`;
    const { body }: ApiAnswer = await api.send("GET", `${JOBS}?${query}`);
    for (const job of body.items) {
      const { id, output_dir } = job;
      kept.set(id, job);
      expect(directories.get(output_dir), output_dir).toEqual(INSIDE);
      names.push(output_dir);
    }
    cursor = body.next_cursor;
  }
  for (const [id, job] of promised) expect(kept.get(id), `job ${id}`).toEqual(job);
  expect(new Set(names).size).toBe(names.length);
}
