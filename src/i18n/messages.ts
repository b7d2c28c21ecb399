import type { FieldName, Problem, ProblemKey, Problems } from "../domain/errors.ts";
import type { TaskType } from "../domain/model.ts";
import type { Status } from "../domain/training_job.ts";

export const LANGUAGES = ["ko", "en"] as const;
export type Language = typeof LANGUAGES[number];

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
    tagline: string;
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
    experiments: (count: number) => string;
    descriptionOptional: string;
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
    unsuitable: string;
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
    home: string;
    close: string;
    skip: string;
    language: string;
    offline: string;
    notFound: string;
    notFoundHint: string;
    forbidden: string;
    broken: string;
    brokenHint: string;
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
