import type { Words } from "./database.ts";
import { sql } from "./sql.ts";

export const LIBSQL_WORDS: Words = {
  isAmong: (column, subselect) => sql`${column} in (${subselect})`,
  thenAbout: (insertion, found, about) => [insertion, about(sql`(${found}) as inserted`)],
  // A write transaction has the whole database to itself.
  forUpdate: sql``,
};
