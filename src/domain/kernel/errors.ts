/**
 * Failures as data. An operation throws one `DomainError`; the edge turns its `code` into a status and
 * its `problem` into words (English on the API, the reader's language on pages).
 */

/**
 * Every message about a failure or a doubt, with the facts it needs. Each noun adds its own by
 * declaration merging, so that this file knows none of them. Both language catalogues must word all
 * of them.
 */
export interface Problems {
  // Input, one field at a time.
  required: { field: FieldName };
  wrong_type: { field: FieldName; expected: string };
  out_of_range: { field: FieldName; min: number; max: number };
  too_short: { field: FieldName; min: number };
  too_long: { field: FieldName; max: number };
  not_one_of: { field: FieldName; values: readonly string[] };
  malformed: { field: FieldName };
  // Requests.
  not_json: Record<never, never>;
  not_an_object: Record<never, never>;
  too_deep: { limit: number };
  not_a_form: Record<never, never>;
  too_many_fields: { limit: number };
  url_too_long: { limit: number };
  url_malformed: Record<never, never>;
  body_too_large: { limit: number };
  cross_site: Record<never, never>;
  page_not_found: Record<never, never>;
  method_not_allowed: { methods: readonly string[] };
  idempotency_key_malformed: Record<never, never>;
  idempotency_key_reused: Record<never, never>;
  // The machine.
  unavailable: { what: "database" | "volume" | "datasets" };
  busy: Record<never, never>;
  stopping: Record<never, never>;
  internal: Record<never, never>;
}

export type ProblemKey = keyof Problems;

/** One problem: its key and its facts, `{ key: "dataset_not_found", dataset_path: "…" }`. */
export type Problem = { [K in ProblemKey]: { key: K } & Problems[K] }[ProblemKey];

/** Input fields that a message can name; each has a label in every language. Nouns add theirs. */
export interface Fields {
  /** The input as a whole. */
  body: true;
  limit: true;
  cursor: true;
  search: true;
  sort: true;
  order: true;
}
export type FieldName = keyof Fields;

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

/** Input at fault, one problem per field. Takes at least one. */
export function invalid(...fields: [FieldProblem, ...FieldProblem[]]): DomainError {
  return new DomainError("invalid", fields[0].problem, { fields });
}

/** What can be looked up by an id: each has a problem `{noun}_not_found` without facts. */
export type Noun = {
  [K in ProblemKey]: keyof Problems[K] extends never ? K extends `${infer N}_not_found` ? N : never
    : never;
}[ProblemKey];

export function notFound(noun: Noun): DomainError {
  return new DomainError("not_found", { key: `${noun}_not_found` } as Problem);
}

/** A unique value is taken, or a referenced row is gone; nothing was changed. */
export class Conflict extends Error {
  override name = "Conflict";
}

/** A write was sent and its answer was lost: it may have been committed. */
export class OutcomeUnknown extends DomainError {
  constructor(options: ErrorOptions) {
    super("unavailable", { key: "unavailable", what: "database" }, options);
    this.name = "OutcomeUnknown";
  }
}

/** The server cannot start or continue as configured. The message is one line that names the variable
 * or the thing to fix. */
export class StartupError extends Error {
  override name = "StartupError";
}
