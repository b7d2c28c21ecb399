import { access } from "./en/access.ts";
import { catalog } from "./en/catalog.ts";
import { jobs } from "./en/jobs.ts";
import { fields, statuses, tasks } from "./en/names.ts";
import { problems } from "./en/problems.ts";
import { projects } from "./en/projects.ts";
import type { Messages } from "./messages.ts";

/** English. Also the `detail` of API errors, whose wording is part of the API's contract. */
export const en: Messages = {
  language: "en",
  problems,
  fields,
  tasks,
  statuses,
  ...access,
  ...projects,
  ...catalog,
  ...jobs,
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
    justNow: "just now",
    home: "To the projects",
    close: "Close",
    skip: "Skip to content",
    language: "Language",
    trail: "You are here",
    sections: "Sections",
    account: "Account",
    theme: "Theme",
    themes: { auto: "System", light: "Light", dark: "Dark" },
    offline: "The server cannot be reached. Nothing you typed is lost; try again in a moment.",
    notFound: "Nothing here",
    notFoundHint: "The page does not exist, or it is not yours to see.",
    forbidden: "Not allowed",
    broken: "Something went wrong",
    brokenHint:
      "It was not your fault. Try again; if it stays, give the request number to whoever runs this server.",
    tooMany: "Too many requests",
    unavailable: "Not available right now",
    unavailableHint: "Nothing was changed. Try again in a moment.",
    requestId: "Request",
  },
};
