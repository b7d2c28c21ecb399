import type { Row, Words } from "../sql/database.ts";
import { identifier, joinSql, sql } from "../sql/sql.ts";

/** As SQLite says it. */
export const LIBSQL_WORDS: Words = {
  // Each value that the driver hands over costs more than reading it did, so most of a row comes as
  // one text. SQLite writes fractions into JSON with too few digits: they come as they are.
  pack({ plain, real }, table) {
    const column = (name: string) => sql`${table}.${identifier(name)}`;
    const members = plain.map((name) => sql`'${identifier(name)}', ${column(name)}`);
    const packed = sql`json_object(${joinSql(members, ", ")}) as packed`;
    return joinSql([packed, ...real.map(column)], ", ");
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
