import type { Asker } from "../access/audit.ts";
import { beginCheck } from "./check.ts";
import type { Deps } from "../kernel/deps.ts";
import { DomainError, notFound } from "../kernel/errors.ts";
import { requireRole } from "../projects/role.ts";
import {
  Conflict,
  type IdempotencyKey,
  OutcomeUnknown,
  type RememberedCreation,
} from "../kernel/storage.ts";
import type { NewTrainingJob, TrainingJob, TrainingJobInput } from "./job.ts";

/** From the first look at the clock to the insert. One that took longer, on a volume that stalled or
 * a machine that slept, gives up: its directory may have been swept (`ORPHAN_GRACE_MS`). */
const CREATION_LIMIT_MS = 5 * 60_000;

export interface Creation {
  job: TrainingJob;
  /** The answer to an earlier request with the same key; nothing was created by this one. */
  replayed: boolean;
}

/**
 * Creates a training job: checks, reserves its output directory, records it as `pending`. A failure
 * leaves neither row nor directory.
 *
 * Throws a `DomainError`: `invalid` (model, dataset), `not_found` (project), `forbidden` (role),
 * `key_reused`, `too_many`, `unavailable` (volume or database).
 */
export async function createTrainingJob(deps: Deps, request: CreationRequest): Promise<Creation> {
  const { creations } = deps;
  if (creations) creations.underWay++;
  try {
    return await create(deps, request);
  } finally {
    if (creations) creations.underWay--;
  }
}

interface CreationRequest extends Asker {
  input: TrainingJobInput;
  idempotencyKey?: string | undefined;
}

async function create(
  deps: Deps,
  { userId, origin, input, idempotencyKey }: CreationRequest,
): Promise<Creation> {
  const idempotency = idempotencyKey === undefined
    ? undefined
    : { key: idempotencyKey, input_hash: await hashInput(input) };

  const before = await findReplay(deps, { userId, idempotency });
  if (before) return before;

  const { model, checking } = await beginCheck(deps, { userId, input });
  const checked = await checking;
  await deps.creationLimit?.count({ userId });
  const now = deps.now();
  const timestamp = now.toISOString();

  while (true) {
    const output_dir = deps.nextOutputDir(input.project_id, now, model.name);
    if (!await deps.volume.reserve(output_dir)) continue;
    if (deps.now().getTime() - now.getTime() > CREATION_LIMIT_MS) {
      await release(deps, output_dir);
      throw new DomainError("unavailable", { key: "unavailable", what: "volume" });
    }

    const inserted = await insertOrRelease(deps, {
      userId,
      origin,
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

    // Somebody was faster with the same key, perhaps in another process.
    const meanwhile = await findReplay(deps, { userId, idempotency });
    if (meanwhile) return meanwhile;
    // The project went away, or was shared no more, between the check and the insert.
    if (inserted === "refused") {
      await requireRole(deps, { userId, projectId: input.project_id, needed: "editor" });
      throw notFound("project");
    }
  }
}

interface Attempt extends Asker {
  idempotency: IdempotencyKey | undefined;
  job: NewTrainingJob;
}

/** Inserts the row; whenever there is certainly none, the directory reserved for it goes too. */
async function insertOrRelease(
  deps: Deps,
  { job, ...options }: Attempt,
): Promise<TrainingJob | "taken" | "refused"> {
  const { output_dir } = job;
  try {
    const row = await deps.storage.trainingJobs.insert(job, options);
    if (row) return row;
    await release(deps, output_dir);
    return "refused";
  } catch (error) {
    if (error instanceof OutcomeUnknown) return await settle(deps, { output_dir, error });
    if (!(error instanceof Conflict)) {
      await release(deps, output_dir);
      throw error;
    }
    // A row that has this name owns the directory, whoever made it.
    const owner = await findRow(deps, output_dir);
    if (!owner) await release(deps, output_dir);
    return "taken";
  }
}

/** The insert gave no answer. If its row is there, it was carried out; if not, it may still come, so
 * the directory stays for `settleUnknown`. */
async function settle(
  deps: Deps,
  { output_dir, error }: { output_dir: string; error: OutcomeUnknown },
): Promise<TrainingJob> {
  const row = await deps.storage.trainingJobs.findByOutputDir(output_dir).catch(() => undefined);
  if (row) return row;
  deps.unsettled.set(output_dir, deps.now());
  throw error;
}

async function findRow(deps: Deps, outputDir: string): Promise<TrainingJob | undefined> {
  try {
    return await deps.storage.trainingJobs.findByOutputDir(outputDir);
  } catch (error) {
    deps.unsettled.set(outputDir, deps.now());
    throw error;
  }
}

/** The creation has failed already; a directory that cannot be removed must not hide why. */
async function release(deps: Deps, outputDir: string): Promise<void> {
  try {
    await deps.volume.remove(outputDir);
  } catch (error) {
    deps.log.warn("an empty output directory was left behind", { output_dir: outputDir, error });
    deps.unsettled.set(outputDir, deps.now());
  }
}

async function findReplay(
  deps: Deps,
  { userId, idempotency }: { userId: number; idempotency: IdempotencyKey | undefined },
): Promise<Creation | undefined> {
  if (!idempotency) return undefined;
  const earlier: RememberedCreation | undefined = await deps.storage.trainingJobs
    .findByIdempotencyKey(idempotency.key, { userId });
  if (!earlier) return undefined;
  if (earlier.input_hash !== idempotency.input_hash) {
    throw new DomainError("key_reused", { key: "idempotency_key_reused" });
  }
  return { job: earlier.job, replayed: true };
}

/** The schema puts members in one order, so that equal inputs are equal texts. */
async function hashInput(input: TrainingJobInput): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify(input));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
