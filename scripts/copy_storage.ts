import { createHash } from "node:crypto";
import { loadDatabaseLocation } from "../src/config.ts";
import { DEMO_ACCOUNT } from "../src/demo.ts";
import { OutcomeUnknown, StartupError } from "../src/domain/kernel/errors.ts";
import type { Database, Row } from "../src/storage/sql/database.ts";
import { migrate } from "../src/storage/sql/migrate.ts";
import { type DatabaseLocation, openDatabase } from "../src/storage/open.ts";
import { joinSql, sql, type SqlValue } from "../src/storage/sql/sql.ts";
import {
  type Column,
  type Dialect,
  type Kind,
  LIBSQL,
  listed,
  POSTGRES,
  quoted,
  type Send,
  type Table,
} from "./copy_storage_schema.ts";
import { clearProgress, oneLine, parseFromTo, showProgress } from "./copying.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const USAGE = "usage: deno task copy-storage --from file:./data/trainyard.db --to postgres://…";

const BATCH_ROWS = 100;
/** Parameters per statement: SQLite allows 32766, Postgres 65535. */
const MAX_VALUES = 30_000;

interface Place {
  db: Database;
  dialect: Dialect;
  /** The migrations folder. */
  migrations: string;
  /** The location without credentials, for messages. */
  shown: string;
}

/** A table in both databases; `columns` have a kind that both support. */
interface TablePair {
  source: Table;
  target: Table;
  columns: Column[];
}

interface Tally {
  rows: number;
  checksum: bigint;
}

/**
 * Copies all rows, including ids, into an empty database of any kind, in one transaction. Reads the
 * tables from the schema, so that tables of later migrations are copied too.
 */
try {
  const { from, to } = parseFromTo(Deno.args, USAGE);
  await using places = new AsyncDisposableStack();
  const source = await openPlace(from, { option: "--from", mustExist: true });
  places.defer(() => source.db.close());
  const target = await openPlace(to, { option: "--to" });
  places.defer(() => target.db.close());

  const start = performance.now();
  await checkUpToDate(source);
  await checkEmpty(target);
  await migrate(target.db, { folder: target.migrations, now: new Date() });
  const rows = await copyAll(source, target);
  const seconds = (performance.now() - start) / 1000;

  for (const [table, count] of rows) console.log(`${table.padEnd(24)} ${count}`);
  const total = [...rows.values()].reduce((sum, count) => sum + count, 0);
  console.log(
    `copied ${total} rows of ${rows.size} tables from ${source.shown} to ${target.shown} ` +
      `in ${seconds.toFixed(1)} s; counts and checksums agree`,
  );
  await warnOfDemoAccount(target);
} catch (error) {
  console.error(oneLine(error));
  Deno.exit(1);
}

async function openPlace(
  url: string,
  { option, mustExist = false }: { option: string; mustExist?: boolean },
): Promise<Place> {
  try {
    const location = loadDatabaseLocation({ DATABASE_URL: url });
    const shown = show(location);
    // The driver would create an empty file.
    if (mustExist && location.kind === "libsql-file" && !await isFile(location.path)) {
      throw new StartupError(`${option}: there is no file ${location.path}`);
    }
    const dialect = location.kind === "postgres" ? POSTGRES : LIBSQL;
    return { ...await openDatabase(location), dialect, shown };
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    // Drivers name the variable that usually configures them.
    throw new StartupError(error.message.replace(/^DATABASE_URL/, option), { cause: error });
  }
}

