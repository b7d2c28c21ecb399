import type { Action } from "../domain/access/audit.ts";
import type { DatasetFormat } from "../domain/catalog/dataset.ts";
import type { FieldName, Problem, ProblemKey, Problems } from "../domain/kernel/errors.ts";
import type { TaskType } from "../domain/catalog/task.ts";
import type { Role } from "../domain/projects/role.ts";
import type { Scope } from "../domain/access/token.ts";
import type { Status } from "../domain/jobs/status.ts";

export const LANGUAGES = ["ko", "en"] as const;
export type Language = typeof LANGUAGES[number];

/** `auto` follows the reader's system. */
export const THEMES = ["auto", "light", "dark"] as const;
export type Theme = typeof THEMES[number];

/** Problems that a dataset's page can show. */
type DatasetProblemKey = Extract<
  ProblemKey,
  | "dataset_unrecognised"
  | "dataset_unreadable"
  | "dataset_runs_code"
  | "dataset_outside"
  | "no_validation_split"
  | "too_few_classes"
  | "imbalanced_classes"
  | "classes_missing_in_train"
  | "images_without_labels"
  | "labels_sampled"
>;

/** A catalogue: every word of the product in one language. A missing key fails the type check. */
export interface Messages {
  language: Language;
  problems: { [K in ProblemKey]: (facts: Problems[K]) => string };
  fields: Record<FieldName, string>;
  tasks: Record<TaskType, string>;
  statuses: Record<Status, string>;
  account: {
    signIn: string;
    signUp: string;
    signOut: string;
    setUp: string;
    setUpIntro: string;
    signInDemo: string;
    noAccount: string;
    haveAccount: string;
    fullNameOptional: string;
    passwordHint: string;
    showPassword: string;
    tagline: string;
  };
  accountSettings: {
    title: string;
    since: (date: string) => string;
    password: string;
    passwordSubmit: string;
    passwordHint: string;
    sessions: string;
    sessionsHint: string;
    thisSession: string;
    unknownClient: string;
    signedIn: string;
    lastSeen: string;
    endSession: string;
    endSessionOf: (client: string) => string;
    endOthers: string;
    tokens: string;
    tokensHint: string;
    tokensEmpty: string;
    tokenName: string;
    tokenNameHint: string;
    scopes: Record<Scope, string>;
    lifetime: string;
    days: (count: number) => string;
    untilDate: string;
    lastDay: string;
    createToken: string;
    tokenCreated: (name: string) => string;
    tokenOnce: string;
    newToken: string;
    copy: string;
    copied: string;
    tryIt: string;
    expires: (date: string) => string;
    expired: (date: string) => string;
    lastUsed: string;
    neverUsed: string;
    revoke: string;
    revokeOf: (name: string) => string;
    from: (address: string) => string;
    /** What was just done, by the `done` of the page's address. */
    done: Record<"password" | "session" | "others" | "token", string>;
  };
  projects: {
    title: string;
    create: string;
    rename: string;
    save: string;
    remove: string;
    removeConfirm: string;
    created: string;
    empty: string;
    emptyHint: string;
    lastActivity: string;
    experiments: (count: number) => string;
    descriptionOptional: string;
  };
  /** The audit log. */
  activity: {
    title: string;
    hint: string;
    empty: string;
    ofAccount: string;
    ofAccountHint: string;
    /** What was done; `detail` is a status, role or scope in words, or empty. */
    actions: Record<Action, (facts: { subject: string; detail: string }) => string>;
  };
  /** Whom a project is shared with. */
  members: {
    title: string;
    hint: string;
    roles: Record<Role, string>;
    roleHints: Record<Role, string>;
    you: string;
    since: string;
    shared: (count: number) => string;
    sharedBy: (owner: string) => string;
    add: string;
    emailHint: string;
    submit: string;
    roleOf: (name: string) => string;
    save: string;
    saveOf: (name: string) => string;
    remove: string;
    removeOf: (name: string) => string;
    leave: string;
    /** What was just done, by the `done` of the page's address. */
    done: Record<"added" | "changed" | "removed", string>;
  };
  experiments: {
    title: string;
    create: string;
    submit: string;
    submitting: string;
    added: string;
    columns: {
      model: string;
      task: string;
      status: string;
      accuracy: string;
      created: string;
      dataset: string;
      hyperparameters: string;
    };
    search: string;
    filter: string;
    all: string;
    noMatch: string;
    clear: string;
    justNow: string;
    empty: string;
    emptyHint: string;
    more: string;
    formTitle: string;
    chooseModel: string;
    chooseDataset: string;
    noDatasets: string;
    fillRecommended: string;
    pretrained: string;
    hyperparameters: string;
    parameters: (millions: string) => string;
    inputSize: (pixels: number) => string;
    classes: (count: number) => string;
    images: (count: number) => string;
    recommended: (value: string) => string;
    range: (min: string, max: string) => string;
    outputDir: string;
    errors: (count: number) => string;
  };
  /** One experiment's page, its row's menu, and cloning it. */
  experiment: {
    /** Heading of the column of menus. */
    menus: string;
    menu: (model: string) => string;
    open: string;
    clone: string;
    cancel: string;
    remove: string;
    cancelled: string;
    removed: string;
    removeTitle: (model: string) => string;
    removeHint: string;
    /** The way out of the question above. */
    keep: string;
    progress: string;
    events: Record<"created" | "started" | "completed" | "failed" | "cancelled", string>;
    loss: string;
    configuration: string;
    yes: string;
    no: string;
    outputs: string;
    files: (count: number) => string;
    moreFiles: (count: number) => string;
    outputsMissing: string;
    outputsUnavailable: string;
    curl: string;
    /** Followed by the variable's name. */
    curlHint: string;
    copy: string;
    copied: string;
    cloneTitle: (model: string, id: number) => string;
    original: (value: string) => string;
    needsFormat: (formats: readonly string[]) => string;
    /** Task labels. */
    otherTask: (tasks: { needed: string; found: string[] }) => string;
  };
  datasets: {
    title: string;
    intro: string;
    columns: Record<"dataset" | "tasks" | "format" | "classes" | "images" | "warnings", string>;
    countedOnPage: string;
    noWarnings: string;
    unusable: string;
    newExperiment: string;
    warnings: string;
    /** What to do about a problem of a dataset. */
    advice: Record<DatasetProblemKey, string>;
    samples: string;
    sampleAlt: (facts: { file: string; split: string }) => string;
    unlabelled: string;
    notShowable: string;
    splits: string;
    split: string;
    labels: string;
    imagesPerClass: string;
    labelsPerClass: string;
    moreClasses: (count: number) => string;
    notCounted: string;
    empty: string;
    howToAdd: string;
    howToAddSteps: string;
    shapes: Record<DatasetFormat, string>;
    chooseProject: string;
    chooseProjectHint: string;
  };
  models: {
    title: string;
    intro: string;
    columns: Record<
      "model" | "purpose" | "parameters" | "input" | "batch_size" | "learning_rate",
      string
    >;
    filters: Record<"task_type" | "framework", string>;
    all: string;
    count: (count: number) => string;
    newExperiment: string;
    newExperimentWith: (model: string) => string;
    empty: string;
  };
  reference: {
    title: string;
    calls: string;
    parameters: string;
    body: string;
    answers: string;
    example: string;
    schemas: string;
    required: string;
    open: string;
    download: string;
  };
  page: {
    justNow: string;
    home: string;
    close: string;
    skip: string;
    language: string;
    trail: string;
    sections: string;
    account: string;
    theme: string;
    themes: Record<Theme, string>;
    offline: string;
    notFound: string;
    notFoundHint: string;
    forbidden: string;
    broken: string;
    brokenHint: string;
    tooMany: string;
    unavailable: string;
    unavailableHint: string;
    requestId: string;
  };
}

/** A problem in words. */
export function say(messages: Messages, problem: Problem): string {
  // TypeScript does not see that the key and its facts belong together.
  const phrase = messages.problems[problem.key] as (facts: Problem) => string;
  return phrase(problem);
}
