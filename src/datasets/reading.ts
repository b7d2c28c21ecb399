import { basename } from "node:path";
import type { Dataset, DatasetFormat, Split } from "../domain/catalog/dataset.ts";
import type { Problem } from "../domain/kernel/errors.ts";
import type { TaskType } from "../domain/catalog/task.ts";
import type { Candidate } from "./samples.ts";

/** The folder of one dataset while it is read, and the limits of reading it. */
export interface Ground {
  /** The path the user asked for, for messages. */
  path: string;
  /** The real path of its folder. */
  folder: string;
  /** The real paths of the roots: nothing outside them is read. */
  roots: readonly string[];
  /** How many more folder entries may be read. */
  entriesLeft: number;
}

/** What the reader of a format finds. Only tasks and classes are meaningful after a `glance`. */
export interface Reading {
  task_types: TaskType[];
  num_classes: number | null;
  class_names: string[];
  splits: Split[];
  warnings: Problem[];
  samples: Candidate[];
}

/** A `glance` recognises tasks and classes, for creations and lists; `close` also counts. */
export type Look = "glance" | "close";

/** Thrown for a dataset that must not be given to a trainer. */
export class Refusal extends Error {
  constructor(readonly problem: Problem) {
    super(problem.key);
    this.name = "Refusal";
  }
}

/** `reason` is English and holds no absolute path. */
export function unreadable(ground: Ground, reason: string): Refusal {
  return new Refusal({ key: "dataset_unreadable", dataset_path: ground.path, reason });
}

export function outside(ground: Ground, split: string): Refusal {
  return new Refusal({ key: "dataset_outside", dataset_path: ground.path, split });
}

export function refusedDataset(
  path: string,
  { problem, format = null }: { problem: Problem; format?: DatasetFormat | null },
): Dataset {
  return {
    path,
    name: basename(path),
    format,
    task_types: [],
    num_classes: null,
    class_names: [],
    refusal: problem,
  };
}
