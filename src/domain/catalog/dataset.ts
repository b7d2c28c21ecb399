import type { Problem } from "../kernel/errors.ts";
import type { TaskType } from "./task.ts";

declare module "../kernel/errors.ts" {
  interface Problems {
    dataset_not_found: { dataset_path: string };
    dataset_unrecognised: { dataset_path: string };
    dataset_unreadable: { dataset_path: string; reason: string };
    dataset_runs_code: { dataset_path: string };
    dataset_outside: { dataset_path: string; split: string };
    dataset_format_disagrees: { given: string; found: string };
    dataset_unsuitable: {
      model_name: string;
      needed_task: TaskType;
      needed_formats: readonly string[];
      found_format: string;
      found_tasks: readonly TaskType[];
    };
    // Warnings; the dataset can still be used.
    no_validation_split: Record<never, never>;
    too_few_classes: { num_classes: number };
    imbalanced_classes: { most: string; least: string; ratio: number };
    classes_missing_in_train: { classes: readonly string[] };
    images_without_labels: { split: string; count: number };
    labels_sampled: { read: number; total: number };
  }
  interface Fields {
    dataset_path: true;
    dataset_format: true;
    /** A dataset's path in a query string. */
    path: true;
  }
}

export const DATASET_FORMATS = ["yolo", "imagefolder", "coco"] as const;
export type DatasetFormat = typeof DATASET_FORMATS[number];

/** A folder below a dataset root, read only as far as needed to tell its format and tasks. */
export interface Dataset {
  /** As stored with a job: normalised, absolute or relative to a root, separated by `/`. */
  path: string;
  /** The name of the folder. */
  name: string;
  /** `null`: none of the formats. */
  format: DatasetFormat | null;
  task_types: TaskType[];
  num_classes: number | null;
  class_names: string[];
  /** Why this folder cannot be used for training; `null` when it can. */
  refusal: Problem | null;
}

/** One part of a dataset: `train`, `val` or `test`. */
export interface Split {
  name: string;
  images: number;
  /** Labels per class, in the order of `class_names`; images per class for classification. */
  class_counts: number[];
}

/** The labels (or images) of a class, in total and per split. */
export interface ClassCount {
  name: string;
  total: number;
  /** In the order of the dataset's splits. */
  by_split: number[];
}

/** Counts per class, largest first. */
export function classCounts({ class_names, splits }: InspectedDataset): ClassCount[] {
  const counts = class_names.map((name, index) => {
    const by_split = splits.map((split) => split.class_counts[index] ?? 0);
    return { name, total: by_split.reduce((sum, count) => sum + count, 0), by_split };
  });
  return counts.sort((one, other) => other.total - one.total);
}

/** An example image. */
export interface SampleImage {
  /** Accepted by `Datasets.image`. */
  path: string;
  split: string;
  /** The classes in its label; empty when it has none. */
  class_names: string[];
  /** Whether `Datasets.image` returns it. */
  showable: boolean;
}

/** A dataset with counts and warnings, read completely. */
export interface InspectedDataset extends Dataset {
  splits: Split[];
  warnings: Problem[];
  /** A few images across classes and splits, chosen deterministically. */
  samples: SampleImage[];
}

/** An image file that is safe to send to a browser. */
export interface ImageFile {
  /** The media type, detected from the first bytes. */
  type: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/**
 * The folders below the dataset roots. A path is relative to a root, or absolute and below one. For
 * paths outside the roots, also through a symbolic link, the result is `undefined`, as for paths
 * that do not exist, so that nothing outside can be probed.
 */
export interface Datasets {
  /** The datasets directly below a root, usable or not, by name; read only as far as `Dataset`. */
  list(): Promise<Dataset[]>;
  /** Like `list`, with the folders that are in none of the formats. */
  listFolders(): Promise<Dataset[]>;
  /** Recognises one folder. Reads its structure and a few labels. */
  find(path: string): Promise<Dataset | undefined>;
  /** Inspects one folder. Counts its images and reads its labels. */
  inspect(path: string): Promise<InspectedDataset | undefined>;
  /**
   * Reads an image file. `undefined` also when it is too large or not in a format that browsers
   * display.
   */
  image(path: string): Promise<ImageFile | undefined>;
}
