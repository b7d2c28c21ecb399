import { z } from "zod";
import type { Asker } from "../access/audit.ts";
import type { Deps } from "../kernel/deps.ts";
import { notFound } from "../kernel/errors.ts";
import { requireRole, ROLES } from "./role.ts";
import { text } from "../kernel/text.ts";
import { timestamp } from "../kernel/timestamp.ts";
import type { Status } from "../jobs/job.ts";

const count = z.int().nonnegative();

/** One row of `projects`, as the API answers it. */
export const Project = z.object({
  id: z.int(),
  user_id: z.int().meta({ description: "Whose it is." }),
  name: z.string(),
  description: z.string().meta({ description: "Empty when there is none." }),
  role: z.enum(ROLES).meta({ description: "What it is shared with you as, or `owner`." }),
  owner: z.object({ email: z.string(), full_name: z.string().nullable() }),
  member_count: count.meta({ description: "Whom it is shared with, its owner not counted." }),
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

/** Changes a project's name or description. Throws a `DomainError` `not_found` or `forbidden`. */
export async function updateProject(
  deps: Deps,
  { id, patch, ...asker }: Asker & { id: number; patch: ProjectPatch },
): Promise<Project> {
  const now = deps.now().toISOString();
  const project = await deps.storage.projects.update(id, { ...asker, patch, now });
  if (project) return project;
  await requireRole(deps, { ...asker, projectId: id, needed: "editor" });
  throw notFound("project");
}
