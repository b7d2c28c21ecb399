import type { Clock } from "../kernel/actor.ts";
import type { Log } from "../kernel/log.ts";
import type { Volume } from "./volume.ts";

/** Directories that are removed before the database is told. */
const BATCH = 100;

/**
 * Output directories to be removed. A deletion records them in the commit that deletes their jobs, so
 * that a crash cannot lose them. No new job gets a recorded name: a second removal, by a server that
 * was slow, can then never meet somebody else's directory.
 */
export interface OutputRemovals {
  /** Directories that are still to be removed, by name; `after` is the last one of the page before. */
  pending(options: { after: string; limit: number }): Promise<string[]>;
  markRemoved(outputDirs: readonly string[], options: { now: string }): Promise<void>;
  /** Deletes the records of directories that were removed before a moment. */
  forget(options: { before: string }): Promise<void>;
}

export interface RemovalDeps {
  volume: Volume;
  removals: OutputRemovals;
  now: Clock;
  log: Log;
}

/** Removes recorded directories and marks them. What fails is logged and stays recorded: the deletion
 * is committed, so its caller must not be told that it failed. */
export async function removeOutputs(
  deps: RemovalDeps,
  outputDirs: readonly string[],
): Promise<void> {
  for (let start = 0; start < outputDirs.length; start += BATCH) {
    await removeBatch(deps, outputDirs.slice(start, start + BATCH));
  }
}

async function removeBatch(deps: RemovalDeps, outputDirs: readonly string[]): Promise<void> {
  const removed: string[] = [];
  for (const outputDir of outputDirs) {
    try {
      await deps.volume.remove(outputDir);
      removed.push(outputDir);
    } catch (error) {
      deps.log.warn("an output directory could not be removed; it is tried again", {
        output_dir: outputDir,
        error,
      });
    }
  }
  if (removed.length === 0) return;
  try {
    await deps.removals.markRemoved(removed, { now: deps.now().toISOString() });
  } catch (error) {
    deps.log.warn("removed output directories could not be marked; it is tried again", { error });
  }
}

/** Removes every directory that is still recorded; a service calls it until none is left. */
export async function removePendingOutputs(deps: RemovalDeps): Promise<void> {
  let after = "";
  while (true) {
    const page = await deps.removals.pending({ after, limit: BATCH });
    await removeOutputs(deps, page);
    if (page.length < BATCH) return;
    after = page.at(-1)!;
  }
}
