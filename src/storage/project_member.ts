import type { ProjectMembers } from "../domain/storage.ts";
import type { Database } from "./database.ts";
import { projectsOf } from "./project.ts";
import { toProjectMember } from "./rows.ts";
import { type Sql, sql } from "./sql.ts";

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

    async insert(projectId, { userId, input: { email, role }, now }) {
      const [, inserted = [], [row] = []] = await db.write(
        // So that the project stays until its member is there.
        sql`
          select id from projects where id = ${projectId} and id in ${projectsOf(userId, "owner")}
          ${db.words.forUpdate}`,
        sql`
          insert into project_members (project_id, user_id, role, created_at)
          select p.id, u.id, ${role}, ${now} from projects p cross join users u
          where p.id = ${projectId} and p.id in ${projectsOf(userId, "owner")}
            and u.email = ${email} and u.id <> p.user_id
          on conflict (project_id, user_id) do nothing
          returning user_id`,
        member(projectId, sql`u.email = ${email}`),
      );
      return inserted.length > 0 && row ? toProjectMember(row) : undefined;
    },

    async update(projectId, { userId, memberId, role }) {
      const [changed = [], [row] = []] = await db.write(
        sql`
          update project_members set role = ${role}
          where project_id = ${projectId} and user_id = ${memberId}
            and project_id in ${projectsOf(userId, "owner")}
          returning user_id`,
        member(projectId, sql`u.id = ${memberId}`),
      );
      return changed.length > 0 && row ? toProjectMember(row) : undefined;
    },

    async remove(projectId, { userId, memberId }) {
      const [removed = []] = await db.write(sql`
        delete from project_members
        where project_id = ${projectId} and user_id = ${memberId}
          and (user_id = ${userId} or project_id in ${projectsOf(userId, "owner")})
        returning user_id`);
      return removed.length > 0;
    },
  };
}

/** One member as `list` gives them; after a statement that checked who asks. */
function member(projectId: number, who: Sql): Sql {
  return sql`
    select u.id as user_id, u.email, u.full_name, m.role, m.created_at
    from project_members m join users u on u.id = m.user_id
    where m.project_id = ${projectId} and ${who}`;
}
