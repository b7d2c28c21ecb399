import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject } from "vitest";
import { quoted } from "../../scripts/copy_storage_schema.ts";
import { STATUSES } from "../../src/domain/jobs/status.ts";
import { SYSTEM } from "../../src/domain/kernel/actor.ts";
import {
  createStorage,
  type DatabaseLocation,
  openDatabase,
  type Storage,
} from "../../src/storage/open.ts";
import type { Database } from "../../src/storage/sql/database.ts";
import { migrate } from "../../src/storage/sql/migrate.ts";
import { sql } from "../../src/storage/sql/sql.ts";
import { EMBEDDED } from "./backends.ts";
import { createDatabase, dropDatabase } from "./postgres.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
export const NOW = "2024-01-18T15:30:00.000Z";
const LATER = "2024-01-18T16:00:00.120Z";
export const BY_ANN = { actor: { kind: "user", id: 1 }, now: NOW } as const;
/** Jobs that are inserted; the last of them is deleted again. */
export const JOBS = 1203;
/** Recorded for removal and not removed yet. */
export const TO_REMOVE = "outputs/5/20240118_153000_yolo11n";

/** Where one test copies from and to. */
export interface CopyPlace {
  folder: string;
  /** The address of a libSQL file with rows in every table. */
  source: string;
  /** The address of an empty database on Postgres. */
  target: string;
}

let place: CopyPlace;

/** Gives each test of a file a place of its own. */
export function usePlaces(give: (place: CopyPlace) => void): void {
  /** Holds the source as it was filled, once for all tests. */
  let template: string;

  beforeAll(async () => {
    template = await Deno.makeTempDir();
    await use(`file:${template}/laptop.db`, async ({ storage, db }) => {
      await fill(storage);
      await deleteHighest(storage, db);
      // Into the one file that the tests copy.
      await db.read(sql`pragma wal_checkpoint(truncate)`);
    });
  });

  beforeEach(async () => {
    const folder = await Deno.makeTempDir();
    await Deno.copyFile(`${template}/laptop.db`, `${folder}/laptop.db`);
    const target = await createDatabase(inject("postgres")[EMBEDDED]!);
    place = { folder, source: `file:${folder}/laptop.db`, target };
    give(place);
  });

  afterEach(async () => {
    await dropDatabase(place.target);
    await Deno.remove(place.folder, { recursive: true });
  });

  afterAll(() => Deno.remove(template, { recursive: true }));
}

/** Opens a database as a server does, for a while. */
export async function use<T>(
  url: string,
  work: (place: { storage: Storage; db: Database }) => Promise<T>,
): Promise<T> {
  const { db, migrations } = await openDatabase(locationOf(url));
  try {
    await migrate(db, { folder: migrations, now: new Date() });
    return await work({ storage: createStorage(db), db });
  } finally {
    await db.close();
  }
}

export function locationOf(url: string): DatabaseLocation {
  return url.startsWith("file:")
    ? { kind: "libsql-file", path: url.slice("file:".length) }
    : { kind: "postgres", url };
}

async function fill(
  { users, sessions, accessTokens, projects, members, jobs }: Storage,
): Promise<void> {
  for (
    const [email, full_name] of [
      ["ann@example.com", "앤 👩‍🔬"],
      ["bob@example.com", null],
      ["last@example.com", `O'Brien "\\" $1 ?`],
    ] as const
  ) {
    const account = { email, full_name, password_hash: `hash of ${email}`, created_at: NOW };
    const { id: userId } = (await users.insert(account))!;
    const origin = { address: "::1", request_id: "요청-1" };
    const actor = { kind: "user", id: userId, origin } as const;
    await sessions.insert({
      id: `session-${email}`,
      user_id: userId,
      created_at: NOW,
      expires_at: LATER,
      last_seen_at: NOW,
      address: "::1",
      user_agent: null,
    }, { actor, now: NOW });
    await accessTokens.insert({
      user_id: userId,
      name: "학습 서버",
      scope: "write",
      token_hash: `hash for ${email}`,
      created_at: NOW,
      expires_at: LATER,
    }, { actor, now: NOW, limit: 100 });
    await projects.insert({ name: "개/고양이 🐈", description: "line\nline" }, {
      actor,
      ownerId: userId,
      now: NOW,
    });
    await projects.insert({ name: "empty", description: "" }, {
      actor,
      ownerId: userId,
      now: LATER,
    });
  }
  await members.insert(1, {
    ...BY_ANN,
    input: { email: "bob@example.com", role: "editor" },
  });
  for (let i = 0; i < JOBS; i++) await addJob(jobs, i);
}

