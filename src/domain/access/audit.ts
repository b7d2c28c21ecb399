import { z } from "zod";
import type { Origin } from "../kernel/actor.ts";
import { timestamp } from "../kernel/timestamp.ts";

/** How long entries are kept: a year, and time to review it. */
export const AUDIT_LOG_DAYS = 400;

/** Recorded actions. `subject` and `detail` hold a job as `model #id` and its new status, a
 * project's name and its new name, a member's email and role, or a token's name and scope. */
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

/** An audit entry. Never contains a secret. */
export const AuditEntry = z.object({
  id: z.int(),
  at: timestamp("When it was done."),
  actor: z.enum(["user", "runner", "system"]).meta({
    description: "Who did it: a person, a runner, or the server itself.",
  }),
  user_email: z.string().nullable().meta({ description: "The person; null for the others." }),
  action: z.enum(ACTIONS),
  subject: z.string().nullable().meta({
    description: "What it was done to: a job as `model #id`, a project, a member, a token.",
  }),
  detail: z.string().nullable().meta({
    description: "A job's status, a project's new name, a member's role, a token's scope.",
  }),
  address: z.string().nullable().meta({
    description: "Where the request came from; null without a request.",
  }),
  request_id: z.string().nullable(),
}).meta({ id: "AuditEntry" });
export type AuditEntry = z.infer<typeof AuditEntry>;

/** Storage writes an entry in the same transaction as the change it describes. */
export interface AuditLog {
  /** Newest first, with ids below `before`. Empty unless `userId` owns the project. */
  ofProject(
    projectId: number,
    options: { userId: number; before?: number | undefined; limit: number },
  ): Promise<AuditEntry[]>;
  /** Entries about an account that belong to no project, newest first. */
  ofAccount(options: { userId: number; limit: number }): Promise<AuditEntry[]>;
  /** Records a failed sign-in, which comes with no other change. */
  addFailedSignIn(attempt: { email: string; origin: Origin; now: string }): Promise<void>;
  /** Deletes entries older than `before`. */
  forget(options: { before: string }): Promise<void>;
}

/** The entry id in a cursor; `undefined` when the cursor is missing or invalid. */
export function parseAuditCursor(cursor: string | undefined): number | undefined {
  const id = Number(cursor);
  return /^\d+$/.test(cursor ?? "") && Number.isSafeInteger(id) ? id : undefined;
}
