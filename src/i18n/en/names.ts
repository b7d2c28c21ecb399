import type { Messages } from "../messages.ts";

export const fields: Messages["fields"] = {
  project_id: "Project",
  model_name: "Model",
  framework: "Framework",
  task_type: "Task type",
  dataset_path: "Dataset",
  dataset_format: "Dataset format",
  epochs: "Epochs",
  batch_size: "Batch size",
  learning_rate: "Learning rate",
  optimizer: "Optimizer",
  pretrained: "Pretrained",
  name: "Name",
  description: "Description",
  email: "Email",
  password: "Password",
  full_name: "Full name",
  current_password: "Current password",
  new_password: "New password",
  scope: "Scope",
  role: "Role",
  expires_at: "Expiry",
  status: "Status",
  search: "Search",
  sort: "Sort",
  order: "Order",
  limit: "Limit",
  cursor: "Cursor",
  path: "Path",
  validate_only: "validate_only",
  body: "Body",
};

export const tasks: Messages["tasks"] = {
  detection: "detection",
  instance_segmentation: "segmentation",
  image_classification: "classification",
  pose_estimation: "pose",
  oriented_detection: "oriented detection",
  semantic_segmentation: "semantic segmentation",
};

export const statuses: Messages["statuses"] = {
  pending: "⏳ Pending",
  running: "🟡 Running",
  completed: "✅ Completed",
  failed: "❌ Failed",
  cancelled: "🚫 Cancelled",
};

export const roles: Messages["members"]["roles"] = {
  viewer: "Viewer",
  editor: "Editor",
  owner: "Owner",
};
