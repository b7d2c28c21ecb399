import type { Deps } from "./deps.ts";
import { DomainError, notFound } from "./errors.ts";
import { DELETABLE, statusesBefore, type TrainingJob } from "./training_job.ts";

interface Target {
  userId: number;
  id: number;
}

/** Cancels a job. Throws a `DomainError` `not_found` or `conflict`. */
export async function cancelTrainingJob(deps: Deps, { userId, id }: Target): Promise<TrainingJob> {
  const now = deps.now().toISOString();
  const job = await deps.storage.trainingJobs.transition(id, {
    userId,
    from: statusesBefore("cancelled"),
    changes: { status: "cancelled", updated_at: now, completed_at: now },
  });
  return job ?? await refuse(deps, { userId, id, verb: "cancel" });
}

/**
 * Deletes a job and its output directory. The row goes first: from then on nobody is promised the
 * directory. Throws a `DomainError` `not_found` or `conflict`.
 */
export async function deleteTrainingJob(deps: Deps, { userId, id }: Target): Promise<void> {
  const job = await deps.storage.trainingJobs.remove(id, { userId, from: DELETABLE });
  if (!job) await refuse(deps, { userId, id, verb: "delete" });
  else await removeOutputs(deps, [job.output_dir]);
}

/** Deletes a project with its jobs and their output directories; refused while one is running. */
export async function deleteProject(deps: Deps, { userId, id }: Target): Promise<void> {
  const outputDirs = await deps.storage.projects.remove(id, { userId });
  if (outputDirs) return await removeOutputs(deps, outputDirs);
  if (!await deps.storage.projects.has(id, { userId })) throw notFound("project");
  throw new DomainError("conflict", { key: "project_running" });
}

/** Why a statement met no row: the job is not there, or its status forbids it. */
async function refuse(
  deps: Deps,
  { userId, id, verb }: Target & { verb: "cancel" | "delete" },
): Promise<never> {
  const job = await deps.storage.trainingJobs.find(id, { userId });
  if (!job) throw notFound("training_job");
  throw new DomainError("conflict", { key: "transition_refused", verb, status: job.status });
}

/** The rows are gone; files that cannot be removed are told to whoever keeps the volume. */
async function removeOutputs(deps: Deps, outputDirs: string[]): Promise<void> {
  for (const outputDir of outputDirs) {
    try {
      await deps.volume.remove(outputDir);
    } catch (error) {
      deps.log.error("the output directory of a deleted job was left behind", {
        output_dir: outputDir,
        error,
      });
    }
  }
}
