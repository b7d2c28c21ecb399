import type { Projects } from "../domain/storage.ts";
import { STATUSES } from "../domain/training_job.ts";
import type { Database } from "./database.ts";
import { toProject } from "./rows.ts";
import { identifier, joinSql, type Sql, sql } from "./sql.ts";

/** Which projects a user may see and change. Every query about projects or jobs stands on this. */
export function projectsOf(userId: number): Sql {
  return sql`(select id from projects where user_id = ${userId})`;
}

/** Projects with what is known of their experiments, newest first. Only counts are read. */
function projectsWhere(condition: Sql): Sql {
  const numbers = STATUSES.map((status) =>
    sql`sum(case when c.status = ${status} then c.n else 0 end) as ${identifier(status)}`
  );
  return sql`
    select p.*, max(c.updated_at) as jobs_changed_at, ${joinSql(numbers, ", ")}
    from projects p left join training_job_counts c on c.project_id = p.id
    where ${condition}
    group by p.id order by p.id desc`;
}

export function projectQueries(db: Database): Projects {
  return {
    async list(userId) {
      const rows = await db.read(projectsWhere(sql`p.id in ${projectsOf(userId)}`));
      return rows.map(toProject);
    },

    async has(id, { userId }) {
      const rows = await db.read(sql`
        select 1 from projects where id = ${id} and id in ${projectsOf(userId)}`);
      return rows.length > 0;
    },

    async find(id, { userId }) {
      const [row] = await db.read(
        projectsWhere(sql`p.id = ${id} and p.id in ${projectsOf(userId)}`),
      );
      return row && toProject(row);
    },

    async insert({ name, description }, { userId, now }) {
      const none = STATUSES.map((status) => sql`0 as ${identifier(status)}`);
      const [[row] = []] = await db.write(sql`
        insert into projects (user_id, name, description, created_at, updated_at)
        values (${userId}, ${name}, ${description}, ${now}, ${now})
        returning *, ${joinSql(none, ", ")}`);
      return toProject(row!);
    },

    async update(id, { userId, patch, now }) {
      const changes = [sql`updated_at = ${now}`];
      if (patch.name !== undefined) changes.push(sql`name = ${patch.name}`);
      if (patch.description !== undefined) changes.push(sql`description = ${patch.description}`);
      const [, [row] = []] = await db.write(
        sql`
          update projects set ${joinSql(changes, ", ")}
          where id = ${id} and id in ${projectsOf(userId)}`,
        projectsWhere(sql`p.id = ${id} and p.id in ${projectsOf(userId)}`),
      );
      return row && toProject(row);
    },

    async remove(id, { userId }) {
      const removable = sql`
        id = ${id} and id in ${projectsOf(userId)}
        and not exists (
          select 1 from training_jobs where project_id = projects.id and status = 'running')`;
      const [, jobs = [], projects = []] = await db.write(
        // So that nobody creates a job between the next two.
        sql`
          select id from projects where id = ${id} and id in ${projectsOf(userId)}
          ${db.words.forUpdate}`,
        // The jobs go in a statement of their own because a cascade does not say what it removed.
        sql`
          delete from training_jobs
          where project_id in (select id from projects where ${removable})
          returning output_dir`,
        sql`delete from projects where ${removable} returning id`,
      );
      return projects.length > 0 ? jobs.map((job) => String(job.output_dir)) : undefined;
    },
  };
}
