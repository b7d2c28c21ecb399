import type { Clock } from "../kernel/actor.ts";
import type { Log } from "../kernel/log.ts";
import type { OutputOwners } from "./owner.ts";
import type { Volume } from "./volume.ts";

/** Longer than a database lets a statement run: a row that is not there after it will not come. */
const GRACE_MS = 15_000;

/**
 * Directories of creations that failed so that nobody knows yet whether there is a row, with the time
 * of the failure. They are empty, so after a crash the sweep removes them.
 */
export type Unsettled = Map<string, Date>;

/** Removes the unsettled directories without a row, once the grace period is over. To be called now
 * and then. */
export async function settleUnknown(
  deps: { owners: OutputOwners; volume: Volume; unsettled: Unsettled; now: Clock; log: Log },
): Promise<void> {
  for (const [outputDir, since] of deps.unsettled) {
    if (deps.now().getTime() - since.getTime() < GRACE_MS) continue;
    try {
      const owners = await deps.owners.ownersOf([outputDir]);
      if (owners.get(outputDir) === "none") await deps.volume.remove(outputDir);
      deps.unsettled.delete(outputDir);
    } catch (error) {
      // The database or the volume is still away; the directory can wait.
      deps.log.debug("an output directory is still unsettled", { output_dir: outputDir, error });
    }
  }
}
