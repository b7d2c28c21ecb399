import { describe, expect, inject, test } from "vitest";
import { DEMO_ACCOUNT } from "../src/demo.ts";
import { openDatabase } from "../src/storage/open.ts";
import type { Row } from "../src/storage/sql/database.ts";
import { sql } from "../src/storage/sql/sql.ts";
import { EMBEDDED } from "../tests/support/backends.ts";
import {
  addJob,
  answers,
  BY_ANN,
  copy,
  counts,
  expectRefused,
  JOBS,
  locationOf,
  NOW,
  tableNames,
  TO_REMOVE,
  use,
  usePlaces,
} from "../tests/support/copy_storage.ts";
import { createDatabase, dropDatabase } from "../tests/support/postgres.ts";
import { quoted } from "./copy_storage_schema.ts";

let folder: string;
let source: string;
let target: string;
usePlaces((place) => ({ folder, source, target } = place));

/** Everything a libSQL file holds but the counts, which say when they changed last, and the last
 * ids. */
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
    expect(before.answers.removals).toEqual([TO_REMOVE]);
    expect([...before.answers.owners.values()].sort()).toEqual([
      "job",
      "none",
      "removal",
      "removal",
    ]);
    expect(new Set(before.answers.audit.map(({ actor }) => actor)))
      .toEqual(new Set(["user", "runner", "system"]));

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
      expect((await storage.projects.insert(project, { ...BY_ANN, ownerId: 1 })).id).toBe(7);
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
    const server = inject("postgres")[EMBEDDED]!;
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
