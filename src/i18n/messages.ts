import type { TaskType } from "../domain/catalog/task.ts";
import type { Status } from "../domain/jobs/status.ts";
import type { FieldName, Problem, ProblemKey, Problems } from "../domain/kernel/errors.ts";
import type { AccessMessages } from "./messages/access.ts";
import type { CatalogMessages } from "./messages/catalog.ts";
import type { JobMessages } from "./messages/jobs.ts";
import type { ProjectMessages } from "./messages/projects.ts";

export const LANGUAGES = ["ko", "en"] as const;
export type Language = typeof LANGUAGES[number];

/** `auto` follows the operating system's setting. */
export const THEMES = ["auto", "light", "dark"] as const;
export type Theme = typeof THEMES[number];

/** Every text of the product in one language. A missing key fails the type check. */
export interface Messages extends AccessMessages, ProjectMessages, CatalogMessages, JobMessages {
  language: Language;
  problems: { [K in ProblemKey]: (facts: Problems[K]) => string };
  fields: Record<FieldName, string>;
  tasks: Record<TaskType, string>;
  statuses: Record<Status, string>;
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

/** Words a problem in one language. */
export function say(messages: Messages, problem: Problem): string {
  // TypeScript cannot relate the key to the type of its facts.
  const phrase = messages.problems[problem.key] as (facts: Problem) => string;
  return phrase(problem);
}
