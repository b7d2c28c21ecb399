import type { Log } from "../../domain/kernel/log.ts";
import type { Database } from "../sql/database.ts";
import { standStill } from "./stand_still.ts";

/**
 * How `deno task backup` reaches a server that has the libSQL file open: through a Unix socket beside
 * the file, which the server's own user alone may connect to. Nothing that is sent is read but its
 * end:
 *
 *     task connects → server "still\n" → task copies the file, "done\n" → server "kept\n"
 *
 * Whatever goes wrong closes the connection before `kept`, and the copy is thrown away.
 */
export function backupSocketPath(databasePath: string): string {
  return `${databasePath}.sock`;
}

/** A copy that takes longer is given up, lest the `-wal` file fill the disk. */
const COPY_TIMEOUT_MS = 10 * 60_000;

export const STILL = "still\n";
export const DONE = "done\n";
export const KEPT = "kept\n";

/** Serves backups until it is closed; a file system without sockets is no reason not to start. */
export function openBackupSocket(
  { db, databasePath, log }: { db: Database; databasePath: string; log: Log },
): { close(): void } {
  const path = backupSocketPath(databasePath);
  let listener: Deno.UnixListener;
  try {
    listener = listenPrivately(path);
  } catch (error) {
    log.warn("backups are possible only while this server is stopped: no socket can be made", {
      path,
      error,
    });
    return { close() {} };
  }
  let busy = false;
  (async () => {
    for await (const connection of listener) {
      // The file stands still for one at a time.
      if (busy) {
        connection.close();
        continue;
      }
      busy = true;
      serve(connection, db)
        .catch((error) => log.warn("a backup was broken off", { error }))
        .finally(() => busy = false);
    }
  })();
  return {
    close() {
      // Takes the file away as well.
      listener.close();
    },
  };
}

/** Without a moment in which others could connect. */
function listenPrivately(path: string): Deno.UnixListener {
  // The lock on the database is ours: a socket that is there is left from a server that was killed.
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const before = Deno.umask(0o177);
  try {
    return Deno.listen({ transport: "unix", path });
  } finally {
    Deno.umask(before);
  }
}

async function serve(connection: Deno.UnixConn, db: Database): Promise<void> {
  const timer = setTimeout(() => connection.close(), COPY_TIMEOUT_MS);
  try {
    await standStill(db, async () => {
      await send(connection, STILL);
      if (await receive(connection) !== DONE) throw new Error("the copy was not finished");
    });
    await send(connection, KEPT);
  } finally {
    clearTimeout(timer);
    try {
      connection.close();
    } catch {
      // The timer was faster.
    }
  }
}

export async function send(connection: Deno.Conn, text: string): Promise<void> {
  await connection.write(new TextEncoder().encode(text));
}

/** What came, up to a few bytes; nothing when the other side has gone. */
export async function receive(connection: Deno.Conn): Promise<string> {
  const buffer = new Uint8Array(8);
  const length = await connection.read(buffer);
  return new TextDecoder().decode(buffer.subarray(0, length ?? 0));
}
