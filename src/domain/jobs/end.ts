import type { Asker } from "../access/audit.ts";
import type { Deps } from "../kernel/deps.ts";
import { DomainError, notFound } from "../kernel/errors.ts";
import { parseOutputDir } from "../outputs/output_dir.ts";
import { requireRole } from "../projects/role.ts";
import { OutcomeUnknown } from "../kernel/storage.ts";
import { DELETABLE, statusesBefore, type TrainingJob } from "./job.ts";

interface Target extends Asker {
  id: number;
}

/** Cancels a job. Throws a `DomainError` `not_found`, `forbidden` or `conflict`. */
export async function cancelTrainingJob(
  deps: Deps,
  { id, ...asker }: Target,
): Promise<TrainingJob> {
  const now = deps.now().toISOString();
  const job = await deps.storage.trainingJobs.transition(id, {
    ...asker,
    from: statusesBefore("cancelled"),
    changes: { status: "cancelled", updated_at: now, completed_at: now },
  });
  return job ?? await refuse(deps, { ...asker, id, verb: "cancel" });
}

/**
 * Deletes a job and its output directory. The row goes first: from then on nobody is promised the
 * directory. Throws a `DomainError` `not_found`, `forbidden` or `conflict`.
 */
export async function deleteTrainingJob(deps: Deps, { id, ...asker }: Target): Promise<void> {
  // Known before, as nobody can say it when the answer to the deletion is lost.
  const known = await deps.storage.trainingJobs.find(id, asker);
  if (!known) throw notFound("training_job");
  const job = await orUnsettled(
    deps,
    () => deps.storage.trainingJobs.remove(id, { ...asker, from: DELETABLE }),
    () => [known.output_dir],
  );
  if (!job) await refuse(deps, { ...asker, id, verb: "delete" });
  else await removeOutputs(deps, [job.output_dir]);
}

/** Deletes a project with its jobs and their output directories; refused while one is running.
 * Throws as the above. */
export async function deleteProject(deps: Deps, { id, ...asker }: Target): Promise<void> {
  const outputDirs = await orUnsettled(
    deps,
    () => deps.storage.projects.remove(id, asker),
    () => directoriesOf(deps, id),
  );
  if (outputDirs) return await removeOutputs(deps, outputDirs);
  await requireRole(deps, { ...asker, projectId: id, needed: "owner" });
  throw new DomainError("conflict", { key: "project_running" });
}

/** When nobody knows whether the rows are gone, `settleUnknown` looks after their directories. */
async function orUnsettled<T>(
  deps: Deps,
  remove: () => Promise<T>,
  outputDirs: () => Iterable<string> | AsyncIterable<string>,
): Promise<T> {
  try {
    return await remove();
  } catch (error) {
    if (!(error instanceof OutcomeUnknown)) throw error;
    try {
      for await (const outputDir of outputDirs()) deps.unsettled.set(outputDir, deps.now());
    } catch {
      deps.log.error("the output directories of what was being deleted may be left behind");
    }
    throw error;
  }
}

/** The volume knows them by the project's id, which is never used again. */
async function* directoriesOf({ volume }: Deps, projectId: number): AsyncGenerator<string> {
  for await (const outputDir of volume.directories()) {
    if (parseOutputDir(outputDir).project === String(projectId)) yield outputDir;
  }
}

/** Why a statement met no row: the job is not there, or the user's role or its status forbids it. */
async function refuse(
  deps: Deps,
  { userId, id, verb }: Target & { verb: "cancel" | "delete" },
): Promise<never> {
  const job = await deps.storage.trainingJobs.find(id, { userId });
  if (!job) throw notFound("training_job");
  await requireRole(deps, { userId, projectId: job.project_id, needed: "editor" });
  throw new DomainError("conflict", { key: "transition_refused", verb, status: job.status });
}

/** The rows are gone; what cannot be removed now is tried again by `settleUnknown`. */
async function removeOutputs(deps: Deps, outputDirs: string[]): Promise<void> {
  for (const outputDir of outputDirs) {
    try {
      await deps.volume.remove(outputDir);
    } catch (error) {
      deps.log.error("the output directory of a deleted job was left behind for now", {
        output_dir: outputDir,
        error,
      });
      deps.unsettled.set(outputDir, deps.now());
    }
  }
}