function show(location: DatabaseLocation): string {
  if (location.kind === "libsql-file") return location.path;
  const { protocol, host, pathname } = new URL(location.url);
  return `${protocol}//${host}${pathname}`;
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Rejects a source with pending or unknown migrations: this script never writes to it. */
async function checkUpToDate({ db, dialect, migrations, shown }: Place): Promise<void> {
  const tables = await dialect.tables((statement) => db.read(statement));
  if (!tables.some(({ name }) => name === "schema_migrations")) {
    throw new StartupError(`--from: ${shown} is no Trainyard database`);
  }
  const applied = new Set(
    (await db.read(sql`select name from schema_migrations`)).map(({ name }) => String(name)),
  );
  const known = new Set<string>();
  for await (const { name } of Deno.readDir(migrations)) {
    if (/^\d{4}_.*\.sql$/.test(name)) known.add(name);
  }
  const [missing] = [...known.difference(applied)].sort();
  if (missing !== undefined) {
    throw new StartupError(
      `--from: ${shown} lacks the migration ${missing}; run deno task migrate on it first`,
    );
  }
  const [unknown] = applied.difference(known);
  if (unknown !== undefined) {
    throw new StartupError(
      `--from: ${shown} has the migration ${unknown} of a newer Trainyard; use that version`,
    );
  }
}

/** Runs before the migration, so that another application's database stays untouched. */
async function checkEmpty({ db, dialect, shown }: Place): Promise<void> {
  const send: Send = (statement) => db.read(statement);
  await refuseRows(send, { tables: await dialect.tables(send), shown });
}

async function refuseRows(
  send: Send,
  { tables, shown }: { tables: Table[]; shown: string },
): Promise<void> {
  const filled: string[] = [];
  for (const { name } of tables) {
    if (name === "schema_migrations") continue;
    if ((await send(sql`select 1 from ${quoted(name)} limit 1`)).length > 0) filled.push(name);
  }
  if (filled.length === 0) return;
  throw new StartupError(
    `--to: ${shown} is not empty, there are rows in ${filled.join(", ")}; nothing was copied`,
  );
}

/** Returns the number of rows per table. */
async function copyAll(source: Place, target: Place): Promise<Map<string, number>> {
  try {
    return await source.db.transaction(
      (read) =>
        target.db.transaction(
          (write) => copyInTransactions({ ...source, send: read }, { ...target, send: write }),
          // No server uses the target, so nothing waits for it.
          { timeoutMs: DAY_MS },
        ),
      { readOnly: true },
    );
  } catch (error) {
    clearProgress();
    if (error instanceof OutcomeUnknown) {
      throw new Error(
        `the connection to ${target.shown} was lost at the very end; run the task again: if it finds rows there, everything was copied`,
      );
    }
    if (error instanceof StartupError) throw error;
    throw new Error(`${oneLine(error)}; nothing was copied to ${target.shown}`);
  }
}

type OpenPlace = Place & { send: Send };

async function copyInTransactions(
  source: OpenPlace,
  target: OpenPlace,
): Promise<Map<string, number>> {
  const targetTables = await target.dialect.tables(target.send);
  await target.dialect.lock(target.send, targetTables);
  // Rows may have been written between `checkEmpty` and the lock.
  await refuseRows(target.send, { tables: targetTables, shown: target.shown });

  const rows = new Map<string, number>();
  for (const pair of pairTables(await source.dialect.tables(source.send), targetTables)) {
    const { name } = pair.target;
    try {
      const tally = await copyTable(pair, { source, target });
      await verifyTable(pair, { source, target, tally });
      await copyLastId(pair, { source, target });
      rows.set(name, tally.rows);
    } catch (error) {
      throw error instanceof OutcomeUnknown ? error : new Error(`${name}: ${oneLine(error)}`);
    }
  }
  clearProgress();
  return rows;
}

/** Matches the tables of both sides, ordered so that referenced tables come first. */
function pairTables(sources: Table[], targets: Table[]): TablePair[] {
  // Migrations fill the first table, triggers the second.
  const isCopied = ({ name }: Table) =>
    name !== "schema_migrations" && name !== "training_job_counts";
  const byName = new Map(sources.filter(isCopied).map((table) => [table.name, table]));
  const pairs = targets.filter(isCopied).map((target): TablePair => {
    const source = byName.get(target.name);
    if (!source) throw new Error(`${target.name}: the source has no such table`);
    byName.delete(target.name);
    return { source, target, columns: pairColumns(source, target) };
  });
  for (const name of byName.keys()) throw new Error(`${name}: the target has no such table`);
  return inOrderOfReferences(pairs);
}

function pairColumns(source: Table, target: Table): Column[] {
  const { name: table } = target;
  if (target.key.length === 0) throw new Error(`${table}: it has no primary key to copy by`);
  const kinds = new Map(source.columns.map(({ name, kind }) => [name, kind]));
  if (kinds.size !== target.columns.length) throw new Error(`${table}: the columns differ`);
  return target.columns.map(({ name, kind }) => {
    const given = kinds.get(name);
    const common = given === kind ? kind : commonKind([given, kind]);
    if (!common) throw new Error(`${table}.${name}: ${given ?? "nothing"} cannot become ${kind}`);
    return { name, kind: common };
  });
}

/** libSQL stores timestamps as text. */
function commonKind(kinds: (Kind | undefined)[]): Kind | undefined {
  return kinds.includes("text") && kinds.includes("timestamp") ? "timestamp" : undefined;
}

function inOrderOfReferences(pairs: TablePair[]): TablePair[] {
  const ordered: TablePair[] = [];
  let waiting = pairs;
  while (waiting.length > 0) {
    const names = new Set(waiting.map(({ target }) => target.name));
    const ready = waiting.filter(({ target }) =>
      !target.references.some((name) => names.has(name))
    );
    if (ready.length === 0) throw new Error(`${[...names].join(", ")}: they refer to each other`);
    ordered.push(...ready);
    waiting = waiting.filter((pair) => !ready.includes(pair));
  }
  return ordered;
}

interface Sides {
  source: OpenPlace;
  target: OpenPlace;
}

async function copyTable(pair: TablePair, { source, target }: Sides): Promise<Tally> {
  const { name, columns } = pair.target;
  const [row] = await source.send(sql`select count(*) as n from ${quoted(name)}`);
  const total = Number(row!.n);
  const tally: Tally = { rows: 0, checksum: 0n };
  for await (const rows of batches(pair, { place: source, table: pair.source })) {
    const values = rows.map((row) =>
      sql`(${joinSql(columns.map((column, i) => target.dialect.inserted(column, row[i]!)), ", ")})`
    );
    await target.send(sql`
      insert into ${quoted(name)} (${listed(columns.map((column) => column.name))})
      values ${joinSql(values, ", ")}`);
    addTo(tally, rows);
    showProgress(`${name} ${tally.rows} / ${total}`);
  }
  if (tally.rows !== total) throw new Error(`${tally.rows} of ${total} rows could be read`);
  return tally;
}

/** Yields rows in primary key order, using keyset pagination. */
async function* batches(
  { columns, target }: TablePair,
  { place, table }: { place: OpenPlace; table: Table },
): AsyncGenerator<SqlValue[][]> {
  const own = new Map(table.columns.map((column) => [column.name, column]));
  const selected = joinSql(columns.map(({ name }) => place.dialect.selected(own.get(name)!)), ", ");
  // Both sides use the target's key; their orders of text may differ.
  const key = target.key;
  const positions = key.map((name) => columns.findIndex((column) => column.name === name));
  const size = Math.min(BATCH_ROWS, Math.floor(MAX_VALUES / columns.length));
  let rows: SqlValue[][];
  let after = sql`1 = 1`;
  do {
    const answer = await place.send(sql`
      select ${selected} from ${quoted(table.name)}
      where ${after} order by ${listed(key)} limit ${size}`);
    rows = answer.map((row) => columns.map((column) => decode(row, column)));
    if (rows.length > 0) yield rows;
    const last = positions.map((i) => sql`${rows.at(-1)?.[i] ?? null}`);
    after = sql`(${listed(key)}) > (${joinSql(last, ", ")})`;
  } while (rows.length === size);
}

/** Converts a value to a form common to both databases. Throws if one cannot store it exactly. */
function decode(row: Row, { name, kind }: Column): SqlValue {
  const value = row[name];
  if (value === null) return null;
  const decoded = decodeAs(kind, value);
  if (decoded === undefined) {
    throw new Error(`${name} holds ${JSON.stringify(String(value))}, which is no ${kind}`);
  }
  return decoded;
}

function decodeAs(kind: Kind, value: unknown): SqlValue | undefined {
  switch (kind) {
    case "integer":
      // Postgres returns bigint as text.
      return Number.isSafeInteger(Number(value)) ? Number(value) : undefined;
    case "real":
      // Neither libSQL nor JSON supports NaN.
      return Number.isFinite(value) ? Number(value) : undefined;
    case "boolean":
      return value === true || value === 1
        ? true
        : value === false || value === 0
        ? false
        : undefined;
    case "text":
      return typeof value === "string" ? value : undefined;
    case "timestamp":
      return typeof value === "string" ? decodeTimestamp(value) : undefined;
  }
}

/** Normalises to milliseconds, or to microseconds where the value has them. */
function decodeTimestamp(text: string): string | undefined {
  const [, second, fraction = ""] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?Z$/.exec(text) ?? [];
  if (second === undefined) return undefined;
  return `${second}.${fraction.replace(/0+$/, "").padEnd(3, "0")}Z`;
}

/** Adds rows to the count and the checksum, which does not depend on their order. */
function addTo(tally: Tally, rows: SqlValue[][]): void {
  tally.rows += rows.length;
  for (const row of rows) {
    tally.checksum ^= BigInt(
      `0x${createHash("sha256").update(JSON.stringify(row)).digest("hex")}`,
    );
  }
}

/** Reads the target's rows back before the commit. */
async function verifyTable(
  pair: TablePair,
  { target, tally }: Sides & { tally: Tally },
): Promise<void> {
  const found: Tally = { rows: 0, checksum: 0n };
  for await (const rows of batches(pair, { place: target, table: pair.target })) {
    addTo(found, rows);
    showProgress(`${pair.target.name} ${found.rows} / ${tally.rows} verified`);
  }
  if (found.rows !== tally.rows) throw new Error(`${found.rows} of ${tally.rows} rows arrived`);
  if (found.checksum !== tally.checksum) throw new Error("the rows that arrived differ");
}

/** Copies the id sequence, so that ids of deleted rows are not reused. */
async function copyLastId(pair: TablePair, { source, target }: Sides): Promise<void> {
  const [from, to] = [withGenerated(pair.source), withGenerated(pair.target)];
  if (!to) return;
  const [row] = await target.send(sql`
    select max(${quoted(to.generated)}) as last from ${quoted(to.name)}`);
  const given = from ? await source.dialect.lastId(source.send, from) : 0;
  const id = Math.max(given, Number(row!.last ?? 0));
  if (id > 0) await target.dialect.setLastId(target.send, { table: to, id });
}

function withGenerated(table: Table): Table & { generated: string } | undefined {
  return table.generated === undefined ? undefined : { ...table, generated: table.generated };
}

/** Development creates this account with a password that is in the README. */
async function warnOfDemoAccount({ db }: Place): Promise<void> {
  const { email } = DEMO_ACCOUNT;
  if ((await db.read(sql`select 1 from users where email = ${email}`)).length === 0) return;
  console.error(
    `the demo account ${email} was copied and its password is public: lock it before people can reach the server, with update users set password_hash = '-' where email = '${email}'`,
  );
}
