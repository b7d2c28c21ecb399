import { dirname } from "node:path";
import { StartupError } from "../src/domain/kernel/errors.ts";
import type { Database } from "../src/storage/sql/database.ts";
import { findDamage } from "../src/storage/drivers/integrity.ts";
import { pendingMigrations } from "../src/storage/sql/migrate.ts";
import { type DatabaseLocation, openDatabase } from "../src/storage/open.ts";
import { sql } from "../src/storage/sql/sql.ts";
import { count, someOf } from "./finding.ts";

/** What the tasks that back up and restore a libSQL file have in common. */

/** Throws a `StartupError` for a database that is no file, saying what to do instead. */
export function fileOf(location: DatabaseLocation, { instead }: { instead: string }): string {
  if (location.kind === "libsql-file") return location.path;
  throw new StartupError(
    location.kind === "postgres"
      ? `DATABASE_URL is a Postgres, whose own programs do this: ${instead} (docs/backup.md)`
      : "DATABASE_URL is a libSQL server: this is done where that runs",
  );
}

/** Copies a file's bytes to a new one that its owner alone can read, and has them on the disk. */
export async function copyDurably(from: string, to: string): Promise<void> {
  using source = await Deno.open(from);
  using target = await Deno.open(to, { write: true, createNew: true, mode: 0o600 });
  await source.readable.pipeTo(target.writable, { preventClose: true });
  await target.sync();
}

/**
 * Looks whether a copied database is whole and of this version, and makes it one file. Answers what is
 * in it; throws a `StartupError` when it is none that could be used.
 */
export async function verifyCopy(path: string): Promise<string> {
  const { db, migrations } = await openDatabase({ kind: "libsql-file", path });
  try {
    const damage = await findDamage(db);
    if (damage.length > 0) throw new StartupError(`the copy is damaged: ${someOf(damage)}`);
    // An older version's is good: the server brings it up to date.
    await pendingMigrations(db, { folder: migrations });
    const contents = await contentsOf(db);
    // No `-wal` and `-shm` files beside it, which could be lost or mixed up.
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

/** Gives a finished file its name, which nothing may have; a power cut leaves it or nothing. */
export async function publish(temporary: string, path: string): Promise<void> {
  await sync(temporary);
  try {
    await Deno.link(temporary, path);
    await Deno.remove(temporary);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) throw alreadyThere(path);
    // A file system without hard links.
    if (await exists(path)) throw alreadyThere(path);
    await Deno.rename(temporary, path);
  }
  await sync(dirname(path));
}

export function alreadyThere(path: string): StartupError {
  return new StartupError(`${path} is there already and is not overwritten`);
}

async function sync(path: string): Promise<void> {
  // Windows syncs no folders, and no files that are open for reading only.
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

/** Bytes; `undefined` when there is no such file. */
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
