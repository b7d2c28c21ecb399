import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import {
  backupSocketPath,
  DONE,
  KEPT,
  receive,
  send,
  STILL,
} from "../src/storage/drivers/backup_socket.ts";
import { loadDatabaseLocation } from "../src/config.ts";
import { StartupError } from "../src/domain/kernel/errors.ts";
import { DatabaseInUse } from "../src/storage/sql/database.ts";
import { openDatabase } from "../src/storage/open.ts";
import { standStill } from "../src/storage/drivers/stand_still.ts";
import { oneLine } from "./copying.ts";
import {
  alreadyThere,
  copyDurably,
  exists,
  fileOf,
  publish,
  removeIfThere,
  timestamp,
  verifyCopy,
} from "./database_file.ts";

const USAGE = "usage: deno task backup [--to FILE]";

/**
 * Backs up a libSQL file, also while a server uses it. The backup contains every write confirmed
 * before the start. It appears under its name only once complete and verified, and never overwrites
 * a file.
 */
try {
  const path = fileOf(loadDatabaseLocation(Deno.env.toObject()), {
    instead: 'pg_dump --format=custom --file=trainyard.dump "$DATABASE_URL"',
  });
  const target = parseTarget() ?? join(dirname(path), "backups", `${timestamp()}.db`);
  if (!await exists(path)) throw new StartupError(`there is no database at ${path}`);
  if (await exists(target)) throw alreadyThere(target);
  await Deno.mkdir(dirname(target), { recursive: true });

  const temporary = `${target}.part-${crypto.randomUUID()}`;
  try {
    const how = await copyStill(path, temporary);
    const contents = await verifyCopy(temporary);
    await publish(temporary, target);
    console.log(`${target}: ${contents}; whole, copied ${how}`);
  } finally {
    for (const end of ["", "-wal", "-shm"]) await removeIfThere(temporary + end);
  }
} catch (error) {
  console.error(oneLine(error));
  Deno.exit(1);
}

function parseTarget(): string | undefined {
  try {
    return parseArgs({ options: { to: { type: "string" } } }).values.to;
  } catch (cause) {
    throw new StartupError(USAGE, { cause });
  }
}

/** Returns whether a server was running, for the message. */
async function copyStill(path: string, to: string): Promise<string> {
  let opened;
  try {
    opened = await openDatabase({ kind: "libsql-file", path });
  } catch (error) {
    if (!(error instanceof DatabaseInUse)) throw error;
    await copyBesideServer(path, to);
    return "while the server ran";
  }
  try {
    await standStill(opened.db, () => copyDurably(path, to));
    return "while no server ran";
  } finally {
    await opened.db.close();
  }
}

/** Asks the server over its socket to hold writes while this copies the bytes of the file. */
async function copyBesideServer(path: string, to: string): Promise<void> {
  const socket = backupSocketPath(path);
  let connection: Deno.UnixConn;
  try {
    connection = await Deno.connect({ transport: "unix", path: socket });
  } catch (cause) {
    throw new StartupError(
      `another process uses ${path} and cannot be asked at ${socket}; stop it, or run this as its user`,
      { cause },
    );
  }
  using _ = connection;
  if (await receive(connection) !== STILL) {
    throw new StartupError("the server makes no backup now: another one is under way, or it ends");
  }
  await copyDurably(path, to);
  await send(connection, DONE);
  if (await receive(connection) === KEPT) return;
  throw new StartupError("the database changed or the server ended meanwhile; try again");
}
