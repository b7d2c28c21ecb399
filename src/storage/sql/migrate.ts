import { DomainError, StartupError } from "../../domain/kernel/errors.ts";
import type { Database, Row } from "./database.ts";
import { sql } from "./sql.ts";

interface Migration {
  version: number;
  name: string;
  text: string;
  checksum: string;
}

const JOURNAL = `
  create table if not exists schema_migrations (
    version    integer primary key not null,
    name       text not null,
    checksum   text not null,
    applied_at text not null
  )`;

/**
 * Brings the schema up to date: applies the numbered scripts of `folder` that the journal does not
 * list, each in one transaction with its journal row. Answers the names of those applied.
 *
 * Throws a `StartupError` when an applied script was edited or is missing: the schema would no longer
 * be what the scripts say.
 */
export async function migrate(
  db: Database,
  { folder, now }: { folder: string; now: Date },
): Promise<string[]> {
  const migrations = await readMigrations(folder);
  // Several servers may start at once.
  return await db.alone(() => applyPending(db, { migrations, now }));
}

/** What `migrate` would apply; changes nothing. Throws as `migrate` does. */
export async function pendingMigrations(
  db: Database,
  { folder }: { folder: string },
): Promise<string[]> {
  const migrations = await readMigrations(folder);
  const applied = await readJournal(db).catch((error) => {
    if (error instanceof DomainError) throw error;
    // No journal yet.
    return [];
  });
  return pendingOf(migrations, applied).map((migration) => migration.name);
}

async function applyPending(
  db: Database,
  { migrations, now }: { migrations: Migration[]; now: Date },
): Promise<string[]> {
  await db.script(JOURNAL);
  const pending = pendingOf(migrations, await readJournal(db));
  for (const { version, name, text, checksum } of pending) {
    // Numbers, hex digits and a name checked by `readMigrations`: safe inside the text.
    await db.script(`${text}
      ;insert into schema_migrations (version, name, checksum, applied_at)
      values (${version}, '${name}', '${checksum}', '${now.toISOString()}')`);
  }
  return pending.map((migration) => migration.name);
}

function readJournal(db: Database): Promise<Row[]> {
  return db.read(sql`select * from schema_migrations order by version`);
}

function pendingOf(migrations: Migration[], applied: Row[]): Migration[] {
  for (const row of applied) checkApplied(row, migrations);
  const known = new Set(applied.map((row) => Number(row.version)));
  return migrations.filter((migration) => !known.has(migration.version));
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const migrations: Migration[] = [];
  for await (const entry of Deno.readDir(folder)) {
    const match = /^(\d{4})_[a-z0-9_]+\.sql$/.exec(entry.name);
    if (!match) continue;
    const text = await Deno.readTextFile(`${folder}/${entry.name}`);
    // A checkout may convert line ends; that is not an edit.
    const bytes = new TextEncoder().encode(text.replaceAll("\r\n", "\n"));
    const checksum = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
    migrations.push({ version: Number(match[1]), name: entry.name, text, checksum });
  }
  return migrations.sort((a, b) => a.version - b.version);
}

function checkApplied(row: Row, migrations: Migration[]): void {
  const migration = migrations.find(({ version }) => version === Number(row.version));
  if (!migration) {
    throw new StartupError(
      `migration ${row.name} was applied to this database but is not in this version of Trainyard; start the newer version`,
    );
  }
  if (migration.checksum !== row.checksum) {
    throw new StartupError(
      `migration ${migration.name} was edited after it was applied to this database; restore it and add a new one`,
    );
  }
}
