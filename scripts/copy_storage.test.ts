import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from "vitest";
import { DEMO_ACCOUNT } from "../src/demo.ts";
import {
  createStorage,
  type DatabaseLocation,
  openDatabase,
  type Storage,
} from "../src/storage/open.ts";
import { SYSTEM } from "../src/domain/kernel/actor.ts";
import { STATUSES } from "../src/domain/jobs/status.ts";
import type { Database, Row } from "../src/storage/sql/database.ts";
import { migrate } from "../src/storage/sql/migrate.ts";
import { sql } from "../src/storage/sql/sql.ts";
import { createDatabase, dropDatabase } from "../tests/support/postgres.ts";
import { quoted } from "./copy_storage_schema.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const NOW = "2024-01-18T15:30:00.000Z";
const LATER = "2024-01-18T16:00:00.120Z";
const JOBS = 1203;

/** Holds the source as it was filled, once for all tests. */
let template: string;
let folder: string;
let source: string;
let target: string;

beforeAll(async () => {
  template = await Deno.makeTempDir();
  await use(`file:${template}/laptop.db`, async ({ storage, db }) => {
    await fill(storage);
    await deleteHighest(db);
    // Into the one file that the tests copy.
    await db.read(sql`pragma wal_checkpoint(truncate)`);
  });
});

beforeEach(async () => {
  folder = await Deno.makeTempDir();
  await Deno.copyFile(`${template}/laptop.db`, `${folder}/laptop.db`);
  source = `file:${folder}/laptop.db`;
  target = await createDatabase(inject("postgres")["embedded PostgreSQL"]!);
});

afterEach(async () => {
  await dropDatabase(target);
  await Deno.remove(folder, { recursive: true });
});

afterAll(() => Deno.remove(template, { recursive: true }));

/** Opens a database as a server does, for a while. */
async function use<T>(
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

function locationOf(url: string): DatabaseLocation {
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
    const actor = { kind: "user", id: userId } as const;
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
    }, { limit: 100, actor, now: NOW });
    await projects.insert({ name: "개/고양이 🐈", description: "line\nline" }, {
      actor: SYSTEM,
      ownerId: userId,
      now: NOW,
    });
    const origin = { address: "::1", request_id: "요청-1" };
    await projects.insert({ name: "empty", description: "" }, {
      actor: { ...actor, origin },
      ownerId: userId,
      now: LATER,
    });
  }
  await members.insert(1, {
    actor: SYSTEM,
    input: { email: "bob@example.com", role: "editor" },
    now: NOW,
  });
  for (let i = 0; i < JOBS; i++) await addJob(jobs, i);
}

/** Jobs of every status, of the first project, with and without what may be missing. */
async function addJob(jobs: Storage["jobs"], i: number): Promise<void> {
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
  }, { actor: SYSTEM, now: NOW, idempotency });
  const status = STATUSES[i % STATUSES.length]!;
  if (status === "pending") return;
  await jobs.transition(job!.id, {
    actor: SYSTEM,
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
async function deleteHighest(db: Database): Promise<void> {
  await db.write([
    sql`delete from training_jobs where id = ${JOBS}`,
    sql`delete from projects where id = 6`,
    sql`delete from projects where id = 5`,
    sql`delete from users where email = ${"last@example.com"}`,
    sql`
      insert into output_removals (output_dir, requested_at, removed_at)
      values ('outputs/1/20240118_153000_gone', ${NOW}, null),
        ('outputs/1/20240118_153001_removed', ${NOW}, ${LATER})`,
  ]);
}

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

async function copy(from: string, to: string): Promise<Ended> {
  return await runScript(["--from", from, "--to", to]);
}

async function runScript(args: string[]): Promise<Ended> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-RWNES", "--allow-ffi", "scripts/copy_storage.ts", ...args],
    cwd: ROOT,
    stdin: "null",
  }).output();
  const [out, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  expect(out! + errors).not.toContain(new URL(target).password);
  return { code, stdout: out!, stderr: errors! };
}

async function expectRefused(ended: Promise<Ended>, message: RegExp): Promise<void> {
  const { code, stdout, stderr } = await ended;
  expect(stderr).toMatch(message);
  expect(stderr).toMatch(/^[^\n]+\n$/);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
}

/** What the server's own queries answer. */
async function answers(
  { users, sessions, accessTokens, projects, members, auditLog, jobs, removals }: Storage,
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
    audit: await auditLog.ofProject(2, { userId: 1, limit: 10 }),
    lists,
    keys,
    removals: await removals.pending({ after: "", limit: 10 }),
    byDirectory: await jobs.findByOutputDir("outputs/1/20240118_153000_m_7"),
  };
}

/** The number of rows by table, of every table that the migrations have made. */
async function counts(db: Database): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const name of await tableNames()) {
    const [row] = await db.read(sql`select count(*) as n from ${quoted(name)}`);
    counts[name] = Number(row!.n);
  }
  return counts;
}

