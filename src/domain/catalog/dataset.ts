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

/** A folder below a datasets root, recognised at a glance: enough to say what it suits. */
export interface Dataset {
  /** As stored with a job: absolute, or relative to a root; normalised, `/` between its parts. */
  path: string;
  /** The folder's own name. */
  name: string;
  /** `null`: a folder, but in none of the formats. */
  format: DatasetFormat | null;
  task_types: TaskType[];
  num_classes: number | null;
  class_names: string[];
  /** Why no trainer may be given this folder; `null` when there is no such reason. */
  refusal: Problem | null;
}

/** One part of a dataset: `train`, `val` or `test`. */
export interface Split {
  name: string;
  images: number;
  /** Instances of each class, in the order of `class_names` (images, for classification). */
  class_counts: number[];
}

/** How often a class occurs, in all and in each split. */
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

/** An image that stands for others of its dataset. */
export interface SampleImage {
  /** As `Datasets.image` takes it. */
  path: string;
  split: string;
  /** What it shows, by its label; empty where the label is. */
  class_names: string[];
  /** Whether `Datasets.image` would answer it. */
  showable: boolean;
}

/** A dataset looked at closely: its splits counted, its weak spots named. */
export interface InspectedDataset extends Dataset {
  splits: Split[];
  warnings: Problem[];
  /** A few, spread over classes and splits; the same ones each time. */
  samples: SampleImage[];
}

/** An image file as a browser may be given it. */
export interface ImageFile {
  /** Its media type, told by its first bytes. */
  type: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/**
 * The folders below the datasets roots. A path is absolute below a root or relative to one; what
 * does not exist and what lies outside every root, also through a link, are both `undefined`, so
 * that nothing outside can be probed.
 */
export interface Datasets {
  /** Every recognised or refused dataset directly below a root, by name; glanced at only. */
  list(): Promise<Dataset[]>;
  /** Every folder directly below a root: the list, and what is in none of the formats. */
  listFolders(): Promise<Dataset[]>;
  /** Recognises a folder: reads its shape and a few labels. */
  find(path: string): Promise<Dataset | undefined>;
  /** Inspects a folder: counts its images and reads its labels. */
  inspect(path: string): Promise<InspectedDataset | undefined>;
  /**
   * The image file at a path, found as a folder is. What is no image of a kind that browsers show,
   * and what is too large, is `undefined` as well.
   */
  image(path: string): Promise<ImageFile | undefined>;
}
