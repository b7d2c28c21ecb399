import type { Problem } from "./errors.ts";
import type { TaskType } from "./model.ts";

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

/** A dataset looked at closely: its splits counted, its weak spots named. */
export interface InspectedDataset extends Dataset {
  splits: Split[];
  warnings: Problem[];
}

/**
 * The folders below the datasets roots. A path is absolute below a root or relative to one; what
 * does not exist and what lies outside every root, also through a link, are both `undefined`, so
 * that nothing outside can be probed.
 */
export interface Datasets {
  /** Every recognised or refused dataset directly below a root, by name; recognised only. */
  list(): Promise<Dataset[]>;
  /** Recognises a folder: reads its shape and a few labels. */
  find(path: string): Promise<Dataset | undefined>;
  /** Inspects a folder: counts its images and reads its labels. */
  inspect(path: string): Promise<InspectedDataset | undefined>;
}
