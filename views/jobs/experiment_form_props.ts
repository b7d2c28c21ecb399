import type { Dataset, InspectedDataset } from "../../src/domain/catalog/dataset.ts";
import type { Model } from "../../src/domain/catalog/model.ts";
import type { Optimizer } from "../../src/domain/jobs/job.ts";
import type { Problem } from "../../src/domain/kernel/errors.ts";
import type { Project } from "../../src/domain/projects/project.ts";
import type { PageContext } from "../page_context.ts";
import type { Original } from "../parts/field.tsx";
import { OPTIMIZER_NAMES } from "./optimizer_names.ts";

/** The form's input as text, and what is wrong with it. */
export interface ExperimentForm {
  values: ExperimentFormValues;
  /** Messages by field. */
  errors: Record<string, string>;
  /** A message that belongs to no field. */
  notice?: string | undefined;
  /** Sent with the form, so that submitting it twice creates one job. */
  idempotencyKey: string;
  /** The experiment being cloned. */
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
  /** The selected model and dataset. */
  model: Model | undefined;
  dataset: InspectedDataset | undefined;
  /** Whether the form is in the dialog above the list, rather than on its own page. */
  inDialog: boolean;
}

/** A dataset the form offers. */
export interface DatasetChoice {
  dataset: Dataset;
  /** Why the selected model cannot train on it; `null` when it can or no model is selected. */
  problem: Problem | null;
}

/** The field's value in the experiment being cloned; `undefined` when nothing is cloned. */
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

/** The topmost field with an error, which gets the focus. */
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
