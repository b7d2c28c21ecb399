import type { JobOutputDir, OutputOwners } from "./owner.ts";
import type { Volume } from "./volume.ts";

const PAGE = 1000;

/**
 * Jobs whose output directory is missing. Reads all jobs, and may run next to a server: a directory
 * exists before its row, and jobs deleted meanwhile are left out.
 */
export async function findMissingOutputs(
  { owners, volume }: { owners: OutputOwners; volume: Volume },
): Promise<{ jobs: number; missing: JobOutputDir[] }> {
  const jobs: JobOutputDir[] = [];
  while (true) {
    const after = jobs.at(-1)?.id ?? 0;
    const page = await owners.outputDirs({ after, limit: PAGE });
    jobs.push(...page);
    if (page.length < PAGE) break;
  }
  const there = new Set(await Array.fromAsync(volume.directories()));
  const missing: JobOutputDir[] = [];
  for (const job of jobs) {
    if (there.has(job.output_dir)) continue;
    // Asked again: it may have been deleted meanwhile.
    const now = await owners.ownersOf([job.output_dir]);
    if (now.get(job.output_dir) === "job") missing.push(job);
  }
  return { jobs: jobs.length, missing };
}
