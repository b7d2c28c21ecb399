import type { UserActor } from "../kernel/actor.ts";
import { type RemovalDeps, removeOutputs } from "../outputs/removal.ts";
import type { RoleLookup } from "../projects/role.ts";
import type { TrainingJobs } from "./job.ts";
import { refuseTransition } from "./refuse.ts";
import { DELETABLE } from "./status.ts";

/**
 * Deletes a job, then its output directory; what a crash or a failing volume leaves of the directory
 * is removed later (`removePendingOutputs`). Throws a `DomainError` `not_found`, `forbidden` or
 * `conflict`.
 */
export async function deleteTrainingJob(
  deps: RemovalDeps & { jobs: TrainingJobs; projects: RoleLookup },
  { id, actor }: { id: number; actor: UserActor },
): Promise<void> {
  const now = deps.now().toISOString();
  const job = await deps.jobs.remove(id, { actor, now, from: DELETABLE });
  if (!job) return await refuseTransition(deps, { id, userId: actor.id, verb: "delete" });
  await removeOutputs(deps, [job.output_dir]);
}
