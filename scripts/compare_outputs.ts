import type { OutputOwners } from "../src/domain/outputs/owner.ts";
import type { Volume } from "../src/domain/outputs/volume.ts";
import { findMissingOutputs } from "../src/domain/outputs/missing.ts";
import { findOrphans, ORPHAN_GRACE_MS, sweepOrphans } from "../src/domain/outputs/sweep.ts";
import { count, type Finding, someOf } from "./finding.ts";

const PART = "outputs";

interface Places {
  owners: OutputOwners;
  volume: Volume;
}

/** Whether every row has its directories and every directory its row; `fix` mends what is safe. */
export async function compareOutputs(
  places: Places,
  { fix = false }: { fix?: boolean } = {},
): Promise<Finding[]> {
  const findings = [
    ...await lookForMissing(places, { fix }),
    ...await lookForOrphans(places, { fix }),
  ];
  if (findings.length > 0) return findings;
  return [{
    level: "fine",
    part: PART,
    text: "every job has its directory, every directory a job",
  }];
}

async function lookForMissing(places: Places, { fix }: { fix: boolean }): Promise<Finding[]> {
  const { jobs, missing } = await findMissingOutputs(places);
  // An empty directory is all that a pending job had; what another had is in no place to be made up.
  const pending = missing.filter(({ status }) => status === "pending");
  const lost = missing.filter(({ status }) => status !== "pending");
  const of = `of ${count(jobs, "job")}`;
  const findings: Finding[] = [];
  if (pending.length > 0) {
    const names = someOf(pending.map(({ output_dir }) => output_dir));
    if (fix) { for (const { output_dir } of pending) await places.volume.reserve(output_dir); }
    findings.push({
      level: fix ? "mended" : "wrong",
      part: PART,
      text: fix
        ? `made the directories of ${count(pending.length, "pending job")}: ${names}`
        : `${pending.length} pending ${of} without a directory: ${names}; --fix makes them`,
    });
  }
  if (lost.length > 0) {
    const names = someOf(lost.map(({ output_dir }) => output_dir));
    findings.push({
      level: "wrong",
      part: PART,
      text: `${lost.length} ${of} without a directory: ${names}; bring them back from a backup`,
    });
  }
  return findings;
}

async function lookForOrphans(places: Places, { fix }: { fix: boolean }): Promise<Finding[]> {
  const { known, orphans } = await findOrphans(places);
  const empty: string[] = [];
  const full: string[] = [];
  for (const outputDir of orphans) {
    const files = await places.volume.list(outputDir);
    if (files) (files.some(({ path }) => !path.endsWith("/")) ? full : empty).push(outputDir);
  }
  const findings: Finding[] = [];
  if (empty.length > 0) {
    const swept = fix ? await sweep(places) : undefined;
    findings.push(
      swept ?? {
        level: "note",
        part: PART,
        text:
          `${count(empty.length, "empty directory", "empty directories")} without a job: ${
            someOf(empty)
          }; ` +
          (orphans.length > known
            ? `not to be swept, as the database knows only ${known} of ${
              orphans.length + known
            }: ` +
              "it may be new, restored or another's"
            : `swept by the server, or by --fix, once they are ${GRACE_MINUTES} minutes old`),
      },
    );
  }
  if (full.length > 0) {
    findings.push({
      level: "note",
      part: PART,
      text: `${count(full.length, "directory", "directories")} with files but without a job: ${
        someOf(full)
      }; nothing removes them but you`,
    });
  }
  return findings;
}

const GRACE_MINUTES = ORPHAN_GRACE_MS / 60_000;

/** Undefined when there was nothing to remove. */
async function sweep(places: Places): Promise<Finding | undefined> {
  const { removed } = await sweepOrphans({
    ...places,
    unsettled: new Map(),
    now: () => new Date(),
  });
  if (removed.length === 0) return undefined;
  const what = count(removed.length, "empty directory", "empty directories");
  return { level: "mended", part: PART, text: `removed ${what} without a job` };
}
