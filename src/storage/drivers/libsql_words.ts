import type { Row, Words } from "../sql/database.ts";
import { sql, verbatim } from "../sql/sql.ts";

/** SQLite's dialect. */
export const LIBSQL_WORDS: Words = {
  // The driver takes longer to hand over a value than SQLite to read it, so most of a row comes as one
  // text: half the time of a list. SQLite writes fractions into JSON with too few digits.
  pack({ plain, real }, table) {
    const members = plain.map((name) => `'${name}', ${table}.${name}`).join(", ");
    const fractions = real.map((name) => `${table}.${name}`).join(", ");
    return verbatim(`json_object(${members}) as packed, ${fractions}`);
  },
  unpack({ real }, { packed, ...fractions }) {
    const row = JSON.parse(String(packed)) as Row;
    for (const name of real) row[name] = fractions[name];
    return row;
  },
  isAmong: (column, subselect) => sql`${column} in (${subselect})`,
  // A write transaction has the whole database for itself.
  forUpdate: sql``,
  forUpdateSkipLocked: sql``,
  lastId: sql`last_insert_rowid()`,
};
