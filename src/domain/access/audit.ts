import { z } from "zod";
import type { Deps } from "../kernel/deps.ts";
import { requireRole } from "../projects/role.ts";
import { timestamp } from "../kernel/timestamp.ts";

/** How long an entry is kept: a year, and time to look back on it. */
export const AUDIT_LOG_DAYS = 400;

/** What is written down. `subject` and `detail` say more: a job as `model #id` and its new status, a
 * project's name and its new name, a member's address and role, a token's name and scope. */
export const ACTIONS = [
  "project_created",
  "project_changed",
  "project_deleted",
  "job_created",
  "job_status_changed",
  "job_deleted",
  "member_added",
  "member_role_changed",
  "member_removed",
  "signed_in",
  "sign_in_failed",
  "signed_out",
  "signed_out_elsewhere",
  "password_changed",
  "token_created",
  "token_revoked",
] as const;
export type Action = typeof ACTIONS[number];

/** When and from where a change was asked for. */
export interface Origin {
  at: string;
  address: string;
  request_id: string;
}

/** Who asks for a change. Without an origin nobody did, as for demo data: nothing is written down. */
export interface Asker {
  userId: number;
  origin?: Origin | undefined;
}

/** One entry. No entry holds a secret. */
export const AuditEntry = z.object({
  id: z.int(),
  at: timestamp("When it was done."),
  user_email: z.string().nullable().meta({ description: "Who did it." }),
  action: z.enum(ACTIONS),
  subject: z.string().nullable().meta({
    description: "What it was done to: a job as `model #id`, a project, a member, a token.",
  }),
  detail: z.string().nullable().meta({
    description: "A job's status, a project's new name, a member's role, a token's scope.",
  }),
  address: z.string().meta({ description: "Where the request came from." }),
  request_id: z.string(),
}).meta({ id: "AuditEntry" });
export type AuditEntry = z.infer<typeof AuditEntry>;

export interface AuditPage {
  items: AuditEntry[];
  /** `null` on the last page. */
  next_cursor: string | null;
}

/** One page of what was done in a project, newest first; `before` is the last entry's id. Throws a
 * `DomainError` `not_found` or `forbidden`: it is the owner's. */
export async function listProjectAudit(
  deps: Deps,
  { userId, projectId, before, limit }: {
    userId: number;
    projectId: number;
    before?: number | undefined;
    limit: number;
  },
): Promise<AuditPage> {
  const found = await deps.storage.auditLog.ofProject(projectId, {
    userId,
    before,
    limit: limit + 1,
  });
  if (found.length === 0) await requireRole(deps, { userId, projectId, needed: "owner" });
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, next_cursor: last && found.length > limit ? String(last.id) : null };
}

/** The id in a page's `next_cursor`; `undefined` when it is none. */
export function parseAuditCursor(cursor: string | undefined): number | undefined {
  const id = Number(cursor);
  return /^\d+$/.test(cursor ?? "") && Number.isSafeInteger(id) ? id : undefined;
}
