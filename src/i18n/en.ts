import type { Messages } from "./messages.ts";

const list = new Intl.ListFormat("en", { type: "disjunction" });
const both = new Intl.ListFormat("en", { type: "conjunction" });
const label = (field: keyof typeof fields) => fields[field];

const fields: Messages["fields"] = {
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
  status: "Status",
  limit: "Limit",
  cursor: "Cursor",
  path: "Path",
  validate_only: "validate_only",
  body: "Body",
};

const EXPECTED: Record<string, string> = {
  int: "a whole number",
  number: "a number",
  string: "text",
  boolean: "true or false",
  object: "an object",
};

/** English; the API's `detail`s are worded here as the contract has them. */
export const en: Messages = {
  language: "en",
  problems: {
    required: ({ field }) => `${label(field)} is required`,
    wrong_type: ({ field, expected }) =>
      `${label(field)} must be ${EXPECTED[expected] ?? `of type ${expected}`}`,
    out_of_range: ({ field, min, max }) => `${label(field)} must be between ${min} and ${max}`,
    too_short: ({ field, min }) => `${label(field)} must have at least ${min} characters`,
    too_long: ({ field, max }) => `${label(field)} must have at most ${max} characters`,
    not_one_of: ({ field, values }) => `${label(field)} must be ${list.format(values)}`,
    malformed: ({ field }) => `${label(field)} is not valid`,
    not_json: () => "Body must be JSON, with Content-Type: application/json",
    not_an_object: () => "Body must be a JSON object",
    unauthenticated: () => "A valid bearer token is required",
    invalid_credentials: () => "Invalid credentials",
    too_many_tries: ({ seconds }) => `Too many tries; try again in ${seconds} seconds`,
    signup_closed: () => "Sign-up is closed",
    setup_link_invalid: () => "This set-up link is used or has expired",
    email_taken: () => "There is an account with this email already",
    cross_site: () => "The request came from another site",
    page_not_found: () => "Not found",
    method_not_allowed: ({ methods }) => `Method not allowed; here are ${both.format(methods)}`,
    project_not_found: () => "Project not found",
    training_job_not_found: () => "Training job not found",
    transition_refused: ({ verb, status }) => `Cannot ${verb} job with status '${status}'`,
    project_running: () => "Cannot delete project while a training job is running",
    project_name_unconfirmed: () => "Type the project's name to delete it",
    idempotency_key_malformed: () => "Idempotency-Key must be 1 to 255 visible ASCII characters",
    idempotency_key_reused: () => "Idempotency-Key was used with another request body",
    body_too_large: ({ limit }) => `Body must be at most ${limit} bytes`,
    model_unknown: ({ model_name, similar }) =>
      `Model not found: ${model_name}` +
      (similar.length > 0 ? `. Similar: ${similar.join(", ")}` : "; see GET /api/v1/models"),
    framework_disagrees: ({ model_name, expected, given }) =>
      `Model ${model_name} belongs to framework ${expected}, not ${given}`,
    task_disagrees: ({ model_name, expected, given }) =>
      `Model ${model_name} is for task ${expected}, not ${given}`,
    dataset_not_found: ({ dataset_path }) => `Dataset not found: ${dataset_path}`,
    dataset_unrecognised: ({ dataset_path }) =>
      `Dataset ${dataset_path} is in none of the formats yolo, imagefolder, coco`,
    dataset_unreadable: ({ dataset_path, reason }) =>
      `Dataset ${dataset_path} cannot be used: ${reason}`,
    dataset_runs_code: ({ dataset_path }) =>
      `Dataset ${dataset_path} is refused: its data.yaml has a download key, which trainers execute; remove the key`,
    dataset_outside: ({ dataset_path, split }) =>
      `Dataset ${dataset_path} is refused: ${split} in its data.yaml leads outside the datasets folder`,
    dataset_format_disagrees: ({ given, found }) =>
      `Dataset format must be ${found}, which is what was found, not ${given}`,
    dataset_unsuitable: (facts) =>
      `Model ${facts.model_name} needs a dataset for ${facts.needed_task} in format ` +
      `${list.format(facts.needed_formats)}; found ${facts.found_format} for ` +
      `${both.format(facts.found_tasks)}`,
    no_validation_split: () => "There is no validation split; add a val folder",
    too_few_classes: ({ num_classes }) =>
      `Classification needs at least two classes, found ${num_classes}`,
    imbalanced_classes: ({ most, least, ratio }) =>
      `Classes are out of balance: ${most} has ${ratio} times as many as ${least}`,
    classes_missing_in_train: ({ classes }) => `In val but not in train: ${both.format(classes)}`,
    images_without_labels: ({ split, count }) => `Images without labels in ${split}: ${count}`,
    labels_sampled: ({ read, total }) => `Only ${read} of ${total} label files were read`,
    unavailable: ({ what }) =>
      `The ${what === "database" ? "database" : "output volume"} is unavailable; try again soon`,
    stopping: () => "The server is stopping; try again soon",
    internal: () => "Something went wrong on the server",
  },
  fields,
  tasks: {
    detection: "detection",
    instance_segmentation: "segmentation",
    image_classification: "classification",
    pose_estimation: "pose",
    oriented_detection: "oriented detection",
    semantic_segmentation: "semantic segmentation",
  },
  statuses: {
    pending: "⏳ Pending",
    running: "🟡 Running",
    completed: "✅ Completed",
    failed: "❌ Failed",
    cancelled: "🚫 Cancelled",
  },
  account: {
    signIn: "Sign in",
    signUp: "Create account",
    signOut: "Sign out",
    setUp: "Set up Trainyard",
    setUpIntro: "Create the first account. The link works once.",
    signInDemo: "Sign in as the demo user",
    noAccount: "No account yet?",
    haveAccount: "Already have an account?",
    fullNameOptional: "Full name (optional)",
    passwordHint: "At least 8 characters",
    tagline: "Set up and follow training experiments",
  },
  projects: {
    title: "Projects",
    create: "New project",
    rename: "Edit",
    save: "Save",
    remove: "Delete",
    removeConfirm: "To delete the project with all its experiments and outputs, type its name.",
    created: "Create project",
    empty: "No projects yet",
    emptyHint: "A project collects experiments on one question. Create the first one here.",
    experiments: (count) => count === 1 ? "1 experiment" : `${count} experiments`,
    descriptionOptional: "Description (optional)",
  },
  experiments: {
    title: "Experiments",
    create: "New experiment",
    submit: "Create training",
    submitting: "Creating…",
    added: "Training job created!",
    columns: {
      model: "Model",
      task: "Task",
      status: "Status",
      accuracy: "Accuracy",
      created: "Created",
      dataset: "Dataset",
      hyperparameters: "Hyperparameters",
    },
    justNow: "just now 🆕",
    empty: "No experiments yet",
    emptyHint: "Pick a model, a dataset and hyperparameters; the experiment appears here.",
    more: "Show older",
    formTitle: "New experiment",
    chooseModel: "Choose a model",
    chooseDataset: "Choose a dataset",
    noDatasets:
      "No datasets found. Put a folder in yolo, imagefolder or coco shape into DATASETS_DIR.",
    fillRecommended: "Fill in the model's recommended values",
    pretrained: "Start from pretrained weights",
    hyperparameters: "Hyperparameters",
    parameters: (millions) => `${millions} M parameters`,
    inputSize: (pixels) => `${pixels} px input`,
    classes: (count) => count === 1 ? "1 class" : `${count} classes`,
    images: (count) => count === 1 ? "1 image" : `${count} images`,
    recommended: (value) => `recommended ${value}`,
    range: (min, max) => `${min} to ${max}`,
    outputDir: "Outputs go to",
    errors: (count) => count === 1 ? "One field needs a look" : `${count} fields need a look`,
    unsuitable: "does not suit the model",
  },
  reference: {
    title: "API reference",
    calls: "Calls",
    parameters: "Parameters",
    body: "Body",
    answers: "Answers",
    example: "Example",
    schemas: "Schemas",
    required: "required",
    open: "No token needed",
    download: "OpenAPI 3.1 document (JSON)",
  },
  page: {
    home: "To the projects",
    close: "Close",
    skip: "Skip to content",
    language: "Language",
    offline: "The server cannot be reached. Nothing you typed is lost; try again in a moment.",
    notFound: "Nothing here",
    notFoundHint: "The page does not exist, or it is not yours to see.",
    forbidden: "Not allowed",
    broken: "Something went wrong",
    brokenHint:
      "It was not your fault. Try again; if it stays, give the request number to whoever runs this server.",
    unavailable: "Not available right now",
    unavailableHint: "Nothing was changed. Try again in a moment.",
    requestId: "Request",
  },
};
