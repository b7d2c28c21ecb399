import { expect } from "vitest";
import type { Parts } from "../../src/compose.ts";
import { createTrainingJob, type Creation } from "../../src/domain/jobs/create.ts";
import type { TrainingJobInput, TrainingJobs } from "../../src/domain/jobs/job.ts";
import type { UserActor } from "../../src/domain/kernel/actor.ts";
import { DomainError } from "../../src/domain/kernel/errors.ts";
import type { Volume } from "../../src/domain/outputs/volume.ts";
import { en } from "../../src/i18n/en.ts";
import { say } from "../../src/i18n/messages.ts";
import type { World } from "./world.ts";

export function create(
  { deps, actor }: { deps: Parts; actor: UserActor },
  input: TrainingJobInput,
  idempotencyKey?: string,
): Promise<Creation> {
  return createTrainingJob(deps, { actor, input, idempotencyKey });
}

/** The refusal of an operation, as an API client reads it: `not_found: Project not found`. */
export async function refusal(operation: Promise<unknown>): Promise<string> {
  const error = await operation.then(() => undefined, (error: unknown) => error);
  if (!(error instanceof DomainError)) throw new Error("expected a DomainError", { cause: error });
  return `${error.code}: ${say(en, error.problem)}`;
}

/** The world with some methods of the jobs or the volume replaced. */
export function broken(
  { deps, actor }: World,
  breakage: (real: Parts) => { jobs?: Partial<TrainingJobs>; volume?: Partial<Volume> },
): { deps: Parts; actor: UserActor } {
  const { jobs, volume } = breakage(deps);
  return {
    actor,
    deps: { ...deps, jobs: { ...deps.jobs, ...jobs }, volume: { ...deps.volume, ...volume } },
  };
}

/** Every row has its directory, every directory its row, and there are so many. */
export async function expectJobs(world: World, count: number): Promise<void> {
  const rows = (await world.rows()).map((job) => job.output_dir).sort();
  expect(rows).toHaveLength(count);
  expect(await world.directories()).toEqual(rows);
}

export function unavailable(what: "database" | "volume"): DomainError {
  return new DomainError("unavailable", { key: "unavailable", what });
}

export const DATABASE_DOWN = "unavailable: The database is unavailable; try again soon";
export const VOLUME_DOWN = "unavailable: The output volume is unavailable; try again soon";
