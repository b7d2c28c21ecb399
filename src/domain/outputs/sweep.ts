import type { Clock } from "../kernel/actor.ts";
import type { Log } from "../kernel/log.ts";
import { timeOf } from "./output_dir.ts";
import type { OutputOwners } from "./owner.ts";
import type { Unsettled } from "./settle.ts";
import type { Volume } from "./volume.ts";

/** Far longer than a creation may take (`CREATION_LIMIT_MS`): no row will come for an older one. */
export const ORPHAN_GRACE_MS = 15 * 60_000;

/** Directories per question to the database. */
const BATCH = 200;

export interface Orphans {
  /** How many directories the database knows: of a job, or recorded for removal. */
  known: number;
  /** Those it knows nothing of. */
  orphans: string[];
}

export interface Sweep extends Orphans {
  removed: string[];
  /** Why orphans were left alone. */
  refused: "foreign" | "clock" | undefined;
}

interface SweepDeps {
  owners: OutputOwners;
  volume: Volume;
  unsettled: Unsettled;
  now: Clock;
}

/** Compares the volume with the database. Throws when one of them did not answer completely. */
export async function findOrphans(
  { owners, volume }: { owners: OutputOwners; volume: Volume },
): Promise<Orphans> {
  let known = 0;
  const orphans: string[] = [];
  for await (const batch of batches(volume.directories())) {
    const found = await owners.ownersOf(batch);
    const unknown = batch.filter((outputDir) => found.get(outputDir) === "none");
    known += batch.length - unknown.length;
    orphans.push(...unknown);
  }
  return { known, orphans: orphans.sort() };
}

/**
 * Removes the directories of creations that a crash cut off: named by this product, empty, without a
 * row, and older than the grace period both by their name and by their modification time. It fails
 * closed: a failing answer throws before anything is removed, and it removes nothing
 * - `foreign`: when more directories are unknown to the database than known; it may be new, restored
 *   or somebody else's,
 * - `clock`: when the clock went backwards meanwhile.
 *
 * A directory with a file in it is never removed.
 */
export async function sweepOrphans(
  deps: SweepDeps,
  { graceMs = ORPHAN_GRACE_MS }: { graceMs?: number } = {},
): Promise<Sweep> {
  const now = deps.now();
  const before = new Date(now.getTime() - graceMs);
  await deps.volume.tidy({ before });
  const found = await findOrphans(deps);
  const old = found.orphans.filter((outputDir) =>
    timeOf(outputDir) < before && !deps.unsettled.has(outputDir)
  );
  const sweep: Sweep = { ...found, removed: [], refused: undefined };
  if (old.length === 0) return sweep;
  if (found.orphans.length > found.known) return { ...sweep, refused: "foreign" };
  for await (const batch of batches(old)) {
    if (deps.now() < now) return { ...sweep, refused: "clock" };
    // Asked again: a large volume takes a while to walk.
    const owners = await deps.owners.ownersOf(batch);
    for (const outputDir of batch) {
      if (owners.get(outputDir) !== "none") continue;
      if (await deps.volume.removeEmpty(outputDir, { before })) sweep.removed.push(outputDir);
    }
  }
  return sweep;
}

/** Sweeps and logs the result; never throws. */
export async function sweepQuietly(deps: SweepDeps & { log: Log }): Promise<void> {
  try {
    const { known, orphans, removed, refused } = await sweepOrphans(deps);
    if (removed.length > 0) {
      deps.log.info("empty output directories without a row were removed", {
        count: removed.length,
      });
    }
    if (refused) {
      deps.log.warn(
        "output directories without a row were left alone: deno task doctor says more",
        {
          reason: refused,
          with_row: known,
          without_row: orphans.length,
        },
      );
    }
  } catch (error) {
    deps.log.warn("output directories could not be compared with the database", { error });
  }
}

/** Yields to the event loop between two batches: a libSQL file answers without yielding. */
async function* batches(
  all: Iterable<string> | AsyncIterable<string>,
): AsyncGenerator<string[]> {
  let batch: string[] = [];
  for await (const one of all) {
    if (batch.push(one) < BATCH) continue;
    yield batch;
    batch = [];
    await new Promise((resolve) => setTimeout(resolve));
  }
  if (batch.length > 0) yield batch;
}
