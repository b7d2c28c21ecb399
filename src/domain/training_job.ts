import { z } from "zod";
import { DATASET_FORMATS, type DatasetFormat } from "./dataset.ts";
import { TASK_TYPES, type TaskType } from "./model.ts";
import { text } from "./text.ts";

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
  model_name: text({ max: 200 }),
  framework: text({ max: 100 }).optional(),
  task_type: z.enum(TASK_TYPES).optional(),
  dataset_path: text({ max: 1024 }),
  dataset_format: z.enum(DATASET_FORMATS).optional(),
  epochs: z.int().min(RANGES.epochs.min).max(RANGES.epochs.max).default(DEFAULTS.epochs),
  batch_size: z.int().min(RANGES.batch_size.min).max(RANGES.batch_size.max)
    .default(DEFAULTS.batch_size),
  learning_rate: z.number().gt(RANGES.learning_rate.min).lte(RANGES.learning_rate.max)
    .default(DEFAULTS.learning_rate),
  optimizer: z.enum(OPTIMIZERS).default(DEFAULTS.optimizer),
  pretrained: z.boolean().default(DEFAULTS.pretrained),
});
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

/** One row of `training_jobs`, as the API answers it. Timestamps are RFC 3339 UTC. */
export interface TrainingJob {
  id: number;
  project_id: number;
  model_name: string;
  framework: string;
  task_type: TaskType;
  dataset_path: string;
  dataset_format: DatasetFormat;
  /** `null` until training is prepared. */
  num_classes: number | null;
  epochs: number;
  batch_size: number;
  learning_rate: number;
  optimizer: Optimizer;
  pretrained: boolean;
  output_dir: string;
  status: Status;
  /** 0…1; `null` until training finishes. 0 is a value. */
  accuracy: number | null;
  loss: number | null;
  created_at: string;
  updated_at: string;
  started_at: string | null;
  completed_at: string | null;
  error_message: string | null;
}

/** What an insert needs; the database adds `id`. */
export type NewTrainingJob = Omit<TrainingJob, "id">;
