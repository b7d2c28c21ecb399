import type { DatasetFormat } from "./dataset.ts";

/** What a model is trained to do. */
export const TASK_TYPES = [
  "detection",
  "instance_segmentation",
  "image_classification",
  "pose_estimation",
  "oriented_detection",
  "semantic_segmentation",
] as const;
export type TaskType = typeof TASK_TYPES[number];

/** An entry of the model catalogue. */
export interface Model {
  name: string;
  display_name: string;
  framework: string;
  task_type: TaskType;
  /** Parameters, in millions. */
  parameters_m: number;
  /** Side of the square input, in pixels. */
  input_size: number;
  recommended_batch_size: number;
  recommended_learning_rate: number;
  /** One line in English. */
  description: string;
  /** The same in Korean; an entry of a deployment's own may come without. */
  description_ko?: string | undefined;
  /** Dataset formats this model's trainer reads. */
  dataset_formats: readonly DatasetFormat[];
}

export interface ModelFilter {
  framework?: string | undefined;
  task_type?: TaskType | undefined;
}

/** The models on offer. Names are unique. */
export interface Catalogue {
  list(filter?: ModelFilter): Model[];
  find(name: string): Model | undefined;
}
