import { askThread } from "./thread.ts";
import type { Reservation } from "./volume/reserve.ts";

/** What the volume asks of the disk thread. */
export type DiskQuestion =
  | { reserve: Reservation }
  | { putAway: string };

/**
 * The thread that makes output directories, for all volumes of this process. It does nothing else, so
 * that a disk that hangs delays only creations.
 */
const ask = askThread<DiskQuestion, unknown>(new URL("./disk_thread.ts", import.meta.url));

/** Makes an output directory; `false` when its name is taken. */
export function reserveInThread(reservation: Reservation): Promise<boolean> {
  return ask({ reserve: reservation }) as Promise<boolean>;
}

/** Removes the directories that were made in advance below this root. */
export async function putAwayInThread(root: string): Promise<void> {
  await ask({ putAway: root });
}
