import Connection from "libsql";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { Conflict, DomainError, StartupError } from "../../domain/kernel/errors.ts";
import type { Event } from "../../domain/kernel/events.ts";
import { concurrencyConformance } from "../../../tests/conformance/storage/concurrency.ts";
import { storageConformance } from "../../../tests/conformance/storage/storage.ts";
import { openLibsqlFile } from "./libsql_file.ts";
import { listingConformance } from "../../../tests/conformance/storage/list.ts";
import { migrate } from "../sql/migrate.ts";
import { createStorage } from "../open.ts";
import type { Database } from "../sql/database.ts";
import { one, type Sql, sql } from "../sql/sql.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

for (const conformance of [storageConformance, listingConformance]) {
  conformance("a libSQL file", async () => {
    const folder = await Deno.makeTempDir();
    const db = await openLibsqlFile(`${folder}/trainyard.db`);
    await migrate(db, { folder: `${ROOT}migrations/libsql`, now: new Date() });
    return {
      storage: createStorage(db),
      db,
      close: () => Deno.remove(folder, { recursive: true }),
    };
  });
}

concurrencyConformance("a libSQL file", async () => {
  const folder = await Deno.makeTempDir();
  const published: Event[] = [];
  const onCommitted = (events: readonly Event[]) => void published.push(...events);
  const db = await openLibsqlFile(`${folder}/trainyard.db`, { onCommitted });
  return {
    db,
    other: db,
    published,
    async close() {
      await db.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
});

/** The path of a database in a fresh folder. */
async function freshPath(name = "trainyard.db"): Promise<string> {
  return `${await Deno.makeTempDir()}/${name}`;
}

/** A process that opens the file, says so and keeps it open. */
function openInAnotherProcess(path: string): Deno.ChildProcess {
  const module = new URL("./libsql_file.ts", import.meta.url).href;
  const script = `
    import { openLibsqlFile } from ${JSON.stringify(module)};
    try {
      await openLibsqlFile(${JSON.stringify(path)});
      console.log("opened");
      setInterval(() => {}, 1000);
    } catch (error) {
      console.log(error.name + " " + error.message);
    }`;
  const args = ["eval", "--frozen", script];
  return new Deno.Command(Deno.execPath(), { args, cwd: ROOT, stdout: "piped" }).spawn();
}

async function firstOutput(process: Deno.ChildProcess): Promise<string> {
  const reader = process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const { value = "" } = await reader.read();
  await reader.cancel();
  return value;
}

describe("a libSQL file belongs to one process", () => {
  test("a second open is refused in one line that names DATABASE_URL, until the first closes", async () => {
    const path = await freshPath();
    const first = await openLibsqlFile(path);
    const second = openLibsqlFile(path);
    await expect(second).rejects.toBeInstanceOf(StartupError);
    await expect(second).rejects.toThrow(/^DATABASE_URL: another Trainyard process .*[^\n]$/);
    await first.write([sql`create table still_works (x integer)`]);
    await first.close();
    const third = await openLibsqlFile(path);
    expect(await third.read(sql`select * from still_works`)).toEqual([]);
    await third.close();
  });

  test("a second process is refused", async () => {
    const path = await freshPath();
    const db = await openLibsqlFile(path);
    await using process = openInAnotherProcess(path);
    expect(await firstOutput(process)).toMatch(/^StartupError DATABASE_URL: another Trainyard/);
    await db.close();
  });

  test("a process that was killed leaves no lock behind", async () => {
    const path = await freshPath();
    await using process = openInAnotherProcess(path);
    expect(await firstOutput(process)).toBe("opened\n");
    await expect(openLibsqlFile(path)).rejects.toThrow(/^DATABASE_URL: another/);
    process.kill("SIGKILL");
    await process.status;
    const db = await openLibsqlFile(path);
    await db.close();
  });
});

describe("opening a libSQL file", () => {
  test.each([["journal_mode", "wal"], ["synchronous", 2], ["foreign_keys", 1]])(
    "pragma %s is %s, also after a failed write",
    async (pragma, value) => {
      const db = await openLibsqlFile(await freshPath());
      const pragmas = {
        journal_mode: sql`pragma journal_mode`,
        synchronous: sql`pragma synchronous`,
        foreign_keys: sql`pragma foreign_keys`,
      };
      const read = async () => (await db.read(pragmas[pragma as keyof typeof pragmas]))[0]![pragma];
      expect(await read()).toBe(value);
      await expect(db.write([sql`insert into nowhere values (1)`])).rejects.toThrow();
      await expect(db.script("insert into nowhere values (1)")).rejects.toThrow();
      expect(await read()).toBe(value);
      await db.close();
    },
  );

  test.each(["a b/x.db", "데이터/x.db", "100%/x.db", "a%20b/x.db", "a#b/x.db", "a?b/x.db"])(
    "the file is made where the path says: %s",
    async (name) => {
      const path = await freshPath(name);
      const db = await openLibsqlFile(path);
      await db.script("create table t (x integer)");
      await db.close();
      expect((await Deno.stat(path)).isFile).toBe(true);
    },
  );

  test.each<[string, (folder: string) => Promise<string>]>([
    ["a folder is in its place", (folder) => Promise.resolve(folder)],
    ["a file is where its folder should be", async (folder) => {
      await Deno.writeTextFile(`${folder}/file`, "");
      return `${folder}/file/x.db`;
    }],
    ["it holds something else", async (folder) => {
      await Deno.writeTextFile(`${folder}/x.db`, "not a database, but long enough".repeat(100));
      return `${folder}/x.db`;
    }],
  ])("is refused in one line that names DATABASE_URL when %s", async (_, place) => {
    const opening = openLibsqlFile(await place(await Deno.makeTempDir()));
    await expect(opening).rejects.toBeInstanceOf(StartupError);
    await expect(opening).rejects.toThrow(/^DATABASE_URL: cannot open [^\n]+$/);
  });
});

describe("a failure on a libSQL file", () => {
  test("of a statement that answers one row is not met by the next", async () => {
    const db = await openLibsqlFile(await freshPath());
    await db.script("create table t (x integer unique)");
    const insert = (x: number) => db.write([one(sql`insert into t values (${x}) returning x`)]);
    expect(await insert(1)).toEqual([[{ x: 1 }]]);
    await expect(insert(1)).rejects.toBeInstanceOf(Conflict);
    expect(await insert(2)).toEqual([[{ x: 2 }]]);
    expect(await db.read(one(sql`select x from t where x = ${3}`))).toEqual([]);
    await db.close();
  });

  test("of a write leaves nothing, and the next write works", async () => {
    const db = await openLibsqlFile(await freshPath());
    await db.script("create table t (x integer unique)");
    for (let i = 0; i < 3; i++) {
      const failing = db.write([sql`insert into t values (1)`, sql`insert into t values (1)`]);
      await expect(failing).rejects.toBeInstanceOf(Conflict);
    }
    expect(await db.write([sql`insert into t values (1) returning x`])).toEqual([[{ x: 1 }]]);
    await db.close();
  });

  test("of a script leaves nothing, and the next script works", async () => {
    const db = await openLibsqlFile(await freshPath());
    const script = "create table half (x integer); insert into nowhere values (1);";
    await expect(db.script(script)).rejects.toThrow(/nowhere/);
    expect(await db.read(sql`select name from sqlite_master where name = ${"half"}`)).toEqual([]);
    await db.script("create table half (x integer); insert into half values (1);");
    expect(await db.read(sql`select x from half`)).toEqual([{ x: 1 }]);
    await db.close();
  });

  test("that undoes the whole commit is met by its own writer alone", async () => {
    const db = await openLibsqlFile(await freshPath());
    await db.script(`
      create table t (x integer unique);
      create trigger gone before insert on t when new.x = 13
      begin select raise(rollback, 'as a full disk does'); end;`);
    const writes = [1, 2, 13, 4].map((x) => db.write([sql`insert into t values (${x})`]));
    const outcomes = await Promise.allSettled(writes);
    expect(outcomes.map(({ status }) => status))
      .toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
    expect(await db.read(sql`select x from t`)).toEqual([{ x: 1 }, { x: 2 }, { x: 4 }]);
    await db.close();
  });

  test("of a foreign lock is unavailable, and over with the lock", async () => {
    const path = await freshPath();
    const db = await openLibsqlFile(path);
    await db.script("create table t (x integer)");
    const foreign = new Connection(path);
    foreign.exec("begin immediate");
    const writes = [1, 2].map((x) => db.write([sql`insert into t values (${x})`]));
    for (const outcome of await Promise.allSettled(writes)) {
      expect(outcome).toMatchObject({ reason: { code: "unavailable" } });
    }
    expect(await db.read(sql`select x from t`)).toEqual([]);
    foreign.exec("commit");
    foreign.close();
    await db.write([sql`insert into t values (3)`]);
    expect(await db.read(sql`select x from t`)).toEqual([{ x: 3 }]);
    expect(await db.read(sql`pragma synchronous`)).toEqual([{ synchronous: 2 }]);
    await db.close();
  });
});

test.skipIf(Deno.build.os === "windows")("a new file is its user's alone", async () => {
  const path = await freshPath();
  const db = await openLibsqlFile(path);
  await db.script("create table t (x integer)");
  for (const suffix of ["", "-wal"]) {
    expect((Deno.statSync(path + suffix).mode! & 0o777).toString(8), suffix).toBe("600");
  }
  await db.close();
});

test("writes that wait when the database is closed are carried out first", async () => {
  const path = await freshPath();
  const db = await openLibsqlFile(path);
  await db.script("create table t (x integer)");
  const write = db.write([sql`insert into t values (1)`]);
  await db.close();
  await write;
  const again = await openLibsqlFile(path);
  expect(await again.read(sql`select x from t`)).toEqual([{ x: 1 }]);
  await again.close();
});

test("a text that was asked for all rows and had none is found when it is asked for one", async () => {
  const db = await openLibsqlFile(await freshPath());
  await db.script("create table t (x integer); insert into t values (1);");
  const select = (x: number) => sql`select x from t where x = ${x}`;
  // Writes are never answered from what was read before.
  expect(await db.write([select(2)])).toEqual([[]]);
  expect(await db.write([one(select(1))])).toEqual([[{ x: 1 }]]);
  expect(await db.write([select(1)])).toEqual([[{ x: 1 }]]);
  await db.close();
});

test("a pragma changes the connection that writes", async () => {
  const db = await openLibsqlFile(await freshPath());
  const pages = async () => (await db.read(sql`pragma wal_autocheckpoint`))[0]!.wal_autocheckpoint;
  const seen = [await pages()];
  await db.read(sql`pragma wal_autocheckpoint = 0`);
  seen.push(await pages());
  await db.read(sql`pragma wal_autocheckpoint = 1000`);
  expect([...seen, await pages()]).toEqual([1000, 0, 1000]);
  await db.close();
});

describe("writes of several callers at the same time", () => {
  /** Writes one after the other, with some turns of the event loop in between, as a request has. */
  async function writeRows(db: Database, { count, from }: { count: number; from: number }) {
    for (let n = 0; n < count; n++) {
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
      await db.write([sql`insert into t values (${from + n})`], {
        events: () => [{ type: "project.changed", project_id: from + n }],
      });
    }
  }

  test.each([[1, 1], [16, 4]])(
    "of %i share commits, at least %i in one on average",
    async (writers, least) => {
      let commits = 0;
      const db = await openLibsqlFile(await freshPath(), { onCommitted: () => void commits++ });
      await db.script("create table t (x integer)");
      commits = 0;
      await Promise.all(
        Array.from(
          { length: writers },
          (_, index) => writeRows(db, { count: 40, from: index * 1000 }),
        ),
      );
      const [row] = await db.read(sql`select count(*) as n from t`);
      expect(row!.n).toBe(writers * 40);
      expect(writers * 40 / commits).toBeGreaterThanOrEqual(least);
      await db.close();
    },
  );

  test("a transaction that stays open is undone, and the writes behind it go on", async () => {
    const db = await openLibsqlFile(await freshPath());
    await db.script("create table t (x integer)");
    let send: ((statement: Sql) => Promise<unknown>) | undefined;
    const stuck = db.transaction(async (sendNow) => {
      send = sendNow;
      await sendNow(sql`insert into t values (1)`);
      await new Promise(() => {});
    }, { timeoutMs: 50 });
    const behind = db.write([sql`insert into t values (2)`]);
    await expect(stuck).rejects.toThrow(DomainError);
    await behind;
    // Its statements would run in somebody else's transaction.
    await expect(send!(sql`insert into t values (3)`)).rejects.toThrow(DomainError);
    expect(await db.read(sql`select x from t`)).toEqual([{ x: 2 }]);
    await db.close();
  });
});

test("closing moves everything into the main file, and may be repeated", async () => {
  const path = await freshPath();
  const db = await openLibsqlFile(path);
  await db.script("create table t (x integer)");
  const writing = db.write([sql`insert into t values (1)`]);
  await db.close();
  await writing;
  await db.close();
  expect((await Deno.stat(`${path}-wal`).catch(() => ({ size: 0 }))).size).toBe(0);
  const again = await openLibsqlFile(path);
  expect(await again.read(sql`select x from t`)).toEqual([{ x: 1 }]);
  await again.close();
});

test("a statement answers the columns there are after a script has added one", async () => {
  const db = await openLibsqlFile(await freshPath());
  await db.script("create table t (x integer); insert into t values (1);");
  expect(await db.read(sql`select * from t`)).toEqual([{ x: 1 }]);
  await db.script("alter table t add column y integer default 2");
  expect(await db.read(sql`select * from t`)).toEqual([{ x: 1, y: 2 }]);
  await db.close();
});
