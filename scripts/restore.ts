import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { loadDatabaseLocation, loadVolumeLocation } from "../src/config.ts";
import { StartupError } from "../src/domain/kernel/errors.ts";
import { DatabaseInUse } from "../src/storage/sql/database.ts";
import { lockFile } from "../src/storage/drivers/libsql_file.ts";
import { createStorage, openDatabase } from "../src/storage/open.ts";
import { sql } from "../src/storage/sql/sql.ts";
import { openVolume } from "../src/volume/open.ts";
import { compareOutputs } from "./compare_outputs.ts";
import { oneLine } from "./copying.ts";
import {
  copyDurably,
  exists,
  fileOf,
  publish,
  removeIfThere,
  sizeOf,
  timestamp,
  verifyCopy,
} from "./database_file.ts";
import { printFinding } from "./finding.ts";

const USAGE = "usage: deno task restore --from FILE [--replace]";

/**
 * Restores a backup while no server runs, then compares it with the output directories. Replaces an
 * existing database only with `--replace`, and keeps it under another name.
 */
try {
  const { from, replace } = parse();
  const path = fileOf(loadDatabaseLocation(Deno.env.toObject()), {
    instead: 'pg_restore --clean --if-exists --dbname="$DATABASE_URL" trainyard.dump',
  });
  await refuseUnlikely(from);
  await Deno.mkdir(dirname(path), { recursive: true });
  if (await exists(path)) {
    if (!replace) {
      throw new StartupError(
        `${path} is there already; --replace keeps it beside the restored one`,
      );
    }
    await settleWal(path);
  }

  const lock = await lockFile(path);
  const temporary = `${path}.part-${crypto.randomUUID()}`;
  try {
    await copyDurably(from, temporary);
    const contents = await verifyCopy(temporary);
    const aside = await setAside(path);
    await publish(temporary, path);
    console.log(`${path}: restored ${contents}${aside ? `; what was there is ${aside}` : ""}`);
  } finally {
    for (const end of ["", "-wal", "-shm"]) await removeIfThere(temporary + end);
    lock.close();
  }
  await compare();
} catch (error) {
  console.error(oneLine(error));
  Deno.exit(1);
}

function parse(): { from: string; replace: boolean } {
  try {
    const { values } = parseArgs({
      options: { from: { type: "string" }, replace: { type: "boolean" } },
    });
    if (values.from) return { from: values.from, replace: values.replace ?? false };
  } catch (cause) {
    throw new StartupError(USAGE, { cause });
  }
  throw new StartupError(USAGE);
}

async function refuseUnlikely(from: string): Promise<void> {
  if (!await exists(from)) throw new StartupError(`--from: there is no file ${from}`);
  // A database copied by hand while in use has its last commits in the `-wal` file.
  if (await sizeOf(`${from}-wal`)) {
    throw new StartupError(
      `--from: ${from}-wal lies beside it, so this is no backup of this task; back up that database`,
    );
  }
}

/** Merges the `-wal` file into the database, so that a crash while both are renamed cannot separate
 * them. A damaged database cannot be opened and is renamed as it is. */
async function settleWal(path: string): Promise<void> {
  try {
    const { db } = await openDatabase({ kind: "libsql-file", path });
    await db.read(sql`pragma wal_checkpoint(truncate)`).finally(() => db.close());
  } catch (error) {
    if (error instanceof DatabaseInUse) throw error;
  }
}

/** Renames the existing database and returns its new name. Always removes the `-wal` file, which
 * SQLite would apply to the restored database. */
async function setAside(path: string): Promise<string | undefined> {
  const aside = `${path}.before-${timestamp()}-${crypto.randomUUID().slice(0, 4)}`;
  const moved = [];
  for (const end of ["", "-wal"]) {
    if (!await sizeOf(path + end)) continue;
    await Deno.rename(path + end, aside + end);
    moved.push(aside + end);
  }
  for (const end of ["", "-wal", "-shm"]) await removeIfThere(path + end);
  return moved[0];
}

/** The restored rows may be older than the output directories. */
async function compare(): Promise<void> {
  const env = Deno.env.toObject();
  const { db } = await openDatabase(loadDatabaseLocation(env));
  try {
    const volume = await openVolume(loadVolumeLocation(env));
    const findings = await compareOutputs({ ...createStorage(db), volume });
    for (const finding of findings) printFinding(finding);
  } catch (error) {
    printFinding({
      level: "note",
      part: "outputs",
      text: `not compared: ${oneLine(error)}; deno task doctor does it again`,
    });
  } finally {
    await db.close();
  }
}
