import type { Action, Asker, Origin } from "../../domain/access/audit.ts";
import type { AuditLog } from "../../domain/kernel/storage.ts";
import type { Database } from "../sql/database.ts";
import { projectsOf } from "../projects/project.ts";
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

    async addFailedSignIn({ email, origin: { at, address, request_id } }) {
      // A row for an unknown account too: else the time of the answer would tell it from a known one.
      // What was typed for it is not kept; people type passwords there.
      await db.write(sql`
        insert into audit_log (at, user_id, user_email, action, address, request_id)
        values (
          ${at}, (select id from users where email = ${email}),
          (select email from users where email = ${email}), 'sign_in_failed', ${address},
          ${request_id})`);
    },

    async forget({ before }) {
      await db.write(sql`
        delete from audit_log
        where id < coalesce(
          (select id from audit_log where at >= ${before} order by id limit 1),
          (select max(id) + 1 from audit_log))`);
    },
  };
}

interface Logged {
  action: Action;
  /** A row for each entry, with what the following may name. */
  from: Sql;
  /** `null` for what concerns an account alone. */
  projectId: Sql | number | null;
  subject?: Sql | string | null;
  detail?: Sql | string | null;
}

/**
 * What writes down a change, for the same commit; nothing without an origin. Of an insertion it comes
 * after and finds the new row. Of an update or a deletion it comes before, with the very condition of
 * the change and `forUpdate`, so that nothing can come in between.
 */
export function logged(
  { userId, origin }: Asker,
  entry: Logged,
): Sql[] {
  return origin ? [logEntry(origin, { ...entry, userId: sql`${userId}` })] : [];
}

export function logEntry(
  { at, address, request_id }: Origin,
  { action, from, projectId, subject = null, detail = null, userId }: Logged & { userId: Sql },
): Sql {
  return sql`
    insert into audit_log (
      at, user_id, user_email, action, project_id, subject, detail, address, request_id)
    select ${at}, ${userId}, (select email from users where id = ${userId}), ${action},
      ${projectId}, ${subject}, ${detail}, ${address}, ${request_id}
    from ${from}`;
}
