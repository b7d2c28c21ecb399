import type { Log } from "../../domain/kernel/log.ts";
import type { Database } from "../sql/database.ts";
import { standStill } from "./stand_still.ts";

/**
 * How `deno task backup` reaches a server that has the libSQL file open: through a Unix socket next to
 * the file, which only the server's user may connect to:
 *
 *     task connects → server "still\n" → task copies the file, "done\n" → server "kept\n"
 *
 * Any failure closes the connection before `kept`, and the task discards its copy.
 */
export function backupSocketPath(databasePath: string): string {
  return `${databasePath}.sock`;
}

/** A copy that takes longer is cancelled: meanwhile the `-wal` file grows. */
const COPY_TIMEOUT_MS = 10 * 60_000;

export const STILL = "still\n";
export const DONE = "done\n";
export const KEPT = "kept\n";

/** Serves backups until it is closed. On a file system without sockets the server starts without it. */
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
      // One backup at a time.
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
      listener.close();
      // Deno removes the file only when the pending accept is gone, which may be after the exit.
      removeIfThere(path);
    },
  };
}

/** Creates the socket with mode 0600 from the start, so that no other user can connect at any moment. */
function listenPrivately(path: string): Deno.UnixListener {
  // This process holds the lock on the database: an existing socket was left by a server that was killed.
  removeIfThere(path);
  const before = Deno.umask(0o177);
  try {
    return Deno.listen({ transport: "unix", path });
  } finally {
    Deno.umask(before);
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
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
      // The timer has closed it.
    }
  }
}

export async function send(connection: Deno.Conn, text: string): Promise<void> {
  await connection.write(new TextEncoder().encode(text));
}

/** Reads up to a few bytes; the empty text when the other side has closed. */
export async function receive(connection: Deno.Conn): Promise<string> {
  const buffer = new Uint8Array(8);
  const length = await connection.read(buffer);
  return new TextDecoder().decode(buffer.subarray(0, length ?? 0));
}
