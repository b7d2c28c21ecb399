import { expect, test } from "vitest";
import { openLibsqlFile } from "./libsql_file.ts";
import { sql } from "../sql/sql.ts";
import { standStill } from "./stand_still.ts";

async function openTable() {
  const path = `${await Deno.makeTempDir()}/a.db`;
  const db = await openLibsqlFile(path);
  await db.script("create table t (n integer)");
  const insert = (n: number) => db.write([sql`insert into t (n) values (${n})`]);
  return { path, db, insert };
}

const pages = async ({ db }: { db: Awaited<ReturnType<typeof openLibsqlFile>> }) =>
  (await db.read(sql`pragma wal_autocheckpoint`))[0]!.wal_autocheckpoint;

test("holds what was committed before, and not a byte changes while more is committed", async () => {
  const { path, db, insert } = await openTable();
  await insert(1);
  await standStill(db, async () => {
    const before = await Deno.readFile(path);
    // More pages than would make for a checkpoint.
    await db.write([sql`insert into t (n) values (zeroblob(5000000))`]);
    await insert(2);
    expect(await Deno.readFile(path)).toEqual(before);
    await Deno.copyFile(path, `${path}.copy`);
  });
  const copy = await openLibsqlFile(`${path}.copy`);
  expect(await copy.read(sql`select n from t`)).toEqual([{ n: 1 }]);
  await copy.close();
  expect(await pages({ db })).toBe(1000);
  await db.close();
});

test("fails when the connection was opened anew meanwhile, or closed", async () => {
  const { db } = await openTable();
  const anew = standStill(db, () => db.read(sql`pragma wal_autocheckpoint = 1000`));
  await expect(anew).rejects.toThrow("opened anew");
  await expect(standStill(db, () => db.close())).rejects.toThrow();
});

test("what the work throws is thrown, and checkpoints go on", async () => {
  const { db } = await openTable();
  await expect(standStill(db, () => Promise.reject(new Error("no room")))).rejects.toThrow(
    "no room",
  );
  expect(await pages({ db })).toBe(1000);
  await db.close();
});
