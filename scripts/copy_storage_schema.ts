import { type Row } from "../src/storage/sql/database.ts";
import { joinSql, type Sql, sql, type SqlValue, verbatim } from "../src/storage/sql/sql.ts";

/** Sends one statement, in whatever transaction is open. */
export type Send = (statement: Sql) => Promise<Row[]>;

export type Kind = "integer" | "real" | "boolean" | "text" | "timestamp";

export interface Column {
  name: string;
  kind: Kind;
}

/** A table as its own database describes it. */
export interface Table {
  name: string;
  columns: Column[];
  /** The columns of the primary key, in its order. */
  key: string[];
  /** The tables it refers to, itself left out. */
  references: string[];
  /** The column the database numbers by itself. */
  generated: string | undefined;
}

/** What the two databases say in words of their own. */
export interface Dialect {
  tables(send: Send): Promise<Table[]>;
  /** A column in a `select`, so that the driver gives it whole. */
  selected(column: Column): Sql;
  /** A value of a column in an `insert`. */
  inserted(column: Column, value: SqlValue): Sql;
  /** Keeps everyone else from writing these tables until the transaction ends. */
  lock(send: Send, tables: Table[]): Promise<void>;
  /** The last number given to a row of a table, whether or not that row is still there. */
  lastId(send: Send, table: Table & { generated: string }): Promise<number>;
  /** The next row gets the number after `id`. Undone with the transaction. */
  setLastId(
    send: Send,
    options: { table: Table & { generated: string }; id: number },
  ): Promise<void>;
}

export const LIBSQL: Dialect = {
  async tables(send) {
    // `libsql_…` and `sqlite_…` are the database's own.
    const own = sql`m.type = 'table' and m.name not like 'sqlite@_%' escape '@'
      and m.name not like 'libsql@_%' escape '@'`;
    const columns = await send(sql`
      select m.name as "table", p.name as name, p.type as type, p.pk as position,
        m.sql like '%autoincrement%' and p.pk > 0 as is_generated
      from sqlite_master m join pragma_table_info(m.name) p
      where ${own} order by m.name, p.cid`);
    const references = await send(sql`
      select m.name as "table", f."table" as target
      from sqlite_master m join pragma_foreign_key_list(m.name) f where ${own}`);
    return tablesFrom(columns, references);
  },

  selected: ({ name }) => quoted(name),

  inserted: (_, value) => sql`${value}`,

  // A write transaction has the whole database to itself.
  async lock() {},

  async lastId(send, { name }) {
    const [row] = await send(sql`select seq from sqlite_sequence where name = ${name}`);
    return Number(row?.seq ?? 0);
  },

  async setLastId(send, { table, id }) {
    // It has no unique column to update by, and no row before the table had one.
    await send(sql`delete from sqlite_sequence where name = ${table.name}`);
    await send(sql`insert into sqlite_sequence (name, seq) values (${table.name}, ${id})`);
  },
};

export const POSTGRES: Dialect = {
  async tables(send) {
    const columns = await send(sql`
      select c.relname as table, a.attname as name, format_type(a.atttypid, null) as type,
        coalesce(array_position(i.indkey::int2[], a.attnum) + 1, 0) as position,
        a.attidentity <> '' as is_generated
      from pg_class c
      join pg_namespace n on n.oid = c.relnamespace and n.nspname = current_schema()
      join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      left join pg_index i on i.indrelid = c.oid and i.indisprimary
      where c.relkind in ('r', 'p') order by c.relname, a.attnum`);
    const references = await send(sql`
      select c.relname as table, t.relname as target
      from pg_constraint k
      join pg_class c on c.oid = k.conrelid
      join pg_namespace n on n.oid = c.relnamespace and n.nspname = current_schema()
      join pg_class t on t.oid = k.confrelid
      where k.contype = 'f'`);
    return tablesFrom(columns, references);
  },

  // As text: a JavaScript `Date` would drop the microseconds.
  selected: ({ name, kind }) =>
    kind === "timestamp"
      ? sql`to_char(${quoted(name)} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
          as ${quoted(name)}`
      : quoted(name),

  inserted: ({ kind }, value) =>
    kind === "timestamp" ? sql`cast(cast(${value} as text) as timestamptz)` : sql`${value}`,

  async lock(send, tables) {
    await send(sql`lock table ${listed(tables.map(({ name }) => name))} in exclusive mode`);
  },

  async lastId(send, table) {
    const sequence = await sequenceOf(send, table);
    const [row] = await send(sql`select last_value, is_called from ${sequence}`);
    return Number(row!.last_value) - (row!.is_called ? 0 : 1);
  },

  // Not `setval`, which no rollback undoes.
  async setLastId(send, { table, id }) {
    const sequence = await sequenceOf(send, table);
    await send(sql`alter sequence ${sequence} restart with ${verbatim(String(id + 1))}`);
  },
};

/** `position` counts from 1 in the primary key; 0 is a column outside of it. */
function tablesFrom(columns: Row[], references: Row[]): Table[] {
  return [...Map.groupBy(columns, (row) => String(row.table))].map(([name, rows]) => ({
    name,
    columns: rows.map((row) => ({ name: String(row.name), kind: kindOf(name, row) })),
    key: rows.filter((row) => Number(row.position) > 0)
      .sort((a, b) => Number(a.position) - Number(b.position)).map((row) => String(row.name)),
    references: references.filter(({ table, target }) => table === name && target !== name)
      .map(({ target }) => String(target)),
    generated: rows.filter((row) => Boolean(row.is_generated)).map((row) => String(row.name))[0],
  }));
}

const KINDS: Record<string, Kind> = {
  integer: "integer",
  bigint: "integer",
  real: "real",
  "double precision": "real",
  boolean: "boolean",
  text: "text",
  "timestamp with time zone": "timestamp",
};

function kindOf(table: string, { name, type }: Row): Kind {
  const kind = KINDS[String(type).toLowerCase()];
  if (kind) return kind;
  throw new Error(`${table}.${name} has the type ${type}, which this task cannot copy`);
}

async function sequenceOf(
  send: Send,
  { name, generated }: Table & { generated: string },
): Promise<Sql> {
  const [row] = await send(sql`
    select pg_get_serial_sequence(quote_ident(${name}), ${generated}) as sequence`);
  // Quoted by Postgres where it must be.
  return verbatim(String(row!.sequence));
}

export function quoted(name: string): Sql {
  return verbatim(`"${name.replaceAll('"', '""')}"`);
}

/** Names with commas between them. */
export function listed(names: string[]): Sql {
  return joinSql(names.map(quoted), ", ");
}
