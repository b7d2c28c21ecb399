import { z } from "zod";
import { DATASET_FORMATS } from "../catalog/dataset.ts";
import { TASK_TYPES } from "../catalog/model.ts";
import { text } from "../kernel/text.ts";
import { timestamp } from "../kernel/timestamp.ts";

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

/** A creation as it is asked for, by JSON or by form. */
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

/** Rows a page of a list may hold. */
export const PAGE_SIZE = { min: 1, max: 200, default: 50 } as const;

export const STATUSES = ["pending", "running", "completed", "failed", "cancelled"] as const;
export type Status = typeof STATUSES[number];

/** Which status may follow which; the last three are final. */
const TRANSITIONS: Record<Status, readonly Status[]> = {
  pending: ["running", "cancelled"],
  running: ["completed", "failed", "cancelled"],
  completed: [],
  failed: [],
  cancelled: [],
};

/** The statuses from which a job may become `to`. */
export function statusesBefore(to: Status): Status[] {
  return STATUSES.filter((from) => TRANSITIONS[from].includes(to));
}

/** Deleting a running job would pull the directory from under its trainer. */
export const DELETABLE: readonly Status[] = STATUSES.filter((status) => status !== "running");

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

/** What an insert needs; the database adds `id`. */
export type NewTrainingJob = Omit<TrainingJob, "id">;