async function tableNames(): Promise<string[]> {
  const rows = await use(`file:${folder}/schema.db`, ({ db }) =>
    db.read(sql`
      select name from sqlite_master where type = 'table' and name not like 'sqlite%'
        and name <> 'schema_migrations' order by name`));
  return rows.map(({ name }) => String(name));
}

async function expectEmptyTarget(): Promise<void> {
  const found = Object.values(await use(target, ({ db }) => counts(db)));
  expect(found.length).toBeGreaterThan(0);
  expect(found.filter((count) => count > 0)).toEqual([]);
}

/** Everything a libSQL file holds but the counts, which say when they changed last, and the last ids. */
async function contents(url: string): Promise<Record<string, Row[]>> {
  const contents: Record<string, Row[]> = {};
  const names = (await tableNames()).filter((name) => name !== "training_job_counts");
  for (const name of [...names, "sqlite_sequence"]) {
    contents[name] = await use(
      url,
      async ({ db }) =>
        (await db.read(sql`select * from ${quoted(name)} order by 1, 2`)).map((row) => ({
          ...row,
        })),
    );
  }
  return contents;
}

describe("from a libSQL file to Postgres", () => {
  test("the server's queries answer the same, and every table has arrived", async () => {
    const before = await use(source, async ({ storage, db }) => ({
      answers: await answers(storage),
      counts: await counts(db),
    }));
    // A table that a migration adds needs rows here, or nothing shows that they are copied.
    expect(Object.entries(before.counts).filter(([, count]) => count === 0)).toEqual([]);
    expect(before.counts).toMatchObject({ users: 2, training_jobs: JOBS - 1 });

    const { code, stdout, stderr } = await copy(source, target);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^training_jobs +1202$/m);
    expect(stdout).toMatch(/\ncopied \d+ rows of 9 tables .* counts and checksums agree\n$/);

    const after = await use(target, async ({ storage, db }) => ({
      answers: await answers(storage),
      counts: await counts(db),
    }));
    expect(after).toStrictEqual(before);
  });

  test("the next ids are fresh, those of deleted rows are not given again", async () => {
    await copy(source, target);
    await use(target, async ({ storage, db }) => {
      const account = { email: "new@example.com", full_name: null, password_hash: "-" };
      expect((await storage.users.insert({ ...account, created_at: NOW }))!.id).toBe(4);
      const project = { name: "new", description: "" };
      expect((await storage.projects.insert(project, { actor: SYSTEM, ownerId: 1, now: NOW })).id)
        .toBe(7);
      await addJob(storage.jobs, JOBS);
      const [row] = await db.read(sql`select max(id) as id from training_jobs`);
      expect(Number(row!.id)).toBe(JOBS + 1);
    });
  });

  test("a second run is refused, and changes nothing", async () => {
    await copy(source, target);
    const before = await use(target, ({ db }) => counts(db));
    await expectRefused(
      copy(source, target),
      /^--to: postgres:\/\/localhost:\d+\/\w+ is not empty, there are rows in .*training_jobs/,
    );
    expect(await use(target, ({ db }) => counts(db))).toEqual(before);
  });

  test("a target with something else in it is refused, and not even migrated", async () => {
    const { db } = await openDatabase(locationOf(target));
    await db.script(
      "create table recipes (id integer primary key); insert into recipes values (1)",
    );
    await expectRefused(copy(source, target), /is not empty, there are rows in recipes; nothing/);
    expect(await db.read(sql`select 1 from pg_class where relname = 'users'`)).toEqual([]);
    await db.close();
  });
});

test("a demo account that comes along, whose password is public, is named", async () => {
  await use(
    source,
    ({ db }) =>
      db.write([
        sql`update users set email = ${DEMO_ACCOUNT.email} where email = ${"bob@example.com"}`,
      ]),
  );
  const { code, stderr } = await copy(source, target);
  expect(code).toBe(0);
  expect(stderr).toMatch(/^the demo account demo@example\.com was copied [^\n]+\n$/);
});

describe("a failure in the middle leaves the target empty", () => {
  test("when a row breaks a constraint", async () => {
    await use(source, async ({ db }) => {
      await db.read(sql`pragma foreign_keys = off`);
      await db.write([sql`update training_jobs set project_id = 999 where id = 1100`]);
    });
    await expectRefused(
      copy(source, target),
      /^training_jobs: .*foreign key.*; nothing was copied to postgres:/,
    );
    await expectEmptyTarget();

    await use(
      source,
      ({ db }) => db.write([sql`update training_jobs set project_id = 1 where id = 1100`]),
    );
    expect(await copy(source, target)).toMatchObject({ code: 0 });
  });

  test("when the connection is killed", async () => {
    await use(target, ({ db }) =>
      db.script(`
        create function die() returns trigger language plpgsql as $$ begin
          perform pg_terminate_backend(pg_backend_pid()); return new; end $$;
        create trigger die before insert on training_jobs
          for each row when (new.id = 1100) execute function die()`));
    await expectRefused(
      copy(source, target),
      /(CLOSED|terminat).*; nothing was copied to postgres:/,
    );
    await expectEmptyTarget();
  });

  test("when what arrived is not what was sent", async () => {
    await use(target, ({ db }) =>
      db.script(`
        create function bend() returns trigger language plpgsql as $$ begin
          new.accuracy = 0.5; return new; end $$;
        create trigger bend before insert on training_jobs
          for each row when (new.id = 1100) execute function bend()`));
    await expectRefused(
      copy(source, target),
      /^training_jobs: the rows that arrived differ; nothing/,
    );
    await expectEmptyTarget();
  });

  test("when a value cannot be held exactly", async () => {
    await use(
      source,
      ({ db }) => db.script("update training_jobs set started_at = 'yesterday' where id = 1100"),
    );
    await expectRefused(
      copy(source, target),
      /^training_jobs: started_at holds "yesterday", which is no timestamp; nothing was copied/,
    );
    await expectEmptyTarget();
  });
});

