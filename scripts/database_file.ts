import { dirname } from "node:path";
import { StartupError } from "../src/domain/kernel/errors.ts";
import type { Database } from "../src/storage/sql/database.ts";
import { findDamage } from "../src/storage/drivers/integrity.ts";
import { pendingMigrations } from "../src/storage/sql/migrate.ts";
import { type DatabaseLocation, openDatabase } from "../src/storage/open.ts";
import { sql } from "../src/storage/sql/sql.ts";
import { count, someOf } from "./finding.ts";

/** Shared by the tasks that back up and restore a libSQL file. */

/** Throws a `StartupError`, with what to do instead, unless the database is a file. */
export function fileOf(location: DatabaseLocation, { instead }: { instead: string }): string {
  if (location.kind === "libsql-file") return location.path;
  throw new StartupError(
    location.kind === "postgres"
      ? `DATABASE_URL is a Postgres, whose own programs do this: ${instead} (docs/backup.md)`
      : "DATABASE_URL is a libSQL server: this is done where that runs",
  );
}

/** Copies to a new file, readable only by its owner, and syncs it to disk. */
export async function copyDurably(from: string, to: string): Promise<void> {
  using source = await Deno.open(from);
  using target = await Deno.open(to, { write: true, createNew: true, mode: 0o600 });
  await source.readable.pipeTo(target.writable, { preventClose: true });
  await target.sync();
}

/**
 * Checks that a copied database is undamaged and has a known schema version, and merges it into one
 * file. Returns its contents in words. Throws a `StartupError` when it cannot be used.
 */
export async function verifyCopy(path: string): Promise<string> {
  const { db, migrations } = await openDatabase({ kind: "libsql-file", path });
  try {
    const damage = await findDamage(db);
    if (damage.length > 0) throw new StartupError(`the copy is damaged: ${someOf(damage)}`);
    // Throws for an unknown migration. Pending ones are fine: the server applies them.
    await pendingMigrations(db, { folder: migrations });
    const contents = await contentsOf(db);
    // Leaves no `-wal` and `-shm` files, which could be lost or mixed up.
    await db.read(sql`pragma journal_mode = delete`);
    return contents;
  } finally {
    await db.close();
    await removeIfThere(`${path}.lock`);
  }
}

async function contentsOf(db: Database): Promise<string> {
  try {
    const [row] = await db.read(sql`
      select (select count(*) from users) as users, (select count(*) from projects) as projects,
        (select count(*) from training_jobs) as jobs`);
    return [
      count(Number(row!.users), "account"),
      count(Number(row!.projects), "project"),
      count(Number(row!.jobs), "job"),
    ].join(", ");
  } catch (cause) {
    throw new StartupError("the copy is not a database of Trainyard", { cause });
  }
}

/** Renames a finished file atomically and durably. Throws when the name is taken. */
export async function publish(temporary: string, path: string): Promise<void> {
  await sync(temporary);
  try {
    await Deno.link(temporary, path);
    await Deno.remove(temporary);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) throw alreadyThere(path);
    // The file system may not support hard links.
    if (await exists(path)) throw alreadyThere(path);
    await Deno.rename(temporary, path);
  }
  await sync(dirname(path));
}

export function alreadyThere(path: string): StartupError {
  return new StartupError(`${path} is there already and is not overwritten`);
}

async function sync(path: string): Promise<void> {
  // Windows cannot sync folders, or files opened only for reading.
  if (Deno.build.os === "windows") return;
  using file = await Deno.open(path);
  await file.sync();
}

export async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

export async function exists(path: string): Promise<boolean> {
  return await sizeOf(path) !== undefined;
}

/** In bytes; `undefined` when the file does not exist. */
export async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await Deno.stat(path)).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** `20240118_153000`, in UTC. */
export function timestamp(): string {
  return new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "_");
}
