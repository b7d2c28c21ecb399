import { STATUSES } from "../../domain/jobs/status.ts";
import type { Projects } from "../../domain/projects/project.ts";
import type { Role } from "../../domain/projects/role.ts";
import { logged } from "../access/audit.ts";
import type { Database } from "../sql/database.ts";
import { toProject } from "../sql/rows.ts";
import { identifier, joinSql, one, type Sql, sql } from "../sql/sql.ts";
import { recordRemoval } from "../outputs/removal.ts";
import { changeableBy, projectsOf } from "./scope.ts";

/** A user's role in a project `p`. */
function roleIn(userId: number): Sql {
  return sql`
    case when p.user_id = ${userId} then 'owner' else (
      select role from project_members where project_id = p.id and user_id = ${userId}) end`;
}

/** A user's projects with their counts of jobs, newest first. Reads counts, never jobs. */
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

    async insert({ name, description }, { ownerId, ...change }) {
      const none = STATUSES.map((status) => sql`0 as ${identifier(status)}`);
      const { now } = change;
      const [[row] = []] = await db.write([
        sql`
          insert into projects (user_id, name, description, created_at, updated_at)
          values (${ownerId}, ${name}, ${description}, ${now}, ${now})
          returning *, 'owner' as role, 0 as member_count,
            (select email from users where id = ${ownerId}) as owner_email,
            (select full_name from users where id = ${ownerId}) as owner_full_name,
            ${joinSql(none, ", ")}`,
        logged(change, {
          action: "project_created",
          projectId: sql`id`,
          subject: sql`name`,
          from: sql`projects where id = ${db.words.lastId}`,
        }),
      ], {
        events: ([inserted = []]) =>
          inserted.map(({ id }) => ({ type: "project.changed", project_id: Number(id) })),
      });
      return toProject(row!);
    },

    async update(id, { patch, ...change }) {
      const { actor, now } = change;
      const changes = [sql`updated_at = ${now}`];
      if (patch.name !== undefined) changes.push(sql`name = ${patch.name}`);
      if (patch.description !== undefined) changes.push(sql`description = ${patch.description}`);
      const target = sql`id = ${id} and id in ${changeableBy(actor, "editor")}`;
      const [, changed = [], [row] = []] = await db.write([
        logged(change, {
          action: "project_changed",
          projectId: id,
          subject: sql`name`,
          detail: patch.name ?? null,
          from: sql`projects where ${target} ${db.words.forUpdate}`,
        }),
        sql`update projects set ${joinSql(changes, ", ")} where ${target} returning id, user_id`,
        projectsWhere(sql`p.id = ${id}`, { userId: actor.id }),
      ], {
        events: ([, changed = []]) =>
          changed.map(() => ({ type: "project.changed", project_id: id })),
      });
      return changed.length > 0 && row ? toProject(row) : undefined;
    },

    async remove(id, change) {
      const owned = sql`id = ${id} and id in ${changeableBy(change.actor, "owner")}`;
      const removable = sql`
        ${owned}
        and not exists (
          select 1 from training_jobs where project_id = projects.id and status = 'running')`;
      const inIt = sql`project_id in (select id from projects where ${removable})`;
      const results = await db.write([
        // Locked, so that nobody creates a job between the next statements.
        sql`select id from projects where ${owned} ${db.words.forUpdate}`,
        logged(change, {
          action: "project_deleted",
          // Nobody can read the project's log any more: the entry belongs to the account.
          projectId: null,
          subject: sql`name || ' #' || id`,
          from: sql`projects where ${removable}`,
        }),
        // Locked, so that a job deleted at the same time is recorded by one of the two only.
        recordRemoval(sql`training_jobs where ${inIt} ${db.words.forUpdate}`, change),
        // Jobs are deleted by a statement: a cascade does not say what it deleted.
        sql`delete from training_jobs where ${inIt} returning output_dir`,
        sql`delete from projects where ${removable} returning id`,
      ], {
        events: (results) =>
          results.at(-1)!.map(() => ({ type: "project.deleted", project_id: id })),
      });
      const [jobs = [], projects = []] = results.slice(-2);
      return projects.length > 0 ? jobs.map((job) => String(job.output_dir)) : undefined;
    },
  };
}
