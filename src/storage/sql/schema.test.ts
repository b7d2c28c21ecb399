import { fileURLToPath } from "node:url";
import { expect, inject, test } from "vitest";
import { EMBEDDED } from "../../../tests/support/backends.ts";
import { createDatabase, dropDatabase } from "../../../tests/support/postgres.ts";
import type { Database, Row } from "./database.ts";
import { openLibsqlFile } from "../drivers/libsql_file.ts";
import { migrate } from "./migrate.ts";
import { openPostgres } from "../drivers/postgres.ts";
import { type Sql, sql } from "./sql.ts";

/** One line a fact, in words both databases share. */
type Schema = string[];

test("the migrations of both databases make the same schema", async () => {
  const folder = await Deno.makeTempDir();
  const libsql = await openLibsqlFile(`${folder}/trainyard.db`);
  const url = await createDatabase(inject("postgres")[EMBEDDED]!);
  const postgres = await openPostgres(url);
  try {
    await migrate(libsql, { folder: migrationsOf("libsql"), now: new Date() });
    await migrate(postgres, { folder: migrationsOf("postgres"), now: new Date() });
    const expected = await libsqlSchema(libsql);
    // Something was read at all: columns, defaults, keys and checks of the widest table.
    for (
      const fact of [
        "training_jobs.learning_rate real not null default 0.001",
        "training_jobs.num_classes integer",
        "training_jobs.project_id -> projects.id no action",
        "training_jobs unique (output_dir)",
        "training_jobs index (project_id, id)",
        "idempotency_keys primary key (user_id, key)",
        "training_jobs 6 checks",
      ]
    ) expect(expected).toContain(fact);
    expect(await postgresSchema(postgres)).toEqual(expected);
  } finally {
    await libsql.close();
    await postgres.close();
    await dropDatabase(url);
    await Deno.remove(folder, { recursive: true });
  }
});

function migrationsOf(dialect: string): string {
  return fileURLToPath(new URL(`../../../migrations/${dialect}`, import.meta.url));
}

async function libsqlSchema(db: Database): Promise<Schema> {
  const facts: Schema = [];
  const tables = await db.read(sql`
    select name, sql from sqlite_master where type = 'table' and name not like 'sqlite_%'`);
  for (const { name, sql: text } of tables) {
    const table = String(name);
    const columns = await db.read(sql`select * from pragma_table_info(${table})`);
    for (const { name, type, notnull, dflt_value, pk } of columns) {
      // An integer primary key cannot be null, though SQLite does not say so.
      const required = Boolean(notnull) || Number(pk) > 0;
      facts.push(columnFact(`${table}.${name}`, { type, required, value: dflt_value }));
    }
    const keyColumns = columns.filter(({ pk }) => Number(pk) > 0)
      .sort((a, b) => Number(a.pk) - Number(b.pk)).map(({ name }) => name);
    facts.push(`${table} primary key (${keyColumns.join(", ")})`);
    for (
      const { name, unique, origin } of await db.read(sql`
      select * from pragma_index_list(${table})`)
    ) {
      if (origin === "pk") continue;
      const parts = await db.read(sql`
        select name from pragma_index_info(${String(name)}) order by seqno`);
      const kind = unique ? "unique" : "index";
      facts.push(`${table} ${kind} (${parts.map((part) => part.name).join(", ")})`);
    }
    for (const row of await db.read(sql`select * from pragma_foreign_key_list(${table})`)) {
      facts.push(foreignKeyFact(table, row));
    }
    facts.push(`${table} ${[...String(text).matchAll(/\bcheck \(/g)].length} checks`);
  }
  return facts.sort();
}

async function postgresSchema(db: Database): Promise<Schema> {
  const facts: Schema = [];
  const tables = await db.read(sql`
    select table_name as name from information_schema.tables where table_schema = 'public'`);
  for (const { name } of tables) {
    const table = String(name);
    for (
      const row of await db.read(sql`
      select column_name, data_type, is_nullable, column_default from information_schema.columns
      where table_schema = 'public' and table_name = ${table}`)
    ) {
      const { column_name, data_type: type, is_nullable, column_default: value } = row;
      const required = is_nullable === "NO";
      facts.push(columnFact(`${table}.${column_name}`, { type, required, value }));
    }
    for (const { definition } of await constraints(db, sql`contype in ('p', 'u')`, table)) {
      facts.push(`${table} ${String(definition).toLowerCase()}`);
    }
    for (
      const { columns } of await db.read(sql`
      select (select string_agg(a.attname, ', ' order by k.n)
              from unnest(i.indkey::int[]) with ordinality k (attnum, n)
              join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum) as columns
      from pg_index i join pg_class c on c.oid = i.indrelid
      where c.relname = ${table} and not i.indisunique`)
    ) {
      facts.push(`${table} index (${columns})`);
    }
    for (
      const row of await db.read(sql`
      select a.attname as from, f.relname as table, 'id' as to,
        case c.confdeltype when 'c' then 'cascade' else 'no action' end as on_delete
      from pg_constraint c
      join pg_class t on t.oid = c.conrelid join pg_class f on f.oid = c.confrelid
      join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
      where c.contype = 'f' and t.relname = ${table}`)
    ) {
      facts.push(foreignKeyFact(table, row));
    }
    facts.push(`${table} ${(await constraints(db, sql`contype = 'c'`, table)).length} checks`);
  }
  return facts.sort();
}

function constraints(db: Database, kind: Sql, table: string): Promise<Row[]> {
  return db.read(sql`
    select pg_get_constraintdef(c.oid) as definition
    from pg_constraint c join pg_class t on t.oid = c.conrelid
    where ${kind} and t.relname = ${table}`);
}

/** libSQL keeps time stamps as text and has one size of whole numbers. */
const TYPES: Record<string, string> = {
  bigint: "integer",
  "double precision": "real",
  "timestamp with time zone": "text",
};

function columnFact(
  column: string,
  { type, required, value }: { type: unknown; required: boolean; value: unknown },
): string {
  const word = String(type).toLowerCase();
  const constant = value === null ? "" : ` default ${String(value).replace(/::.*$/, "")}`;
  return `${column} ${TYPES[word] ?? word}${required ? " not null" : ""}${constant}`;
}

function foreignKeyFact(table: string, row: Row): string {
  return `${table}.${row.from} -> ${row.table}.${row.to} ${String(row.on_delete).toLowerCase()}`;
}
