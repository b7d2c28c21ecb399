import type { Clock, UserActor } from "../kernel/actor.ts";
import type { RoleLookup } from "../projects/role.ts";
import type { TrainingJob, TrainingJobs } from "./job.ts";
import { refuseTransition } from "./refuse.ts";
import { statusesBefore } from "./status.ts";

/** Cancels a job. Throws a `DomainError` `not_found`, `forbidden` or `conflict`. */
export async function cancelTrainingJob(
  deps: { jobs: TrainingJobs; projects: RoleLookup; now: Clock },
  { id, actor }: { id: number; actor: UserActor },
): Promise<TrainingJob> {
  const now = deps.now().toISOString();
  const job = await deps.jobs.transition(id, {
    actor,
    now,
    from: statusesBefore("cancelled"),
    changes: { status: "cancelled", completed_at: now },
  });
  return job ?? await refuseTransition(deps, { id, userId: actor.id, verb: "cancel" });
}
