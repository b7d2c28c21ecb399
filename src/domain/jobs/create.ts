import type { AccountLimit } from "../kernel/account_limit.ts";
import type { Clock, UserActor } from "../kernel/actor.ts";
import { Conflict, DomainError, OutcomeUnknown } from "../kernel/errors.ts";
import type { Log } from "../kernel/log.ts";
import type { OutputDirNames } from "../outputs/output_dir.ts";
import type { Unsettled } from "../outputs/settle.ts";
import type { Volume } from "../outputs/volume.ts";
import { requireRole } from "../projects/role.ts";
import { type CheckDeps, checkTrainingJob } from "./check.ts";
import type {
  IdempotencyKey,
  NewTrainingJob,
  TrainingJob,
  TrainingJobInput,
  TrainingJobs,
} from "./job.ts";

/** From reading the clock to the insert. A creation that took longer, because the volume stalled or the
 * machine slept, gives up: its directory may have been swept (`ORPHAN_GRACE_MS`). */
const CREATION_LIMIT_MS = 5 * 60_000;

/** Tries of an insert that meets no row though the role allows it: the role may have changed and
 * changed back between two looks, or the name may be recorded for removal. */
const MAX_TRIES = 5;

interface CreateDeps extends CheckDeps {
  jobs: TrainingJobs;
  volume: Volume;
  nextOutputDir: OutputDirNames;
  unsettled: Unsettled;
  now: Clock;
  log: Log;
  /** Limits how fast one account creates; absent, there is no limit. */
  creationLimit?: AccountLimit | undefined;
  /** Called after each creation, for metrics. */
  onCreated?: (() => void) | undefined;
}

export interface Creation {
  job: TrainingJob;
  /** Whether this is the answer to an earlier request with the same key; nothing was created. */
  replayed: boolean;
}

/**
 * Creates a training job: checks, reserves its output directory, records it as `pending`. A failure
 * leaves neither row nor directory.
 *
 * Throws a `DomainError`: `invalid` (model, dataset), `not_found` (project), `forbidden` (role),
 * `key_reused`, `too_many`, `unavailable` (volume or database).
 */
export async function createTrainingJob(
  deps: CreateDeps,
  { actor, input, idempotencyKey }: {
    actor: UserActor;
    input: TrainingJobInput;
    idempotencyKey?: string | undefined;
  },
): Promise<Creation> {
  const idempotency = idempotencyKey === undefined ? undefined : {
    user_id: actor.id,
    key: idempotencyKey,
    input_hash: await hashInput(input),
  };
  const before = await findReplay(deps, idempotency);
  if (before) return before;

  const checked = await checkTrainingJob(deps, { userId: actor.id, input });
  await deps.creationLimit?.count({ userId: actor.id });
  const now = deps.now();
  const timestamp = now.toISOString();

  for (let tries = 0; tries < MAX_TRIES;) {
    const output_dir = deps.nextOutputDir(input.project_id, now, checked.model_name);
    if (!await deps.volume.reserve(output_dir)) continue;
    if (deps.now().getTime() - now.getTime() > CREATION_LIMIT_MS) {
      await release(deps, output_dir);
      throw new DomainError("unavailable", { key: "unavailable", what: "volume" });
    }
    const inserted = await insertOrRelease(deps, {
      actor,
      idempotency,
      job: {
        ...checked,
        num_classes: null,
        output_dir,
        status: "pending",
        accuracy: null,
        loss: null,
        created_at: timestamp,
        updated_at: timestamp,
        started_at: null,
        completed_at: null,
        error_message: null,
      },
    });
    if (inserted !== "taken" && inserted !== "refused") {
      deps.onCreated?.();
      return { job: inserted, replayed: false };
    }

    // Another request may have used the same key meanwhile, perhaps in another process.
    const meanwhile = await findReplay(deps, idempotency);
    if (meanwhile) return meanwhile;
    if (inserted === "taken") continue;
    const projectId = input.project_id;
    await requireRole(deps, { userId: actor.id, projectId, needed: "editor" });
    tries++;
  }
  // The role allows it, so the names must be the reason; the next second brings others.
  throw new DomainError("unavailable", { key: "unavailable", what: "volume" });
}

interface Attempt {
  actor: UserActor;
  idempotency: IdempotencyKey | undefined;
  job: NewTrainingJob;
}

/** Inserts the row. When there is certainly none, removes the directory; `taken`: the name or the key
 * is in use, `refused`: the statement met no project to create in. */
async function insertOrRelease(
  deps: CreateDeps,
  { job, actor, idempotency }: Attempt,
): Promise<TrainingJob | "taken" | "refused"> {
  const { output_dir } = job;
  try {
    const row = await deps.jobs.insert(job, { actor, now: job.created_at, idempotency });
    if (row) return row;
    await release(deps, output_dir);
    return "refused";
  } catch (error) {
    if (error instanceof OutcomeUnknown) return await settle(deps, { output_dir, error });
    if (!(error instanceof Conflict)) {
      await release(deps, output_dir);
      throw error;
    }
    // A row with this name owns the directory, even if another process inserted it.
    const owner = await findRow(deps, output_dir);
    if (!owner) await release(deps, output_dir);
    return "taken";
  }
}

/** The insert gave no answer. If its row is there, it was committed; if not, it may still come, so the
 * directory stays for `settleUnknown`. */
async function settle(
  deps: CreateDeps,
  { output_dir, error }: { output_dir: string; error: OutcomeUnknown },
): Promise<TrainingJob> {
  const row = await deps.jobs.findByOutputDir(output_dir).catch(() => undefined);
  if (row) return row;
  deps.unsettled.set(output_dir, deps.now());
  throw error;
}

async function findRow(deps: CreateDeps, outputDir: string): Promise<TrainingJob | undefined> {
  try {
    return await deps.jobs.findByOutputDir(outputDir);
  } catch (error) {
    deps.unsettled.set(outputDir, deps.now());
    throw error;
  }
}

/** Removes the directory of a creation that failed. If the volume refuses, `settleUnknown` tries again:
 * that must not hide why the creation failed. */
async function release(deps: CreateDeps, output_dir: string): Promise<void> {
  try {
    await deps.volume.remove(output_dir);
  } catch (error) {
    deps.log.warn("an empty output directory was left; it is removed later", { output_dir, error });
    deps.unsettled.set(output_dir, deps.now());
  }
}

async function findReplay(
  deps: CreateDeps,
  idempotency: IdempotencyKey | undefined,
): Promise<Creation | undefined> {
  if (!idempotency) return undefined;
  const { key, user_id, input_hash } = idempotency;
  const earlier = await deps.jobs.findByIdempotencyKey(key, { userId: user_id });
  if (!earlier) return undefined;
  if (earlier.input_hash !== input_hash) {
    throw new DomainError("key_reused", { key: "idempotency_key_reused" });
  }
  return { job: earlier.job, replayed: true };
}

/** The schema puts members in one order, so that equal inputs are equal texts. */
async function hashInput(input: TrainingJobInput): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(input));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
