import type { ProjectMembers } from "../../domain/kernel/storage.ts";
import { logged } from "../access/audit.ts";
import type { Database } from "../sql/database.ts";
import { projectsOf } from "./project.ts";
import { toProjectMember } from "../sql/rows.ts";
import { type Sql, sql } from "../sql/sql.ts";

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

    async insert(projectId, { userId, origin, input: { email, role }, now }) {
      const addable = sql`
        projects p cross join users u
        where p.id = ${projectId} and p.id in ${projectsOf(userId, "owner")}
          and u.email = ${email} and u.id <> p.user_id
          and not exists (
            select 1 from project_members m where m.project_id = p.id and m.user_id = u.id)`;
      const results = await db.write(
        // So that the project stays until its member is there, and nobody adds another meanwhile.
        sql`
          select id from projects where id = ${projectId} and id in ${projectsOf(userId, "owner")}
          ${db.words.forUpdate}`,
        ...logged({ userId, origin }, {
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
      );
      const [inserted = [], [row] = []] = results.slice(-2);
      return inserted.length > 0 && row ? toProjectMember(row) : undefined;
    },

    async update(projectId, { userId, origin, memberId, role }) {
      const target = sql`
        project_id = ${projectId} and user_id = ${memberId}
        and project_id in ${projectsOf(userId, "owner")}`;
      const results = await db.write(
        ...logged({ userId, origin }, {
          ...entryOf(projectId, target),
          action: "member_role_changed",
          detail: role,
        }),
        sql`update project_members set role = ${role} where ${target} returning user_id`,
        member(projectId, sql`u.id = ${memberId}`),
      );
      const [changed = [], [row] = []] = results.slice(-2);
      return changed.length > 0 && row ? toProjectMember(row) : undefined;
    },

    async remove(projectId, { userId, origin, memberId }) {
      const target = sql`
        project_id = ${projectId} and user_id = ${memberId}
        and (user_id = ${userId} or project_id in ${projectsOf(userId, "owner")})`;
      const results = await db.write(
        ...logged({ userId, origin }, { ...entryOf(projectId, target), action: "member_removed" }),
        sql`delete from project_members where ${target} returning user_id`,
      );
      return results.at(-1)!.length > 0;
    },
  };

  /** For the audit log, before the member is changed. */
  function entryOf(projectId: number, target: Sql) {
    return {
      from: sql`project_members m where ${target} ${db.words.forUpdate}`,
      projectId,
      subject: sql`(select email from users where id = m.user_id)`,
    };
  }
}

/** One member as `list` gives them; after a statement that checked who asks. */
function member(projectId: number, who: Sql): Sql {
  return sql`
    select u.id as user_id, u.email, u.full_name, m.role, m.created_at
    from project_members m join users u on u.id = m.user_id
    where m.project_id = ${projectId} and ${who}`;
}
