import { DomainError, notFound } from "../kernel/errors.ts";

declare module "../kernel/errors.ts" {
  interface Problems {
    project_not_found: Record<never, never>;
    role_insufficient: { needed: Role };
  }
  interface Fields {
    role: true;
  }
}

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

/** What a creation asks of a project; it counts nothing, so it is cheap. */
export interface RoleLookup {
  /** A user's role in a project; `undefined` when they may not see it or there is none. */
  roleOf(id: number, options: { userId: number }): Promise<Role | undefined>;
}

/**
 * Throws a `DomainError`: `not_found` when the user may not see the project or there is none,
 * `forbidden` when their role is too small. Statements that write check the role themselves; this
 * says beforehand or afterwards why.
 */
export async function requireRole(
  { projects }: { projects: RoleLookup },
  { userId, projectId, needed }: { userId: number; projectId: number; needed: Role },
): Promise<void> {
  const role = await projects.roleOf(projectId, { userId });
  if (!role) throw notFound("project");
  if (!allows(role, needed)) throw insufficient(needed);
}
