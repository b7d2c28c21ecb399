import { z } from "zod";
import { LoginInput, type Users } from "../access/user.ts";
import type { AccountLimit } from "../kernel/account_limit.ts";
import type { Change, Clock, UserActor } from "../kernel/actor.ts";
import { DomainError, invalid, notFound } from "../kernel/errors.ts";
import { timestamp } from "../kernel/timestamp.ts";
import { MEMBER_ROLES, requireRole, type RoleLookup, ROLES } from "./role.ts";

declare module "../kernel/errors.ts" {
  interface Problems {
    project_member_not_found: Record<never, never>;
    account_not_found: Record<never, never>;
    already_member: Record<never, never>;
    owner_stays: Record<never, never>;
  }
}

declare module "../kernel/events.ts" {
  interface Events {
    /** Added, removed, or given another role: what the user may see may have changed. */
    "member.changed": { project_id: number; user_id: number };
  }
}

/** One person of a project: its owner, or whom it is shared with. */
export const ProjectMember = z.object({
  user_id: z.int(),
  email: z.string(),
  full_name: z.string().nullable(),
  role: z.enum(ROLES),
  created_at: timestamp("When the project was shared with them; of the owner, when it was made."),
}).meta({ id: "ProjectMember" });
export type ProjectMember = z.infer<typeof ProjectMember>;

const role = z.enum(MEMBER_ROLES).meta({
  description:
    "A `viewer` reads; an `editor` also creates, cancels and deletes training jobs and " +
    "renames the project.",
});

export const ProjectMemberInput = z.object({
  email: LoginInput.shape.email.meta({ description: "Of an account that is there." }),
  role: role.default("viewer"),
}).meta({ id: "ProjectMemberInput" });
export type ProjectMemberInput = z.infer<typeof ProjectMemberInput>;

export const ProjectMemberPatch = z.object({ role }).meta({ id: "ProjectMemberPatch" });
export type ProjectMemberPatch = z.infer<typeof ProjectMemberPatch>;

/** Who has access to a project. Reading takes a viewer, changing the owner. */
export interface ProjectMembers {
  /** The owner first, then by date; nobody when the user may not see the project. */
  list(projectId: number, options: { userId: number }): Promise<ProjectMember[]>;
  /** `undefined`: there is no such account, or it is a member already. */
  insert(
    projectId: number,
    options: Change & { input: ProjectMemberInput },
  ): Promise<ProjectMember | undefined>;
  /** `undefined`: no such member. */
  update(
    projectId: number,
    options: Change & { memberId: number } & ProjectMemberPatch,
  ): Promise<ProjectMember | undefined>;
  /** Members may remove themselves. `false`: no such member. */
  remove(projectId: number, options: Change & { memberId: number }): Promise<boolean>;
}

interface MemberDeps {
  members: ProjectMembers;
  projects: RoleLookup;
  now: Clock;
}

interface Target {
  actor: UserActor;
  projectId: number;
}

/** Everybody in a project, the owner first. Throws a `DomainError` `not_found`. */
export async function listMembers(
  deps: Pick<MemberDeps, "members">,
  { userId, projectId }: { userId: number; projectId: number },
): Promise<ProjectMember[]> {
  const members = await deps.members.list(projectId, { userId });
  // A user who may see the project sees at least themselves.
  if (members.length === 0) throw notFound("project");
  return members;
}

/** Shares a project. Throws a `DomainError`: `not_found`, `forbidden`, `invalid` (no such account),
 * `conflict` (already a member), `too_many`. */
export async function addMember(
  deps: MemberDeps & { users: Users; sharingLimit?: AccountLimit | undefined },
  { projectId, input, actor }: Target & { input: ProjectMemberInput },
): Promise<ProjectMember> {
  const owner = { userId: actor.id, projectId, needed: "owner" } as const;
  await requireRole(deps, owner);
  // The answer "no such account" reveals which addresses have one: limit the tries.
  await deps.sharingLimit?.count({ userId: actor.id });
  const now = deps.now().toISOString();
  const member = await deps.members.insert(projectId, { actor, now, input });
  if (member) return member;
  await requireRole(deps, owner);
  const known = await deps.users.findByEmail(input.email);
  if (!known) throw invalid({ field: "email", problem: { key: "account_not_found" } });
  throw new DomainError("conflict", { key: "already_member" }, {
    fields: [{ field: "email", problem: { key: "already_member" } }],
  });
}

/** Gives a member another role. Throws a `DomainError`: `not_found`, `forbidden`, `conflict` (the
 * owner's role cannot change). */
export async function changeRole(
  deps: MemberDeps,
  { projectId, memberId, role, actor }: Target & { memberId: number } & ProjectMemberPatch,
): Promise<ProjectMember> {
  const now = deps.now().toISOString();
  const member = await deps.members.update(projectId, { actor, now, memberId, role });
  if (member) return member;
  await requireRole(deps, { userId: actor.id, projectId, needed: "owner" });
  throw await notAMember(deps, { actor, projectId, memberId });
}

/** Removes a member, as the owner or as that member. Throws as `changeRole` does. */
export async function removeMember(
  deps: MemberDeps,
  { projectId, memberId, actor }: Target & { memberId: number },
): Promise<void> {
  const now = deps.now().toISOString();
  if (await deps.members.remove(projectId, { actor, now, memberId })) return;
  if (actor.id !== memberId) {
    await requireRole(deps, { userId: actor.id, projectId, needed: "owner" });
  }
  throw await notAMember(deps, { actor, projectId, memberId });
}

/** Why there was no member to change: it is the owner, or not in the project. */
async function notAMember(
  deps: MemberDeps,
  { actor, projectId, memberId }: Target & { memberId: number },
): Promise<DomainError> {
  const members = await listMembers(deps, { userId: actor.id, projectId });
  return members.some(({ user_id, role }) => user_id === memberId && role === "owner")
    ? new DomainError("conflict", { key: "owner_stays" })
    : notFound("project_member");
}
