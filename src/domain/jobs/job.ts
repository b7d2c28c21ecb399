import { z } from "zod";
import { DATASET_FORMATS } from "../catalog/dataset.ts";
import { TASK_TYPES } from "../catalog/task.ts";
import type { Change } from "../kernel/actor.ts";
import type { Page } from "../kernel/page.ts";
import { text } from "../kernel/text.ts";
import { timestamp } from "../kernel/timestamp.ts";
import type { TrainingJobFilter, TrainingJobQuery } from "./list.ts";
import { type Status, STATUSES } from "./status.ts";

declare module "../kernel/errors.ts" {
  interface Problems {
    training_job_not_found: Record<never, never>;
    transition_refused: { verb: "cancel" | "delete"; status: Status };
    too_many_creations: { seconds: number };
  }
  interface Fields {
    project_id: true;
    epochs: true;
    batch_size: true;
    learning_rate: true;
    optimizer: true;
    pretrained: true;
    status: true;
    validate_only: true;
  }
}

declare module "../kernel/events.ts" {
  interface Events {
    "job.created": { project_id: number; job_id: number };
    "job.changed": { project_id: number; job_id: number };
    "job.deleted": { project_id: number; job_id: number };
  }
}

export const OPTIMIZERS = ["adam", "adamw", "sgd", "rmsprop", "nadam", "radam", "adamax"] as const;
export type Optimizer = typeof OPTIMIZERS[number];

/** Bounds of the hyperparameters. The learning rate's lower bound itself is excluded. */
export const RANGES = {
  epochs: { min: 1, max: 1000 },
  batch_size: { min: 1, max: 512 },
  learning_rate: { min: 0, max: 1 },
} as const;

export const DEFAULTS = {
  epochs: 50,
  batch_size: 32,
  learning_rate: 0.001,
  optimizer: "adam",
  pretrained: true,
} as const;

/** Input of a creation, from JSON or a form. */
export const TrainingJobInput = z.object({
  project_id: z.int(),
  model_name: text({ max: 200 }).meta({ description: "A name of the model catalogue." }),
  framework: text({ max: 100 }).optional().meta({
    description: "The catalogue knows it; given, it must agree.",
  }),
  task_type: z.enum(TASK_TYPES).optional().meta({
    description: "The catalogue knows it; given, it must agree.",
  }),
  dataset_path: text({ max: 1024 }).meta({
    description: "A folder below a datasets root: absolute, or relative to the root.",
  }),
  dataset_format: z.enum(DATASET_FORMATS).optional().meta({
    description: "The folder shows it; given, it must agree.",
  }),
  epochs: z.int().min(RANGES.epochs.min).max(RANGES.epochs.max).default(DEFAULTS.epochs),
  batch_size: z.int().min(RANGES.batch_size.min).max(RANGES.batch_size.max)
    .default(DEFAULTS.batch_size).meta({ description: "Images per step." }),
  learning_rate: z.number().gt(RANGES.learning_rate.min).lte(RANGES.learning_rate.max)
    .default(DEFAULTS.learning_rate),
  optimizer: z.enum(OPTIMIZERS).default(DEFAULTS.optimizer),
  pretrained: z.boolean().default(DEFAULTS.pretrained).meta({
    description: "Whether to start from trained weights.",
  }),
}).meta({ id: "TrainingJobInput", description: "Members it does not name are ignored." });
export type TrainingJobInput = z.infer<typeof TrainingJobInput>;

