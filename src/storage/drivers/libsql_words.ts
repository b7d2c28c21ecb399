import type { Words } from "../sql/database.ts";
import { sql } from "../sql/sql.ts";

/** SQLite's dialect. */
export const LIBSQL_WORDS: Words = {
  isAmong: (column, subselect) => sql`${column} in (${subselect})`,
  // A write transaction has the whole database for itself.
  forUpdate: sql``,
  forUpdateSkipLocked: sql``,
  lastId: sql`last_insert_rowid()`,
};
