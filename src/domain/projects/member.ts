import { z } from "zod";
import type { Asker } from "../access/audit.ts";
import type { Deps } from "../kernel/deps.ts";
import { DomainError, invalid, notFound } from "../kernel/errors.ts";
import { MEMBER_ROLES, requireRole, ROLES } from "./role.ts";
import { timestamp } from "../kernel/timestamp.ts";
import { LoginInput } from "../access/user.ts";

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

interface Target extends Asker {
  projectId: number;
}

/** Everybody of a project, the owner first. Throws a `DomainError` `not_found`. */
export async function listMembers(
  deps: Deps,
  { userId, projectId }: Target,
): Promise<ProjectMember[]> {
  const members = await deps.storage.projectMembers.list(projectId, { userId });
  // Whoever may look sees at least themselves.
  if (members.length === 0) throw notFound("project");
  return members;
}

/** Shares a project. Throws a `DomainError`: `not_found`, `forbidden`, `invalid` (no such account),
 * `conflict` (they are of the project already), `too_many`. */
export async function addMember(
  deps: Deps,
  { projectId, input, ...asker }: Target & { input: ProjectMemberInput },
): Promise<ProjectMember> {
  await requireRole(deps, { ...asker, projectId, needed: "owner" });
  // Who is answered "no such account" learns something of every address they try.
  await deps.sharingLimit?.count(asker);
  const now = deps.now().toISOString();
  const member = await deps.storage.projectMembers.insert(projectId, { ...asker, input, now });
  if (member) return member;
  await requireRole(deps, { ...asker, projectId, needed: "owner" });
  const known = await deps.storage.users.findByEmail(input.email);
  if (!known) throw invalid({ field: "email", problem: { key: "account_not_found" } });
  throw new DomainError("conflict", { key: "already_member" }, {
    fields: [{ field: "email", problem: { key: "already_member" } }],
  });
}

/** Gives a member another role. Throws a `DomainError`: `not_found`, `forbidden`, `conflict` (the
 * owner stays the owner). */
export async function changeRole(
  deps: Deps,
  { projectId, memberId, role, ...asker }: Target & { memberId: number } & ProjectMemberPatch,
): Promise<ProjectMember> {
  const { projectMembers } = deps.storage;
  const member = await projectMembers.update(projectId, { ...asker, memberId, role });
  if (member) return member;
  await requireRole(deps, { ...asker, projectId, needed: "owner" });
  throw await notAMember(deps, { ...asker, projectId, memberId });
}

/** Ends the sharing with a member, as the owner or as that member. Throws as `changeRole` does. */
export async function removeMember(
  deps: Deps,
  { projectId, memberId, ...asker }: Target & { memberId: number },
): Promise<void> {
  if (await deps.storage.projectMembers.remove(projectId, { ...asker, memberId })) return;
  if (asker.userId !== memberId) await requireRole(deps, { ...asker, projectId, needed: "owner" });
  throw await notAMember(deps, { ...asker, projectId, memberId });
}

/** Why there was no member to change: it is the owner, or nobody of the project. */
async function notAMember(
  deps: Deps,
  { userId, projectId, memberId }: Target & { memberId: number },
): Promise<DomainError> {
  const members = await listMembers(deps, { userId, projectId });
  return members.some(({ user_id, role }) => user_id === memberId && role === "owner")
    ? new DomainError("conflict", { key: "owner_stays" })
    : notFound("project_member");
}
