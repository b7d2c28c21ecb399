import type { Role } from "../../domain/projects/role.ts";
import type { Projects } from "../../domain/kernel/storage.ts";
import { STATUSES } from "../../domain/jobs/job.ts";
import { logEntry, logged } from "../access/audit.ts";
import type { Database } from "../sql/database.ts";
import { toProject } from "../sql/rows.ts";
import { identifier, joinSql, one, type Sql, sql } from "../sql/sql.ts";

/** The projects in which a user has at least this role. Every query about projects or jobs stands on
 * this: seeing takes a viewer, changing an editor. */
export function projectsOf(userId: number, needed: Role): Sql {
  const owned = sql`select id from projects where user_id = ${userId}`;
  if (needed === "owner") return sql`(${owned})`;
  const shared = sql`select project_id from project_members where user_id = ${userId}`;
  const asEditor = sql`${shared} and role = 'editor'`;
  return sql`(${owned} union all ${needed === "editor" ? asEditor : shared})`;
}

/** Of a project `p`, what it is to a user. */
function roleIn(userId: number): Sql {
  return sql`
    case when p.user_id = ${userId} then 'owner' else (
      select role from project_members where project_id = p.id and user_id = ${userId}) end`;
}

/** A user's projects with what is known of their experiments, newest first. Only counts are read. */
function projectsWhere(condition: Sql, { userId }: { userId: number }): Sql {
  const numbers = STATUSES.map((status) =>
    sql`sum(case when c.status = ${status} then c.n else 0 end) as ${identifier(status)}`
  );
  return sql`
    select p.*, ${roleIn(userId)} as role, max(c.updated_at) as jobs_changed_at,
      (select email from users where id = p.user_id) as owner_email,
      (select full_name from users where id = p.user_id) as owner_full_name,
      (select count(*) from project_members where project_id = p.id) as member_count,
      ${joinSql(numbers, ", ")}
    from projects p left join training_job_counts c on c.project_id = p.id
    where ${condition} and p.id in ${projectsOf(userId, "viewer")}
    group by p.id order by p.id desc`;
}

export function projectQueries(db: Database): Projects {
  return {
    async list(userId) {
      const rows = await db.read(projectsWhere(sql`1 = 1`, { userId }));
      return rows.map(toProject);
    },

    async roleOf(id, { userId }) {
      const [row] = await db.read(one(sql`
        select ${roleIn(userId)} as role from projects p where p.id = ${id}`));
      return (row?.role ?? undefined) as Role | undefined;
    },

    async find(id, { userId }) {
      const [row] = await db.read(one(projectsWhere(sql`p.id = ${id}`, { userId })));
      return row && toProject(row);
    },

    async insert({ name, description }, { userId, origin, now }) {
      const none = STATUSES.map((status) => sql`0 as ${identifier(status)}`);
      const insertion = sql`
        insert into projects (user_id, name, description, created_at, updated_at)
        values (${userId}, ${name}, ${description}, ${now}, ${now})
        returning *, 'owner' as role, 0 as member_count,
          (select email from users where id = ${userId}) as owner_email,
          (select full_name from users where id = ${userId}) as owner_full_name,
          ${joinSql(none, ", ")}`;
      const [[row] = []] = await db.write(
        ...origin
          ? db.words.thenAbout(
            insertion,
            sql`select * from projects where user_id = ${userId} order by id desc limit 1`,
            (from) =>
              logEntry(origin, {
                action: "project_created",
                userId: sql`${userId}`,
                projectId: sql`id`,
                subject: sql`name`,
                from,
              }),
          )
          : [insertion],
      );
      return toProject(row!);
    },

    async update(id, { userId, origin, patch, now }) {
      const changes = [sql`updated_at = ${now}`];
      if (patch.name !== undefined) changes.push(sql`name = ${patch.name}`);
      if (patch.description !== undefined) changes.push(sql`description = ${patch.description}`);
      const target = sql`id = ${id} and id in ${projectsOf(userId, "editor")}`;
      const results = await db.write(
        ...logged({ userId, origin }, {
          action: "project_changed",
          projectId: id,
          subject: sql`name`,
          detail: patch.name ?? null,
          from: sql`projects where ${target} ${db.words.forUpdate}`,
        }),
        sql`update projects set ${joinSql(changes, ", ")} where ${target} returning id`,
        projectsWhere(sql`p.id = ${id}`, { userId }),
      );
      const [changed = [], [row] = []] = results.slice(-2);
      return changed.length > 0 && row ? toProject(row) : undefined;
    },

    async remove(id, { userId, origin }) {
      const removable = sql`
        id = ${id} and id in ${projectsOf(userId, "owner")}
        and not exists (
          select 1 from training_jobs where project_id = projects.id and status = 'running')`;
      const results = await db.write(
        // So that nobody creates a job between the next two.
        sql`
          select id from projects where id = ${id} and id in ${projectsOf(userId, "owner")}
          ${db.words.forUpdate}`,
        ...logged({ userId, origin }, {
          action: "project_deleted",
          // Nobody owns its log from now on; the account's own tells of it.
          projectId: null,
          subject: sql`name || ' #' || id`,
          from: sql`projects where ${removable}`,
        }),
        // The jobs go in a statement of their own because a cascade does not say what it removed.
        sql`
          delete from training_jobs
          where project_id in (select id from projects where ${removable})
          returning output_dir`,
        sql`delete from projects where ${removable} returning id`,
      );
      const [jobs = [], projects = []] = results.slice(-2);
      return projects.length > 0 ? jobs.map((job) => String(job.output_dir)) : undefined;
    },
  };
}
