import type { DatasetFormat } from "../../domain/catalog/dataset.ts";
import type { ProblemKey } from "../../domain/kernel/errors.ts";

export interface CatalogMessages {
  datasets: {
    title: string;
    intro: string;
    columns: Record<"dataset" | "tasks" | "format" | "classes" | "images" | "warnings", string>;
    countedOnPage: string;
    noWarnings: string;
    unusable: string;
    newExperiment: string;
    warnings: string;
    /** What to do about a problem of a dataset. */
    advice: Record<DatasetProblemKey, string>;
    samples: string;
    sampleAlt: (facts: { file: string; split: string }) => string;
    unlabelled: string;
    notShowable: string;
    splits: string;
    split: string;
    labels: string;
    imagesPerClass: string;
    labelsPerClass: string;
    moreClasses: (count: number) => string;
    notCounted: string;
    empty: string;
    howToAdd: string;
    howToAddSteps: string;
    shapes: Record<DatasetFormat, string>;
    chooseProject: string;
    chooseProjectHint: string;
  };
  models: {
    title: string;
    intro: string;
    columns: Record<
      "model" | "purpose" | "parameters" | "input" | "batch_size" | "learning_rate",
      string
    >;
    filters: Record<"task_type" | "framework", string>;
    all: string;
    count: (count: number) => string;
    newExperiment: string;
    newExperimentWith: (model: string) => string;
    empty: string;
  };
}

/** The problems that a dataset's page can show. */
type DatasetProblemKey = Extract<
  ProblemKey,
  | "dataset_unrecognised"
  | "dataset_unreadable"
  | "dataset_runs_code"
  | "dataset_outside"
  | "no_validation_split"
  | "too_few_classes"
  | "imbalanced_classes"
  | "classes_missing_in_train"
  | "images_without_labels"
  | "labels_sampled"
>;
