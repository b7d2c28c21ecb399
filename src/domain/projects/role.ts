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

/** Roles in a project, each with the rights of those before it. A viewer sees it; an editor creates,
 * cancels and deletes its jobs and renames it; the owner deletes it and manages its members. */
export const ROLES = ["viewer", "editor", "owner"] as const;
export type Role = typeof ROLES[number];

/** Roles that a project can be shared with. The owner's role cannot be given or changed. */
export const MEMBER_ROLES = ["viewer", "editor"] as const;
export type MemberRole = typeof MEMBER_ROLES[number];

export function allows(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}

export function insufficient(needed: Role): DomainError {
  return new DomainError("forbidden", { key: "role_insufficient", needed });
}

/** The cheap lookup of a role: one index read, no counts. */
export interface RoleLookup {
  /** A user's role in a project; `undefined` when they may not see it or there is none. */
  roleOf(id: number, options: { userId: number }): Promise<Role | undefined>;
}

/**
 * Throws a `DomainError`: `not_found` when the user may not see the project or there is none,
 * `forbidden` when their role is too small. Writes check the role inside their statement; this gives
 * the reason, before or after.
 */
export async function requireRole(
  { projects }: { projects: RoleLookup },
  { userId, projectId, needed }: { userId: number; projectId: number; needed: Role },
): Promise<void> {
  const role = await projects.roleOf(projectId, { userId });
  if (!role) throw notFound("project");
  if (!allows(role, needed)) throw insufficient(needed);
}
