import type { Words } from "./database.ts";
import { sql } from "./sql.ts";

export const LIBSQL_WORDS: Words = {
  isAmong: (column, subselect) => sql`${column} in (${subselect})`,
  // A write transaction has the whole database to itself.
  forUpdate: sql``,
};
