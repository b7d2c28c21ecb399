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
    // Warnings: a dataset is not refused for them.
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
    /** A dataset's path in a query. */
    path: true;
  }
}

export const DATASET_FORMATS = ["yolo", "imagefolder", "coco"] as const;
export type DatasetFormat = typeof DATASET_FORMATS[number];

/** A folder below a datasets root, with what a quick look says about the tasks it suits. */
export interface Dataset {
  /** As stored with a job: absolute, or relative to a root; normalised, with `/` as separator. */
  path: string;
  /** The folder's own name. */
  name: string;
  /** `null`: the folder is in none of the formats. */
  format: DatasetFormat | null;
  task_types: TaskType[];
  num_classes: number | null;
  class_names: string[];
  /** Why this folder must not be given to a trainer; `null` when it may. */
  refusal: Problem | null;
}

/** One part of a dataset: `train`, `val` or `test`. */
export interface Split {
  name: string;
  images: number;
  /** Instances of each class, in the order of `class_names` (images, for classification). */
  class_counts: number[];
}

/** How often a class occurs, in total and in each split. */
export interface ClassCount {
  name: string;
  total: number;
  /** In the order of the dataset's splits. */
  by_split: number[];
}

/** The classes of a dataset with their counts, the largest first. */
export function classCounts({ class_names, splits }: InspectedDataset): ClassCount[] {
  const counts = class_names.map((name, index) => {
    const by_split = splits.map((split) => split.class_counts[index] ?? 0);
    return { name, total: by_split.reduce((sum, count) => sum + count, 0), by_split };
  });
  return counts.sort((one, other) => other.total - one.total);
}

/** An image that is shown as an example of its dataset. */
export interface SampleImage {
  /** The argument for `Datasets.image`. */
  path: string;
  split: string;
  /** The classes in its label; empty when the label is. */
  class_names: string[];
  /** Whether `Datasets.image` returns it. */
  showable: boolean;
}

/** A dataset with the counts of its splits and warnings about it. */
export interface InspectedDataset extends Dataset {
  splits: Split[];
  warnings: Problem[];
  /** A few, spread over classes and splits; always the same ones. */
  samples: SampleImage[];
}

/** An image file that is safe to send to a browser. */
export interface ImageFile {
  /** The media type, detected from the first bytes. */
  type: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/**
 * The folders below the datasets roots. A path is absolute below a root or relative to one. The
 * answer is `undefined` both for what does not exist and for what lies outside every root, also
 * through a link, so that nothing outside can be probed. All methods throw a `DomainError`
 * `unavailable` when reading fails or takes too long.
 */
export interface Datasets {
  /** Every recognised or refused dataset directly below a root, by name, from a quick look. */
  list(): Promise<Dataset[]>;
  /** Every folder directly below a root: the list, and folders in none of the formats. */
  listFolders(): Promise<Dataset[]>;
  /** Recognises a folder by its structure and a few labels. The answer may be a second old. */
  find(path: string): Promise<Dataset | undefined>;
  /** Inspects a folder: counts its images and reads its labels. */
  inspect(path: string): Promise<InspectedDataset | undefined>;
  /**
   * The image file at a path. Also `undefined` when it is not an image that browsers show, or too
   * large.
   */
  image(path: string): Promise<ImageFile | undefined>;
}
