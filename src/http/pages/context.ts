import type { Context } from "hono";
import { type DomainError, notFound } from "../../domain/kernel/errors.ts";
import type { Project } from "../../domain/projects/project.ts";
import { allows, insufficient, type Role } from "../../domain/projects/role.ts";
import type { TrainingJob } from "../../domain/jobs/job.ts";
import { type Messages, say } from "../../i18n/messages.ts";
import type { PageContext } from "../../../views/page_context.ts";
import type { AppDeps, Env } from "../env.ts";
import { idParam, toId } from "../validate.ts";

/** What the views need to know of this request. */
export function pageContext(deps: AppDeps, c: Context<Env>): PageContext {
  const { pathname, search } = new URL(c.req.url);
  return {
    messages: c.get("messages"),
    user: c.get("user"),
    // A refused form is shown in answer to its POST; its page is found by GET.
    path: c.req.method === "GET" ? pathname + search : "/",
    theme: c.get("theme") ?? "auto",
    now: deps.now(),
    asset: deps.staticFiles.url,
  };
}

/** The project in the path, if this user may see it. Throws a `DomainError` `not_found`, and
 * `forbidden` when the page is for a greater role than theirs. */
export async function findProject(
  deps: AppDeps,
  c: Context<Env>,
  needed: Role = "viewer",
): Promise<Project> {
  const userId = c.get("user").id;
  const project = await deps.projects.find(idParam(c, "project"), { userId });
  if (!project) throw notFound("project");
  if (!allows(project.role, needed)) throw insufficient(needed);
  return project;
}

/**
 * The experiment in the path, or the one named, if it is of the project in the path and this user may see it.
 * Throws a `DomainError` `not_found`.
 */
export async function findExperiment(
  deps: AppDeps,
  c: Context<Env>,
  named: string = c.req.param("job") ?? "",
): Promise<TrainingJob> {
  const projectId = idParam(c, "project");
  const id = toId(named, "training_job");
  const job = await deps.jobs.find(id, { userId: c.get("user").id });
  if (job?.project_id !== projectId) throw notFound("training_job");
  return job;
}

/** Whether htmx asks, and for a piece of a page rather than the page itself. */
export function wantsFragment(c: Context<Env>): boolean {
  return c.req.header("HX-Request") === "true" &&
    c.req.header("HX-History-Restore-Request") !== "true";
}

/** The messages of a refused form, by field. */
export function messagesByField(
  error: DomainError,
  messages: Messages,
): Record<string, string> {
  return Object.fromEntries(
    error.fields.map(({ field, problem }) => [field, say(messages, problem)]),
  );
}

/** A path of this site to go to next, else the home page: never another site. */
export function localPath(path: unknown): string {
  if (typeof path !== "string" || !path.startsWith("/")) return "/";
  const base = "http://local.invalid";
  const url = URL.parse(path, base);
  // `/.//other.site` is a path of this one, but what is left of it without its dots is not.
  if (url?.origin !== base || url.pathname.startsWith("//")) return "/";
  return url.pathname + url.search;
}

/** A form field as text; a file or a missing field is none. */
export function textField(form: Record<string, unknown>, name: string): string {
  const value = form[name];
  return typeof value === "string" ? value : "";
}

/**
 * Events for the page's script, as `HX-Trigger` has them. Headers are ASCII: everything else is
 * escaped as JSON allows.
 */
export function triggerHeader(events: Record<string, unknown>): string {
  return JSON.stringify(events).replace(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
