import type { Deps } from "../kernel/deps.ts";

/** Longer than a database lets a statement run: after it, a row that is not there will not come. */
const GRACE_MS = 15_000;

/**
 * Removes the directories of creations and deletions that failed so that nobody could tell whether
 * there is a row, or whose directory could not be removed: once the grace period is over and there is
 * no row. To be called now and then.
 */
export async function settleUnknown(deps: Deps): Promise<void> {
  for (const [outputDir, since] of deps.unsettled) {
    if (deps.now().getTime() - since.getTime() < GRACE_MS) continue;
    try {
      if (!await deps.storage.trainingJobs.findByOutputDir(outputDir)) {
        await deps.volume.remove(outputDir);
      }
      deps.unsettled.delete(outputDir);
    } catch (error) {
      // The database or the volume is still away; a directory can wait.
      deps.log.debug("an output directory is still unsettled", { output_dir: outputDir, error });
    }
  }
}
