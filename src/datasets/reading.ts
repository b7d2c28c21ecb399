import type { Split } from "../domain/catalog/dataset.ts";
import type { Problem } from "../domain/kernel/errors.ts";
import type { TaskType } from "../domain/catalog/task.ts";
import type { Candidate } from "./samples.ts";

/** One dataset's folder while it is read, and how far reading may go. */
export interface Ground {
  /** The path it was asked by, for messages. */
  path: string;
  /** The real path of its folder. */
  folder: string;
  /** The real paths of the roots: nothing outside them is read. */
  roots: readonly string[];
  /** How many more folder entries may be looked at. */
  entriesLeft: number;
  /** The folders and files that what is found rests on, also missing ones; labels are left out. */
  seen: Set<string>;
}

/** What a reader of one format finds. A `glance` leaves all but tasks and classes unsaid. */
export interface Reading {
  task_types: TaskType[];
  num_classes: number | null;
  class_names: string[];
  splits: Split[];
  warnings: Problem[];
  samples: Candidate[];
}

/** A `glance` is made whenever a job is created; a `close` look counts images and reads labels. */
export type Look = "glance" | "close";

/** Thrown while reading a dataset that no trainer may be given. */
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
