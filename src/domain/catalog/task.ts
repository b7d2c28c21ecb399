/** What a model is trained for. */
export const TASK_TYPES = [
  "detection",
  "instance_segmentation",
  "image_classification",
  "pose_estimation",
  "oriented_detection",
  "semantic_segmentation",
] as const;
export type TaskType = typeof TASK_TYPES[number];
