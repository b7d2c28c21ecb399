import type { TaskType } from "../catalog/model.ts";
import type { Role } from "../projects/role.ts";
import type { Status } from "../jobs/job.ts";
/**
 * What can go wrong, as data. An operation throws one `DomainError`; the edge turns its `code` into
 * a status and its `problem` into words (English on the API, the reader's language on pages).
 */

/** Every message the product can give about a failure or a doubt, with the facts it needs. */
export interface Problems {
  // Input, one field at a time.
  required: { field: FieldName };
  wrong_type: { field: FieldName; expected: string };
  out_of_range: { field: FieldName; min: number; max: number };
  too_short: { field: FieldName; min: number };
  too_long: { field: FieldName; max: number };
  not_one_of: { field: FieldName; values: readonly string[] };
  malformed: { field: FieldName };
  not_json: Record<never, never>;
  not_an_object: Record<never, never>;
  too_deep: { limit: number };
  not_a_form: Record<never, never>;
  too_many_fields: { limit: number };
  url_too_long: { limit: number };
  url_malformed: Record<never, never>;
  // Who is asking.
  unauthenticated: Record<never, never>;
  session_ended: Record<never, never>;
  invalid_credentials: Record<never, never>;
  too_many_tries: { seconds: number };
  too_many_creations: { seconds: number };
  signup_closed: Record<never, never>;
  setup_link_invalid: Record<never, never>;
  email_taken: Record<never, never>;
  password_wrong: Record<never, never>;
  sign_in_required: Record<never, never>;
  insufficient_scope: { needed: string };
  session_not_found: Record<never, never>;
  personal_access_token_not_found: Record<never, never>;
  token_name_taken: Record<never, never>;
  too_many_tokens: { max: number };
  expiry_out_of_range: { max_days: number };
  cross_site: Record<never, never>;
  // What is asked for.
  page_not_found: Record<never, never>;
  method_not_allowed: { methods: readonly string[] };
  project_not_found: Record<never, never>;
  training_job_not_found: Record<never, never>;
  transition_refused: { verb: "cancel" | "delete"; status: Status };
  role_insufficient: { needed: Role };
  project_member_not_found: Record<never, never>;
  account_not_found: Record<never, never>;
  already_member: Record<never, never>;
  owner_stays: Record<never, never>;
  project_running: Record<never, never>;
  project_name_unconfirmed: Record<never, never>;
  idempotency_key_malformed: Record<never, never>;
  idempotency_key_reused: Record<never, never>;
  body_too_large: { limit: number };
  // Models and datasets.
  model_unknown: { model_name: string; similar: readonly string[] };
  framework_disagrees: { model_name: string; expected: string; given: string };
  task_disagrees: { model_name: string; expected: string; given: string };
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
  // Warnings about a dataset: nothing is refused for them.
  no_validation_split: Record<never, never>;
  too_few_classes: { num_classes: number };
  imbalanced_classes: { most: string; least: string; ratio: number };
  classes_missing_in_train: { classes: readonly string[] };
  images_without_labels: { split: string; count: number };
  labels_sampled: { read: number; total: number };
  // The machine.
  unavailable: { what: "database" | "volume" | "datasets" };
  busy: Record<never, never>;
  stopping: Record<never, never>;
  internal: Record<never, never>;
}

export type ProblemKey = keyof Problems;

/** One problem: its key and its facts, `{ key: "dataset_not_found", dataset_path: "…" }`. */
export type Problem = { [K in ProblemKey]: { key: K } & Problems[K] }[ProblemKey];

/** The fields a message can name; each has a label in every language. */
export const FIELD_NAMES = [
  "project_id",
  "model_name",
  "framework",
  "task_type",
  "dataset_path",
  "dataset_format",
  "epochs",
  "batch_size",
  "learning_rate",
  "optimizer",
  "pretrained",
  "name",
  "description",
  "email",
  "password",
  "full_name",
  "current_password",
  "new_password",
  "scope",
  "role",
  "expires_at",
  "status",
  "search",
  "sort",
  "order",
  "limit",
  "cursor",
  "path",
  "validate_only",
  "body",
] as const;
export type FieldName = typeof FIELD_NAMES[number];

export interface FieldProblem {
  field: FieldName;
  problem: Problem;
}

/** Kinds of failure; `src/http/problem.ts` holds the one table from code to status. */
export type ErrorCode =
  | "invalid"
  | "unauthenticated"
  | "forbidden"
  | "not_found"
  | "method_not_allowed"
  | "conflict"
  | "key_reused"
  | "too_large"
  | "url_too_long"
  | "too_many"
  | "unavailable";

export class DomainError extends Error {
  readonly fields: readonly FieldProblem[];

  constructor(
    readonly code: ErrorCode,
    readonly problem: Problem,
    options: ErrorOptions & { fields?: readonly FieldProblem[] } = {},
  ) {
    super(problem.key, options);
    this.name = "DomainError";
    this.fields = options.fields ?? [];
  }
}

/** Input at fault, one problem a field. Takes at least one. */
export function invalid(...fields: [FieldProblem, ...FieldProblem[]]): DomainError {
  return new DomainError("invalid", fields[0].problem, { fields });
}

/** What is looked up by an id. */
export type Noun =
  | "project"
  | "project_member"
  | "training_job"
  | "session"
  | "personal_access_token";

export function notFound(noun: Noun): DomainError {
  return new DomainError("not_found", { key: `${noun}_not_found` });
}

/** The server cannot start or go on as configured. The message is one line that names the variable
 * or the thing to mend. */
export class StartupError extends Error {
  override name = "StartupError";
}
