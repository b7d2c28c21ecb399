import type { Dataset, InspectedDataset } from "../../src/domain/catalog/dataset.ts";
import type { Model } from "../../src/domain/catalog/model.ts";
import type { Optimizer } from "../../src/domain/jobs/job.ts";
import type { Problem } from "../../src/domain/kernel/errors.ts";
import type { Project } from "../../src/domain/projects/project.ts";
import type { PageContext } from "../page_context.ts";
import type { Original } from "../parts/field.tsx";
import { OPTIMIZER_NAMES } from "./optimizer_names.ts";

/** What the form shows: what was typed, as text, and what was wrong with it. */
export interface ExperimentForm {
  values: ExperimentFormValues;
  /** Messages by field. */
  errors: Record<string, string>;
  /** What concerns no field. */
  notice?: string | undefined;
  /** Makes a second submission of this very form harmless. */
  idempotencyKey: string;
  /** The experiment this one is cloned from. */
  original?: { id: number; values: ExperimentFormValues } | undefined;
}

export interface ExperimentFormValues {
  model_name: string;
  dataset_path: string;
  epochs: string;
  batch_size: string;
  learning_rate: string;
  optimizer: string;
  pretrained: boolean;
}

export interface ExperimentFormProps {
  page: PageContext;
  project: Project;
  form: ExperimentForm;
  models: Model[];
  datasets: DatasetChoice[];
  /** The chosen model and dataset, if any. */
  model: Model | undefined;
  dataset: InspectedDataset | undefined;
  /** Whether the form stands in the dialog over the table that gets the new row. */
  inDialog: boolean;
}

/** A dataset as the form offers it. */
export interface DatasetChoice {
  dataset: Dataset;
  /** Why the chosen model cannot be trained on it; `null` when it can, or none is chosen. */
  problem: Problem | null;
}

/** What a field was in the experiment that is cloned. */
export function originalOf(
  field: keyof ExperimentFormValues,
  { page: { messages }, form }: Pick<ExperimentFormProps, "page" | "form">,
): Original | undefined {
  if (!form.original) return undefined;
  const { experiment } = messages;
  const value = form.original.values[field];
  const shown = typeof value === "boolean"
    ? value ? experiment.yes : experiment.no
    : field === "optimizer"
    ? OPTIMIZER_NAMES[value as Optimizer]
    : value;
  return {
    value: String(value),
    text: experiment.original(shown),
    kept: form.values[field] === value,
  };
}

/** Where the eye should go after a refusal: the topmost field at fault. */
export function firstFault({ errors }: ExperimentForm): string | undefined {
  const order = [
    "model_name",
    "dataset_path",
    "epochs",
    "batch_size",
    "learning_rate",
    "optimizer",
  ];
  return order.find((field) => field in errors);
}
