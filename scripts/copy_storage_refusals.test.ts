import { describe, expect, test } from "vitest";
import { sql } from "../src/storage/sql/sql.ts";
import {
  copy,
  expectEmptyTarget,
  expectRefused,
  runScript,
  use,
  usePlaces,
} from "../tests/support/copy_storage.ts";

let folder: string;
let source: string;
let target: string;
usePlaces((place) => ({ folder, source, target } = place));

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
