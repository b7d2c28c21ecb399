import { z } from "zod";
import type { Status } from "../jobs/status.ts";
import type { Change, Clock, UserActor } from "../kernel/actor.ts";
import { notFound } from "../kernel/errors.ts";
import { text } from "../kernel/text.ts";
import { timestamp } from "../kernel/timestamp.ts";
import { requireRole, type RoleLookup, ROLES } from "./role.ts";

declare module "../kernel/errors.ts" {
  interface Problems {
    project_running: Record<never, never>;
    project_name_unconfirmed: Record<never, never>;
  }
  interface Fields {
    name: true;
    description: true;
  }
}

declare module "../kernel/events.ts" {
  interface Events {
    "project.changed": { project_id: number };
    "project.deleted": { project_id: number };
  }
}

const count = z.int().nonnegative();

/** One row of `projects`, as the API answers it. */
export const Project = z.object({
  id: z.int(),
  user_id: z.int().meta({ description: "The owner." }),
  name: z.string(),
  description: z.string().meta({ description: "Empty when there is none." }),
  role: z.enum(ROLES).meta({ description: "Your role in it." }),
  owner: z.object({ email: z.string(), full_name: z.string().nullable() }),
  member_count: count.meta({
    description: "How many people it is shared with, not counting the owner.",
  }),
  created_at: timestamp("When it was made."),
  updated_at: timestamp("When its name or description was last changed."),
  experiment_count: count.meta({ description: "Training jobs in it." }),
  experiments_by_status: z.object(
    {
      pending: count,
      running: count,
      completed: count,
      failed: count,
      cancelled: count,
    } satisfies Record<Status, typeof count>,
  ).meta({
    description: "The same, one number a status.",
  }),
  last_activity_at: timestamp(
    "When a job in it was last created or changed its status; else when the project itself changed.",
  ),
}).meta({ id: "Project" });
export type Project = z.infer<typeof Project>;

const name = text({ max: 100 });
const description = text({ min: 0, max: 1000 });

export const ProjectInput = z.object({ name, description: description.default("") })
  .meta({ id: "ProjectInput" });
export type ProjectInput = z.infer<typeof ProjectInput>;

export const ProjectPatch = z.object({
  name: name.optional(),
  description: description.optional(),
}).meta({ id: "ProjectPatch", description: "What is left out stays as it is." });
export type ProjectPatch = z.infer<typeof ProjectPatch>;

export interface Projects extends RoleLookup {
  /** The user's own projects and those shared with them, newest first. */
  list(userId: number): Promise<Project[]>;
  find(id: number, options: { userId: number }): Promise<Project | undefined>;
  insert(project: ProjectInput, options: Change & { ownerId: number }): Promise<Project>;
  /** Takes an editor. `undefined`: no such project, or the role is too small. */
  update(
    id: number,
    options: Change<UserActor> & { patch: ProjectPatch },
  ): Promise<Project | undefined>;
  /**
   * Deletes a project and its jobs unless one is running, and records their output directories for
   * removal in the same commit. Answers those directories; `undefined`: nothing was deleted. Takes
   * the owner.
   */
  remove(id: number, options: Change): Promise<string[] | undefined>;
}

/** Changes a project's name or description. Throws a `DomainError` `not_found` or `forbidden`. */
export async function updateProject(
  deps: { projects: Projects; now: Clock },
  { id, patch, actor }: { id: number; patch: ProjectPatch; actor: UserActor },
): Promise<Project> {
  const now = deps.now().toISOString();
  const project = await deps.projects.update(id, { actor, now, patch });
  if (project) return project;
  await requireRole(deps, { userId: actor.id, projectId: id, needed: "editor" });
  throw notFound("project");
}
