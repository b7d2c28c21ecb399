import type { Action, AuditLog } from "../../domain/access/audit.ts";
import type { Actor, Change } from "../../domain/kernel/actor.ts";
import { projectsOf } from "../projects/scope.ts";
import type { Database } from "../sql/database.ts";
import { toAuditEntry } from "../sql/rows.ts";
import { type Sql, sql } from "../sql/sql.ts";

export function auditLogQueries(db: Database): AuditLog {
  return {
    async ofProject(projectId, { userId, before, limit }) {
      const isPast = before === undefined ? sql`1 = 1` : sql`id < ${before}`;
      const rows = await db.read(sql`
        select * from audit_log
        where project_id = ${projectId} and project_id in ${projectsOf(userId, "owner")}
          and ${isPast}
        order by id desc limit ${limit}`);
      return rows.map(toAuditEntry);
    },

    async ofAccount({ userId, limit }) {
      const rows = await db.read(sql`
        select * from audit_log where user_id = ${userId} and project_id is null
        order by id desc limit ${limit}`);
      return rows.map(toAuditEntry);
    },

    async addFailedSignIn({ email, origin: { address, request_id }, now }) {
      // A row for an unknown account too: otherwise the response time would tell known addresses from
      // unknown ones. What was typed for it is not stored; people type passwords there.
      await db.write([sql`
        insert into audit_log (at, actor, user_id, user_email, action, address, request_id)
        values (
          ${now}, 'user', (select id from users where email = ${email}),
          (select email from users where email = ${email}), 'sign_in_failed', ${address},
          ${request_id})`]);
    },

    async forget({ before }) {
      await db.write([sql`
        delete from audit_log
        where id < coalesce(
          (select id from audit_log where at >= ${before} order by id limit 1),
          (select max(id) + 1 from audit_log))`]);
    },
  };
}

interface Logged {
  action: Action;
  /** One row per entry; the columns below may refer to it. */
  from: Sql;
  /** `null` for what concerns an account and no project. */
  projectId: Sql | number | null;
  subject?: Sql | string | null;
  detail?: Sql | string | null;
  /** Whose account it concerns, where that is not the actor's. */
  userId?: Sql;
}

/**
 * The statement that records a change, to be sent in the same write. For an insertion it comes after
 * and selects the new row. For an update or a deletion it comes before, with the condition of the
 * change and `forUpdate`, so that entry and change cannot disagree.
 */
export function logged(
  { actor, now }: Change,
  { action, from, projectId, subject = null, detail = null, userId = userOf(actor) }: Logged,
): Sql {
  const { address = null, request_id = null } = actor.origin ?? {};
  return sql`
    insert into audit_log (
      at, actor, user_id, user_email, runner_id, action, project_id, subject, detail, address,
      request_id)
    select ${now}, ${actor.kind}, ${userId}, (select email from users where id = ${userId}),
      ${actor.kind === "runner" ? actor.id : null}, ${action}, ${projectId}, ${subject}, ${detail},
      ${address}, ${request_id}
    from ${from}`;
}

function userOf(actor: Actor): Sql {
  return actor.kind === "user" ? sql`${actor.id}` : sql`null`;
}
