import type { Context } from "hono";
import { type DomainError, notFound } from "../../domain/kernel/errors.ts";
import type { Project } from "../../domain/projects/project.ts";
import { allows, insufficient, type Role } from "../../domain/projects/role.ts";
import type { TrainingJob } from "../../domain/jobs/job.ts";
import { type Messages, say } from "../../i18n/messages.ts";
import type { PageContext } from "../../../views/page_context.ts";
import type { AppDeps, Env } from "../env.ts";
import { idParam, toId } from "../validate.ts";

/** What the views need from the request. */
export function pageContext(deps: AppDeps, c: Context<Env>): PageContext {
  const { pathname, search } = new URL(c.req.url);
  return {
    messages: c.get("messages"),
    user: c.get("user"),
    // A refused form is the answer to a POST, whose path may have no GET.
    path: c.req.method === "GET" ? pathname + search : "/",
    theme: c.get("theme") ?? "auto",
    now: deps.now(),
    asset: deps.staticFiles.url,
  };
}

/** The project in the path. Throws a `DomainError` `not_found` when the user may not see it, `forbidden`
 * when their role is below `needed`. */
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
 * The experiment with the id `named`, by default the one in the path. Throws a `DomainError` `not_found`
 * when it is not in the path's project or the user may not see it.
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

/** Whether htmx asks for a fragment; it restores its history from whole pages. */
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

/** `path` when it is a path of this site, else `/`. Prevents open redirects. */
export function localPath(path: unknown): string {
  if (typeof path !== "string" || !path.startsWith("/")) return "/";
  const base = "http://local.invalid";
  const url = URL.parse(path, base);
  // `/.//other.site` resolves to `//other.site`, which browsers take for another host.
  if (url?.origin !== base || url.pathname.startsWith("//")) return "/";
  return url.pathname + url.search;
}

/** A form field's text; empty for a file, a repeated or a missing field. */
export function textField(form: Record<string, unknown>, name: string): string {
  const value = form[name];
  return typeof value === "string" ? value : "";
}

/**
 * Events for the page's script in the format of `HX-Trigger`. Headers are ASCII, so other characters
 * are escaped as in JSON.
 */
export function triggerHeader(events: Record<string, unknown>): string {
  return JSON.stringify(events).replace(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
