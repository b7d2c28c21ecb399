import type { Observable } from "./datasets/observe.ts";
import { askThread } from "./thread.ts";

/** What a creation asks of the disk. */
export type DiskQuestion = { observe: Observable[] };

/** The thread that looks at datasets for creations: a disk that stalls delays only them. */
const ask = askThread<DiskQuestion, unknown>(new URL("./disk_thread.ts", import.meta.url));

export function observeInThread(observables: Observable[]): Promise<string[]> {
  return ask({ observe: observables }) as Promise<string[]>;
}