describe("other directions", () => {
  test("back to libSQL the content is identical, the last ids with it", async () => {
    const back = `file:${folder}/new/back.db`;
    await copy(source, target);
    expect(await copy(target, back)).toMatchObject({ code: 0, stderr: "" });
    expect(await contents(back)).toStrictEqual(await contents(source));
  });

  test("from one libSQL file to another", async () => {
    const other = `file:${folder}/other.db`;
    expect(await copy(source, other)).toMatchObject({ code: 0, stderr: "" });
    expect(await contents(other)).toStrictEqual(await contents(source));
  });

  test("from one Postgres to another, by way of libSQL too, microseconds are kept", async () => {
    const server = inject("postgres")["embedded PostgreSQL"]!;
    const between = `file:${folder}/between.db`;
    const [direct, detour] = [await createDatabase(server), await createDatabase(server)];
    await copy(source, target);
    const exact = (url: string) =>
      use(
        url,
        async ({ db }) =>
          (await db.read(sql`select started_at::text as text from training_jobs where id = 2`))[0],
      );
    await use(
      target,
      ({ db }) =>
        db.script(
          "update training_jobs set started_at = '2024-01-18T15:30:00.123456Z' where id = 2",
        ),
    );
    expect((await exact(target))!.text).toContain(":00.123456");
    for (const [from, to] of [[target, direct], [target, between], [between, detour]] as const) {
      expect(await copy(from, to)).toMatchObject({ code: 0, stderr: "" });
    }
    expect([await exact(direct), await exact(detour)]).toEqual(Array(2).fill(await exact(target)));
    await Promise.all([direct, detour].map(dropDatabase));
  });
});

describe("is refused in one line", () => {
  test("when a server uses the source", async () => {
    await use(source, async () => {
      await expectRefused(
        copy(source, target),
        /^--from: another Trainyard process is using .*laptop\.db; stop it/,
      );
    });
  });

  test("when there is no source, and none is made", async () => {
    await expectRefused(copy(`file:${folder}/typo.db`, target), /^--from: there is no file .*typo/);
    await expect(Deno.stat(`${folder}/typo.db`)).rejects.toThrow(Deno.errors.NotFound);
  });

  test("when the source is no Trainyard database", async () => {
    await Deno.writeFile(`${folder}/empty.db`, new Uint8Array());
    await expectRefused(
      copy(`file:${folder}/empty.db`, target),
      /^--from: .* no Trainyard database/,
    );
  });

  test.each([
    ["older", "delete from schema_migrations", /lacks the migration 0001_initial\.sql; run deno/],
    [
      "newer",
      "insert into schema_migrations values (9999, '9999_future.sql', '-', '-')",
      /has the migration 9999_future\.sql of a newer Trainyard/,
    ],
  ])("when the source's schema is %s", async (_, change, message) => {
    await use(source, ({ db }) => db.script(change));
    await expectRefused(copy(source, target), message);
  });

  test("when the source has a table that the target has not", async () => {
    await use(source, ({ db }) => db.script("create table notes (id integer primary key)"));
    await expectRefused(copy(source, target), /^notes: the target has no such table; nothing was/);
    await expectEmptyTarget();
  });

  test("when the target cannot be reached, without its password", async () => {
    const away = new URL(target);
    away.port = "9";
    await expectRefused(
      copy(source, away.href),
      /^--to: cannot connect to database t_\w+ at local/,
    );
  });

  test.each<[string, string[], RegExp]>([
    ["without addresses", [], /^usage: deno task copy-storage --from/],
    ["with one alone", ["--from", "file:x.db"], /^usage: /],
    ["with a word too many", ["--from", "file:x.db", "--to", "file:y.db", "z"], /^usage: /],
    [
      "with an unknown scheme",
      ["--from", "mysql://u:secret@h/x", "--to", "file:y.db"],
      /^--from: u/,
    ],
  ])("when it is called %s", async (_, args, message) => {
    const ended = await runScript(args);
    expect(ended.stderr).not.toContain("secret");
    await expectRefused(Promise.resolve(ended), message);
  });
});
