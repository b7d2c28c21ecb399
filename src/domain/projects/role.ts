import type { Deps } from "../kernel/deps.ts";
import { DomainError, notFound } from "../kernel/errors.ts";

/** What a person may do with a project, from the least to the most; each may what those before it may:
 * see it; create, cancel and delete its jobs and rename it; delete it and say who its members are. */
export const ROLES = ["viewer", "editor", "owner"] as const;
export type Role = typeof ROLES[number];

/** What a project can be shared as; its owner is one and stays so. */
export const MEMBER_ROLES = ["viewer", "editor"] as const;
export type MemberRole = typeof MEMBER_ROLES[number];

export function allows(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

export function insufficient(needed: Role): DomainError {
  return new DomainError("forbidden", { key: "role_insufficient", needed });
}

/**
 * Throws a `DomainError`: `not_found` when the project is not shared with this user or there is none,
 * `forbidden` when it is in a smaller role. Statements that write check for themselves; this says
 * beforehand or afterwards why.
 */
export async function requireRole(
  { storage }: Pick<Deps, "storage">,
  { userId, projectId, needed }: { userId: number; projectId: number; needed: Role },
): Promise<void> {
  const role = await storage.projects.roleOf(projectId, { userId });
  if (!role) throw notFound("project");
  if (!allows(role, needed)) throw insufficient(needed);
}
