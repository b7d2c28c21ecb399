import type { Deps } from "../kernel/deps.ts";
import type { JobOutputDir } from "../kernel/storage.ts";

const PAGE = 1000;

/**
 * Jobs whose output directory is not there. Goes through all of them, and may run beside a server: a
 * directory is there before its row, and a job that is deleted meanwhile is none of them.
 */
export async function findMissingOutputs(
  { storage, volume }: Pick<Deps, "storage" | "volume">,
): Promise<{ jobs: number; missing: JobOutputDir[] }> {
  const jobs: JobOutputDir[] = [];
  while (true) {
    const after = jobs.at(-1)?.id ?? 0;
    const page = await storage.trainingJobs.outputDirs({ after, limit: PAGE });
    jobs.push(...page);
    if (page.length < PAGE) break;
  }
  const there = new Set(await Array.fromAsync(volume.directories()));
  const missing: JobOutputDir[] = [];
  for (const job of jobs) {
    if (there.has(job.output_dir)) continue;
    if (await storage.trainingJobs.findByOutputDir(job.output_dir)) missing.push(job);
  }
  return { jobs: jobs.length, missing };
}
