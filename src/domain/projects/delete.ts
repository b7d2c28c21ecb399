import type { UserActor } from "../kernel/actor.ts";
import { DomainError } from "../kernel/errors.ts";
import { type RemovalDeps, removeOutputs } from "../outputs/removal.ts";
import type { Projects } from "./project.ts";
import { requireRole } from "./role.ts";

/**
 * Deletes a project with its jobs, then their output directories; what a crash or a failing volume
 * leaves of them is removed later (`removePendingOutputs`). Throws a `DomainError` `not_found`,
 * `forbidden`, or `conflict` while a job in it is running.
 */
export async function deleteProject(
  deps: RemovalDeps & { projects: Projects },
  { id, actor }: { id: number; actor: UserActor },
): Promise<void> {
  const now = deps.now().toISOString();
  const outputDirs = await deps.projects.remove(id, { actor, now });
  if (outputDirs) return await removeOutputs(deps, outputDirs);
  await requireRole(deps, { userId: actor.id, projectId: id, needed: "owner" });
  throw new DomainError("conflict", { key: "project_running" });
}
