import { expect, test } from "vitest";
import { StartupError } from "../../domain/kernel/errors.ts";
import type { Database } from "./database.ts";
import { openLibsqlFile } from "../drivers/libsql_file.ts";
import { migrate } from "./migrate.ts";
import { type Sql, sql } from "./sql.ts";

const NOW = new Date("2024-01-18T15:30:00.000Z");
const JOURNAL = sql`select * from schema_migrations order by version`;

const FIRST = { "0001_first.sql": "create table steps (name text);\n" };
const SECOND = { "0002_second.sql": "insert into steps values ('second');\n" };
const TENTH = { "0010_tenth.sql": "insert into steps values ('tenth')\n-- no semicolon" };

/** A fresh database with a folder of scripts, which `put` writes and `run` applies. */
async function workshop(files: Record<string, string>) {
  const folder = await Deno.makeTempDir();
  const scripts = `${folder}/migrations`;
  await Deno.mkdir(scripts);
  const db: Database = await openLibsqlFile(`${folder}/x.db`);
  const put = async (more: Record<string, string>) => {
    for (const [name, text] of Object.entries(more)) {
      await Deno.writeTextFile(`${scripts}/${name}`, text);
    }
  };
  await put(files);
  return {
    put,
    discard: (name: string) => Deno.remove(`${scripts}/${name}`),
    run: (now = NOW) => migrate(db, { folder: scripts, now }),
    column: async (query: Sql, name: string) => (await db.read(query)).map((row) => row[name]),
    journal: () => db.read(JOURNAL),
    async [Symbol.asyncDispose]() {
      await db.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

test("scripts are applied by number, each once, and others are left alone", async () => {
  const noise = {
    "README.md": "# no SQL",
    "3_short.sql": "nonsense",
    "0004_x.sql.bak": "nonsense",
  };
  await using w = await workshop({ ...TENTH, ...SECOND, ...FIRST, ...noise });
  expect(await w.run()).toEqual(["0001_first.sql", "0002_second.sql", "0010_tenth.sql"]);
  expect(await w.run()).toEqual([]);
  expect(await w.column(sql`select name from steps`, "name")).toEqual(["second", "tenth"]);
});

test("the journal says what was applied, when, and with which text", async () => {
  await using w = await workshop(FIRST);
  await w.run();
  await w.put(SECOND);
  expect(await w.run(new Date("2025-01-01T00:00:00.000Z"))).toEqual(["0002_second.sql"]);
  const checksum = expect.stringMatching(/^[0-9a-f]{64}$/);
  const rows = await w.journal();
  expect(rows).toEqual([
    { version: 1, name: "0001_first.sql", checksum, applied_at: "2024-01-18T15:30:00.000Z" },
    { version: 2, name: "0002_second.sql", checksum, applied_at: "2025-01-01T00:00:00.000Z" },
  ]);
  expect(rows[0]!.checksum).not.toBe(rows[1]!.checksum);
});

test("an applied script that was edited stops everything and is named", async () => {
  await using w = await workshop({ ...FIRST, ...SECOND });
  await w.run();
  await w.put({ "0001_first.sql": "create table steps (name text, more text);\n", ...TENTH });
  await expect(w.run()).rejects.toBeInstanceOf(StartupError);
  await expect(w.run()).rejects.toThrow(/^migration 0001_first\.sql was edited [^\n]+$/);
  expect(await w.journal()).toHaveLength(2);
});

test("an applied script that is missing stops everything and is named", async () => {
  await using w = await workshop({ ...FIRST, ...SECOND });
  await w.run();
  await w.discard("0002_second.sql");
  await w.put(TENTH);
  await expect(w.run()).rejects.toBeInstanceOf(StartupError);
  await expect(w.run()).rejects.toThrow(/^migration 0002_second\.sql was applied [^\n]+$/);
  expect(await w.journal()).toHaveLength(2);
});

test("a script that fails leaves nothing of itself, and those before it stay", async () => {
  const half = "create table half (x integer);\ninsert into nowhere values (1);\n";
  await using w = await workshop({ ...FIRST, "0002_second.sql": half, ...TENTH });
  await expect(w.run()).rejects.toThrow(/nowhere/);
  expect(await w.column(JOURNAL, "name")).toEqual(["0001_first.sql"]);
  const tables = sql`select name from sqlite_master where name in ('steps', 'half')`;
  expect(await w.column(tables, "name")).toEqual(["steps"]);
  await w.put(SECOND);
  expect(await w.run()).toEqual(["0002_second.sql", "0010_tenth.sql"]);
});

test("a checkout that turns line ends is no edit", async () => {
  await using w = await workshop(FIRST);
  await w.run();
  await w.put({ "0001_first.sql": FIRST["0001_first.sql"].replaceAll("\n", "\r\n") });
  expect(await w.run()).toEqual([]);
});
