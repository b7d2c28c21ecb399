import { AUDIT_LOG_DAYS, type AuditLog } from "./domain/access/audit.ts";
import type { Sessions } from "./domain/access/session.ts";
import type { TrainingJobs } from "./domain/jobs/job.ts";
import type { Clock } from "./domain/kernel/actor.ts";
import type { Log } from "./domain/kernel/log.ts";
import type { OutputOwners } from "./domain/outputs/owner.ts";
import { type OutputRemovals, removePendingOutputs } from "./domain/outputs/removal.ts";
import { settleUnknown, type Unsettled } from "./domain/outputs/settle.ts";
import { ORPHAN_GRACE_MS, sweepQuietly } from "./domain/outputs/sweep.ts";
import type { Volume } from "./domain/outputs/volume.ts";
import { periodic, type Service } from "./lifecycle.ts";

const SECOND = 1000;
const HOUR = 60 * 60 * SECOND;
const DAY = 24 * HOUR;

interface HousekeepingDeps {
  sessions: Sessions;
  jobs: TrainingJobs;
  auditLog: AuditLog;
  owners: OutputOwners;
  removals: OutputRemovals;
  volume: Volume;
  unsettled: Unsettled;
  now: Clock;
  log: Log;
}

/** The periodic work of a server. */
export function housekeeping(deps: HousekeepingDeps): Service[] {
  const { log } = deps;
  return [
    periodic(
      { name: "forget expired", everyMs: HOUR, firstMs: [0], log },
      () => forgetExpired(deps),
    ),
    periodic({ name: "settle creations", everyMs: 5 * SECOND, log }, () => settleUnknown(deps)),
    periodic(
      { name: "remove outputs", everyMs: 5 * SECOND, firstMs: [SECOND], log },
      () => removePendingOutputs(deps),
    ),
    // Soon for what earlier processes left, again when what the last one left is old enough.
    periodic(
      {
        name: "sweep outputs",
        everyMs: DAY,
        firstMs: [5 * SECOND, ORPHAN_GRACE_MS + 60 * SECOND],
        log,
      },
      () => sweepQuietly(deps),
    ),
  ];
}

/** Deletes ended sessions, idempotency keys a day after their use, old audit entries, and the records
 * of removed output directories once no creation can meet their names. */
async function forgetExpired(
  { sessions, jobs, auditLog, removals, now: clock }: HousekeepingDeps,
): Promise<void> {
  const now = clock();
  const ago = (ms: number) => new Date(now.getTime() - ms).toISOString();
  await sessions.removeExpired(now.toISOString());
  await jobs.forgetIdempotencyKeys({ before: ago(DAY) });
  await auditLog.forget({ before: ago(AUDIT_LOG_DAYS * DAY) });
  await removals.forget({ before: ago(ORPHAN_GRACE_MS) });
}
