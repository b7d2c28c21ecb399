import { Conflict, type Projects } from "../domain/storage.ts";
import type { Database } from "./database.ts";
import { toProject } from "./rows.ts";
import { joinSql, type Sql, sql } from "./sql.ts";

/** Which projects a user may see and change. Every query about projects or jobs stands on this. */
export function projectsOf(userId: number): Sql {
  return sql`(select id from projects where user_id = ${userId})`;
}

// Named one by one: SQLite knows no `projects.*` after `returning`.
const columns = sql`
  id, user_id, name, description, created_at, updated_at,
  (select count(*) from training_jobs where project_id = projects.id) as experiment_count`;

export function projectQueries(db: Database): Projects {
  return {
    async list(userId) {
      const rows = await db.read(sql`
        select ${columns} from projects where id in ${projectsOf(userId)} order by id desc`);
      return rows.map(toProject);
    },

    async has(id, { userId }) {
      const rows = await db.read(sql`
        select 1 from projects where id = ${id} and id in ${projectsOf(userId)}`);
      return rows.length > 0;
    },

    async find(id, { userId }) {
      const [row] = await db.read(sql`
        select ${columns} from projects where id = ${id} and id in ${projectsOf(userId)}`);
      return row && toProject(row);
    },

    async insert({ name, description }, { userId, now }) {
      const [[row] = []] = await db.write(sql`
        insert into projects (user_id, name, description, created_at, updated_at)
        values (${userId}, ${name}, ${description}, ${now}, ${now})
        returning *, 0 as experiment_count`);
      return toProject(row!);
    },

    async update(id, { userId, patch, now }) {
      const changes = [sql`updated_at = ${now}`];
      if (patch.name !== undefined) changes.push(sql`name = ${patch.name}`);
      if (patch.description !== undefined) changes.push(sql`description = ${patch.description}`);
      const [[row] = []] = await db.write(sql`
        update projects set ${joinSql(changes, ", ")}
        where id = ${id} and id in ${projectsOf(userId)}
        returning ${columns}`);
      return row && toProject(row);
    },

    async remove(id, { userId }) {
      const removable = sql`
        id = ${id} and id in ${projectsOf(userId)}
        and not exists (
          select 1 from training_jobs where project_id = projects.id and status = 'running')`;
      // The jobs go in a statement of their own because a cascade does not say what it removed.
      const statements = [
        sql`
          delete from training_jobs
          where project_id in (select id from projects where ${removable})
          returning output_dir`,
        sql`delete from projects where ${removable} returning id`,
      ];
      const [jobs = [], projects = []] = await again(() => db.write(...statements));
      return projects.length > 0 ? jobs.map((job) => String(job.output_dir)) : undefined;
    },
  };
}

/** Until nobody creates a job between the two statements: its reference to the project is a conflict. */
async function again<T>(work: () => Promise<T>): Promise<T> {
  while (true) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
    }
  }
}
