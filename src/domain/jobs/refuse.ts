import { DomainError, notFound } from "../kernel/errors.ts";
import { requireRole, type RoleLookup } from "../projects/role.ts";
import type { TrainingJobs } from "./job.ts";

/** Says why a write met no row: the job is not there, or the user's role or its status forbids it.
 * Always throws a `DomainError`: `not_found`, `forbidden` or `conflict`. */
export async function refuseTransition(
  deps: { jobs: TrainingJobs; projects: RoleLookup },
  { id, userId, verb }: { id: number; userId: number; verb: "cancel" | "delete" },
): Promise<never> {
  const job = await deps.jobs.find(id, { userId });
  if (!job) throw notFound("training_job");
  await requireRole(deps, { userId, projectId: job.project_id, needed: "editor" });
  throw new DomainError("conflict", { key: "transition_refused", verb, status: job.status });
}