/** One row of `training_jobs`, as the API answers it. */
export const TrainingJob = z.object({
  id: z.int(),
  project_id: z.int(),
  model_name: z.string(),
  framework: z.string().meta({ description: "The library that trains the model." }),
  task_type: z.enum(TASK_TYPES),
  dataset_path: z.string().meta({
    description: "Absolute below a datasets root, or relative to one; normalised.",
  }),
  dataset_format: z.enum(DATASET_FORMATS),
  num_classes: z.int().nullable().meta({ description: "Null until training is prepared." }),
  epochs: z.int().min(RANGES.epochs.min).max(RANGES.epochs.max),
  batch_size: z.int().min(RANGES.batch_size.min).max(RANGES.batch_size.max)
    .meta({ description: "Images per step." }),
  learning_rate: z.number().gt(RANGES.learning_rate.min).lte(RANGES.learning_rate.max),
  optimizer: z.enum(OPTIMIZERS),
  pretrained: z.boolean().meta({ description: "Whether training starts from trained weights." }),
  output_dir: z.string().meta({
    description: "Holds checkpoints/, logs/ and results/; relative, whatever the volume is.",
  }),
  status: z.enum(STATUSES).meta({
    description: "pending → running → completed | failed | cancelled, and pending → cancelled.",
  }),
  accuracy: z.number().nullable().meta({
    description: "0 to 1. Null until training finishes; 0 is a value.",
  }),
  loss: z.number().nullable().meta({ description: "Null until training finishes." }),
  created_at: timestamp("When the job was created."),
  updated_at: timestamp("When the job last changed."),
  started_at: timestamp("When training started; null before.").nullable(),
  completed_at: timestamp("When the job ended, however it did; null before.").nullable(),
  error_message: z.string().nullable().meta({ description: "Why training failed." }),
}).meta({ id: "TrainingJob" });
export type TrainingJob = z.infer<typeof TrainingJob>;

/** A job before its insert; the database adds `id`. */
export type NewTrainingJob = Omit<TrainingJob, "id">;

/** What makes a retry of one creation recognisable. */
export interface IdempotencyKey {
  /** The account that chose the key; keys are unique per account. */
  user_id: number;
  key: string;
  /** Hash of the input: the same key with another input is a mistake. */
  input_hash: string;
}

export interface RememberedCreation {
  input_hash: string;
  /** The job as it was first answered. */
  job: TrainingJob;
}

export type TrainingJobChanges =
  & Pick<TrainingJob, "status">
  & Partial<
    Pick<
      TrainingJob,
      "started_at" | "completed_at" | "accuracy" | "loss" | "error_message" | "num_classes"
    >
  >;

/**
 * Training jobs in the database. Reads take a `userId` and writes an actor inside the statement
 * itself: rows of other people's projects and rows that do not exist are both "no row". So is, to a
 * write, a row of a project in which the actor's role is too small: `roleOf` tells the difference.
 */
export interface TrainingJobs {
  /**
   * Inserts a job and remembers its idempotency key in one commit. `undefined`: the actor may not
   * create in this project (any more), the key is used already, or `output_dir` waits for removal.
   * Throws `Conflict` when `output_dir` is taken or another process used the key at the same moment;
   * throws `OutcomeUnknown` when the answer was lost, so that the row may or may not be there.
   */
  insert(
    job: NewTrainingJob,
    options: Change & { idempotency?: IdempotencyKey | undefined },
  ): Promise<TrainingJob | undefined>;
  find(id: number, options: { userId: number }): Promise<TrainingJob | undefined>;
  findByOutputDir(outputDir: string): Promise<TrainingJob | undefined>;
  findByIdempotencyKey(
    key: string,
    options: { userId: number },
  ): Promise<RememberedCreation | undefined>;
  forgetIdempotencyKeys(options: { before: string }): Promise<void>;
  /**
   * One page, by key. Jobs of the same key come newest first in both orders; jobs without accuracy
   * come last in both. Texts are compared by their UTF-8 bytes, statuses by their place in
   * `STATUSES`.
   */
  list(query: TrainingJobQuery, options: { userId: number }): Promise<Page<TrainingJob>>;
  /** How many jobs there are of each status. */
  countByStatus(
    filter: Omit<TrainingJobFilter, "status">,
    options: { userId: number },
  ): Promise<Record<Status, number>>;
  /** Changes a job whose status is one of `from`; `undefined` when it is not, or no such job. */
  transition(
    id: number,
    options: Change & { from: readonly Status[]; changes: TrainingJobChanges },
  ): Promise<TrainingJob | undefined>;
  /**
   * Deletes a job whose status is one of `from`, and records its output directory for removal in the
   * same commit; `undefined` when it is not, or no such job.
   */
  remove(
    id: number,
    options: Change & { from: readonly Status[] },
  ): Promise<TrainingJob | undefined>;
}
