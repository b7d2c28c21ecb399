import type { Event } from "../../domain/kernel/events.ts";
import type { ProjectMembers } from "../../domain/projects/member.ts";
import { logged } from "../access/audit.ts";
import type { Database, Row } from "../sql/database.ts";
import { toProjectMember } from "../sql/rows.ts";
import { type Sql, sql } from "../sql/sql.ts";
import { changeableBy, projectsOf } from "./scope.ts";

export function projectMemberQueries(db: Database): ProjectMembers {
  return {
    async list(projectId, { userId }) {
      const rows = await db.read(sql`
        select * from (
          select 0 as place, u.id as user_id, u.email, u.full_name, 'owner' as role, p.created_at
          from projects p join users u on u.id = p.user_id
          where p.id = ${projectId} and p.id in ${projectsOf(userId, "viewer")}
          union all
          select 1 as place, u.id as user_id, u.email, u.full_name, m.role, m.created_at
          from project_members m join users u on u.id = m.user_id
          where m.project_id = ${projectId} and m.project_id in ${projectsOf(userId, "viewer")}
        ) people order by place, created_at, user_id`);
      return rows.map(toProjectMember);
    },

    async insert(projectId, { input: { email, role }, ...change }) {
      const { actor, now } = change;
      const changeable = changeableBy(actor, "owner");
      const addable = sql`
        projects p cross join users u
        where p.id = ${projectId} and p.id in ${changeable}
          and u.email = ${email} and u.id <> p.user_id
          and not exists (
            select 1 from project_members m where m.project_id = p.id and m.user_id = u.id)`;
      const [, , inserted = [], [row] = []] = await db.write([
        // Locked, so that the project stays until the member is added, and nobody adds them twice.
        sql`
          select id from projects where id = ${projectId} and id in ${changeable}
          ${db.words.forUpdate}`,
        logged(change, {
          action: "member_added",
          projectId,
          subject: sql`u.email`,
          detail: role,
          from: addable,
        }),
        sql`
          insert into project_members (project_id, user_id, role, created_at)
          select p.id, u.id, ${role}, ${now} from ${addable}
          returning user_id`,
        member(projectId, sql`u.email = ${email}`),
      ], { events: ([, , inserted = []]) => eventsOf(projectId, inserted) });
      return inserted.length > 0 && row ? toProjectMember(row) : undefined;
    },

    async update(projectId, { memberId, role, ...change }) {
      const target = sql`
        project_id = ${projectId} and user_id = ${memberId}
        and project_id in ${changeableBy(change.actor, "owner")}`;
      const [, changed = [], [row] = []] = await db.write([
        logged(change, {
          ...entryOf(projectId, target),
          action: "member_role_changed",
          detail: role,
        }),
        sql`update project_members set role = ${role} where ${target} returning user_id`,
        member(projectId, sql`u.id = ${memberId}`),
      ], { events: ([, changed = []]) => eventsOf(projectId, changed) });
      return changed.length > 0 && row ? toProjectMember(row) : undefined;
    },

    async remove(projectId, { memberId, ...change }) {
      const { actor } = change;
      const isSelf = actor.kind === "user" ? sql`user_id = ${actor.id}` : sql`1 = 0`;
      const target = sql`
        project_id = ${projectId} and user_id = ${memberId}
        and (${isSelf} or project_id in ${changeableBy(actor, "owner")})`;
      const [, removed = []] = await db.write([
        logged(change, { ...entryOf(projectId, target), action: "member_removed" }),
        sql`delete from project_members where ${target} returning user_id`,
      ], { events: ([, removed = []]) => eventsOf(projectId, removed) });
      return removed.length > 0;
    },
  };

  /** The audit entry of a change, written before it. */
  function entryOf(projectId: number, target: Sql) {
    return {
      from: sql`project_members m where ${target} ${db.words.forUpdate}`,
      projectId,
      subject: sql`(select email from users where id = m.user_id)`,
    };
  }
}

/** One member, in the form of `list`. To be sent after a statement that checked the actor. */
function member(projectId: number, who: Sql): Sql {
  return sql`
    select u.id as user_id, u.email, u.full_name, m.role, m.created_at
    from project_members m join users u on u.id = m.user_id
    where m.project_id = ${projectId} and ${who}`;
}

function eventsOf(projectId: number, members: Row[]): Event[] {
  return members.map(({ user_id }) => ({
    type: "member.changed",
    project_id: projectId,
    user_id: Number(user_id),
  }));
}
