import type { Database } from "../sql/database.ts";
import { sql } from "../sql/sql.ts";

/**
 * Does work while the main file of a libSQL database stands still, so that it can be copied as plain
 * bytes: everything committed so far is in it, and what is committed meanwhile stays in the `-wal`
 * file beside it. Creations go on. Throws when the file may have changed before the work was done.
 *
 * https://www.sqlite.org/wal.html#ckpt: nothing but a checkpoint writes to the main file.
 */
export async function standStill<T>(db: Database, work: () => Promise<T>): Promise<T> {
  try {
    await db.read(sql`pragma wal_autocheckpoint = 0`);
    const [checkpoint] = await db.read(sql`pragma wal_checkpoint(truncate)`);
    if (Number(checkpoint?.busy) !== 0) throw new Error("the database could not be checkpointed");
    const result = await work();
    // A connection that was opened anew has the default again, and has checkpointed on its way.
    const [now] = await db.read(sql`pragma wal_autocheckpoint`);
    if (Number(now?.wal_autocheckpoint) !== 0) throw new Error("the database was opened anew");
    return result;
  } finally {
    // SQLite's own number of pages. A database that was closed needs it no more.
    await db.read(sql`pragma wal_autocheckpoint = 1000`).catch(() => {});
  }
}