/** Jobs of every status, of the first project, with and without what may be missing. */
export async function addJob(jobs: Storage["jobs"], i: number): Promise<void> {
  const idempotency = i % 3 === 0
    ? { user_id: 1, key: `키-${i}`, input_hash: `hash ${i}` }
    : undefined;
  const job = await jobs.insert({
    project_id: 1,
    model_name: i % 2 === 0 ? "yolo11n-seg" : "nvidia/segformer-b0",
    framework: "ultralytics",
    task_type: "instance_segmentation",
    dataset_path: "데이터/seg 🐶",
    dataset_format: "yolo",
    num_classes: i % 4 === 0 ? null : i,
    epochs: 1 + i % 1000,
    batch_size: 16,
    learning_rate: [0.1 + 0.2, 1e-7, 1, 0.001][i % 4]!,
    optimizer: "adam",
    pretrained: i % 2 === 0,
    output_dir: `outputs/1/20240118_153000_m_${i}`,
    status: "pending",
    accuracy: null,
    loss: null,
    created_at: NOW,
    updated_at: NOW,
    started_at: null,
    completed_at: null,
    error_message: null,
  }, { ...BY_ANN, idempotency });
  const status = STATUSES[i % STATUSES.length]!;
  if (status === "pending") return;
  await jobs.transition(job!.id, {
    actor: i % 2 === 0 ? SYSTEM : { kind: "runner", id: 41 },
    now: LATER,
    from: ["pending"],
    changes: {
      status,
      started_at: LATER,
      ...(status === "completed" && { accuracy: i % 2 === 0 ? 0 : 0.1 + i / 1e4, loss: 1e-300 }),
      ...(status === "failed" && { error_message: "CUDA 메모리 부족 💥\n\ttrace" }),
    },
  });
}

/** The last of each is gone; nobody may get its id again. */
async function deleteHighest({ jobs, removals }: Storage, db: Database): Promise<void> {
  const { output_dir } = (await jobs.remove(JOBS, { ...BY_ANN, from: STATUSES }))!;
  await removals.markRemoved([output_dir], { now: LATER });
  await db.write([
    sql`insert into output_removals (output_dir, requested_at) values (${TO_REMOVE}, ${NOW})`,
    sql`delete from projects where id = 6`,
    sql`delete from projects where id = 5`,
    sql`delete from users where email = ${"last@example.com"}`,
  ]);
}

export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

export async function copy(from: string, to: string): Promise<Ended> {
  return await runScript(["--from", from, "--to", to]);
}

export async function runScript(args: string[]): Promise<Ended> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-RWNES", "--allow-ffi", "scripts/copy_storage.ts", ...args],
    cwd: ROOT,
    stdin: "null",
  }).output();
  const [out, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  expect(out! + errors).not.toContain(new URL(place.target).password);
  return { code, stdout: out!, stderr: errors! };
}

export async function expectRefused(ended: Promise<Ended>, message: RegExp): Promise<void> {
  const { code, stdout, stderr } = await ended;
  expect(stderr).toMatch(message);
  expect(stderr).toMatch(/^[^\n]+\n$/);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
}

/** What the server's own queries answer. */
export async function answers(
  { users, sessions, accessTokens, projects, members, auditLog, jobs, owners, removals }: Storage,
) {
  const lists = await Promise.all(
    [undefined, ...STATUSES].map((status) => jobs.list({ status, limit: 2 * JOBS }, { userId: 1 })),
  );
  const keys = [];
  for (let i = 0; i < JOBS; i += 3) {
    keys.push(await jobs.findByIdempotencyKey(`키-${i}`, { userId: 1 }));
  }
  return {
    users: [await users.findByEmail("ann@example.com"), await users.findByEmail("bob@example.com")],
    sessions: await sessions.list({ userId: 1, now: NOW }),
    tokens: await accessTokens.list(1),
    projects: [await projects.list(1), await projects.list(2)],
    members: await members.list(1, { userId: 1 }),
    audit: await auditLog.ofProject(1, { userId: 1, limit: 4 * JOBS }),
    account: await auditLog.ofAccount({ userId: 1, limit: 10 }),
    removals: await removals.pending({ after: "", limit: 10 }),
    owners: await owners.ownersOf([
      TO_REMOVE,
      `outputs/1/20240118_153000_m_${JOBS - 1}`,
      "outputs/1/20240118_153000_m_7",
      "outputs/1/20240118_153000_unknown",
    ]),
    lists,
    keys,
    byDirectory: await jobs.findByOutputDir("outputs/1/20240118_153000_m_7"),
  };
}

/** The number of rows by table, of every table that the migrations have made. */
export async function counts(db: Database): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of await tableNames()) {
    const [row] = await db.read(sql`select count(*) as n from ${quoted(name)}`);
    counts[name] = Number(row!.n);
  }
  return counts;
}

export async function tableNames(): Promise<string[]> {
  const rows = await use(`file:${place.folder}/schema.db`, ({ db }) =>
    db.read(sql`
      select name from sqlite_master where type = 'table' and name not like 'sqlite%'
        and name <> 'schema_migrations' order by name`));
  return rows.map(({ name }) => String(name));
}

export async function expectEmptyTarget(): Promise<void> {
  const found = Object.values(await use(place.target, ({ db }) => counts(db)));
  expect(found.length).toBeGreaterThan(0);
  expect(found.filter((count) => count > 0)).toEqual([]);
}
