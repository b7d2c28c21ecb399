import type { Words } from "./database.ts";
import { identifier, joinSql, sql } from "./sql.ts";

/** As SQLite says it. */
export const LIBSQL_WORDS: Words = {
  // Each value that the driver hands over costs more than reading it did, so most of a row comes as
  // one text. SQLite writes fractions into JSON with too few digits: they come as they are.
  pack({ plain, real }, table) {
    const named = (name: string) => sql`${table}.${identifier(name)}`;
    const packed = sql`json_array(${joinSql(plain.map(named), ", ")}) as packed`;
    return joinSql([packed, ...real.map(named)], ", ");
  },
  unpack({ plain }, { packed, ...row }) {
    const values = JSON.parse(String(packed)) as unknown[];
    plain.forEach((name, i) => row[name] = values[i]);
    return row;
  },
  isAmong: (column, subselect) => sql`${column} in (${subselect})`,
  thenAbout: (insertion, found, about) => [insertion, about(sql`(${found}) as inserted`)],
  // A write transaction has the whole database to itself.
  forUpdate: sql``,
};
