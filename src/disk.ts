import { askThread } from "./thread.ts";
import type { Reservation } from "./volume/reserve.ts";

/** What a creation asks of the disk. */
export type DiskQuestion =
  | { reserve: Reservation }
  | { putAway: string };

/**
 * The thread that does a creation's work on the disk, for all volumes of this process. Whatever else
 * is asked of the disk goes elsewhere: one that stalls is to delay creations alone.
 */
const ask = askThread<DiskQuestion, unknown>(new URL("./disk_thread.ts", import.meta.url));

/** Makes an output directory; `false` when its name is taken. */
export function reserveInThread(reservation: Reservation): Promise<boolean> {
  return ask({ reserve: reservation }) as Promise<boolean>;
}

/** Removes what reservations below this root have made in advance. */
export async function putAwayInThread(root: string): Promise<void> {
  await ask({ putAway: root });
}
