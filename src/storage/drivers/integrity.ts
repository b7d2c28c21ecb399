import type { Database } from "../sql/database.ts";
import { sql } from "../sql/sql.ts";

/** What is broken in a libSQL file, in SQLite's own words; nothing when it is whole. */
export async function findDamage(db: Database): Promise<string[]> {
  const checked = await db.read(sql`pragma integrity_check`);
  const broken = checked.flatMap((row) => String(row.integrity_check).split("\n"))
    .filter((line) => line !== "ok");
  const dangling = await db.read(sql`pragma foreign_key_check`);
  return [
    ...broken,
    ...dangling.map(({ table, rowid }) => `row ${rowid} of ${table} refers to a row that is gone`),
  ];
}
