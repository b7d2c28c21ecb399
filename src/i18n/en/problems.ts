import type { Messages } from "../messages.ts";
import { and, or } from "./lists.ts";
import { fields } from "./names.ts";

export const problems: Messages["problems"] = {
  required: ({ field }) => `${fields[field]} is required`,
  wrong_type: ({ field, expected }) =>
    `${fields[field]} must be ${EXPECTED[expected] ?? `of type ${expected}`}`,
  out_of_range: ({ field, min, max }) => `${fields[field]} must be between ${min} and ${max}`,
  too_short: ({ field, min }) => `${fields[field]} must have at least ${min} characters`,
  too_long: ({ field, max }) => `${fields[field]} must have at most ${max} characters`,
  not_one_of: ({ field, values }) => `${fields[field]} must be ${or(values)}`,
  malformed: ({ field }) => `${fields[field]} is not valid`,
  not_json: () => "Body must be JSON, with Content-Type: application/json",
  not_an_object: () => "Body must be a JSON object",
  too_deep: ({ limit }) => `Body must not nest deeper than ${limit}`,
  not_a_form: () => "Body must be a form that can be read",
  too_many_fields: ({ limit }) => `Body must have at most ${limit} fields`,
  url_too_long: ({ limit }) => `The address must be at most ${limit} characters`,
  url_malformed: () => "The address or its Host header is not valid",
  unauthenticated: () => "A valid bearer token is required",
  session_ended: () =>
    "You are signed out. Sign in in another tab and send this again; what you typed is still here",
  invalid_credentials: () => "Invalid credentials",
  too_many_tries: ({ seconds }) => `Too many tries; try again in ${seconds} seconds`,
  too_many_creations: ({ seconds }) =>
    `Too many training jobs in a minute; try again in ${seconds} seconds`,
  signup_closed: () => "Sign-up is closed",
  setup_link_invalid: () => "This set-up link is used or has expired",
  email_taken: () => "There is an account with this email already",
  password_wrong: () => "Current password is wrong",
  sign_in_required: () => "A personal access token cannot do this; sign in with email and password",
  insufficient_scope: ({ needed }) => `This token lacks the scope '${needed}'`,
  session_not_found: () => "Session not found",
  personal_access_token_not_found: () => "Token not found",
  token_name_taken: () => "There is a token of this name already",
  too_many_tokens: ({ max }) => `There are ${max} tokens already; revoke one first`,
  expiry_out_of_range: ({ max_days }) =>
    `Expiry must be in the future and at most ${max_days} days ahead`,
  cross_site: () => "The request came from another site",
  page_not_found: () => "Not found",
  method_not_allowed: ({ methods }) => `Method not allowed; here are ${and(methods)}`,
  project_not_found: () => "Project not found",
  training_job_not_found: () => "Training job not found",
  transition_refused: ({ verb, status }) => `Cannot ${verb} job with status '${status}'`,
  role_insufficient: ({ needed }) => `This takes the role '${needed}' in the project`,
  project_member_not_found: () => "Member not found",
  account_not_found: () => "There is no account with this email; they must register first",
  already_member: () => "The project is shared with them already",
  owner_stays: () => "The owner of a project can neither leave it nor change role",
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
    `${or(facts.needed_formats)}; found ${facts.found_format} for ` +
    `${and(facts.found_tasks)}`,
  no_validation_split: () => "There is no validation split; add a val folder",
  too_few_classes: ({ num_classes }) =>
    `Classification needs at least two classes, found ${num_classes}`,
  imbalanced_classes: ({ most, least, ratio }) =>
    `Classes are out of balance: ${most} has ${ratio} times as many as ${least}`,
  classes_missing_in_train: ({ classes }) => `In val but not in train: ${and(classes)}`,
  images_without_labels: ({ split, count }) => `Images without labels in ${split}: ${count}`,
  labels_sampled: ({ read, total }) => `Only ${read} of ${total} label files were read`,
  unavailable: ({ what }) =>
    ({
      database: "The database is unavailable; try again soon",
      volume: "The output volume is unavailable; try again soon",
      datasets: "Reading the dataset failed or took too long; try again soon",
    })[what],
  busy: () => "Too many people are signing in at this moment; try again soon",
  stopping: () => "The server is stopping; try again soon",
  internal: () => "Something went wrong on the server",
};

const EXPECTED: Record<string, string> = {
  int: "a whole number",
  number: "a number",
  string: "text",
  boolean: "true or false",
  object: "an object",
};
