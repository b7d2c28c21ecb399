import type { TrainingJobs } from "../../domain/kernel/storage.ts";
import type { NewTrainingJob, Status } from "../../domain/jobs/job.ts";
import { logEntry, logged } from "../access/audit.ts";
import type { Database } from "../sql/database.ts";
import { projectsOf } from "../projects/project.ts";
import { toTrainingJob } from "../sql/rows.ts";
import { identifier, isIn, joinSql, one, type Sql, sql } from "../sql/sql.ts";
import { countByStatus, listTrainingJobs } from "./list.ts";

export function trainingJobQueries(db: Database): TrainingJobs {
  return {
    async insert(job, { userId, origin, idempotency }) {
      const insertion = insertJob(job, { userId, key: idempotency?.key ?? null });
      const statements = origin
        ? db.words.thenAbout(
          insertion,
          sql`select * from training_jobs where output_dir = ${job.output_dir}`,
          (from) =>
            logEntry(origin, {
              action: "job_created",
              userId: sql`${userId}`,
              projectId: sql`project_id`,
              subject: JOB_NAME,
              from,
            }),
        )
        : [insertion];
      if (idempotency) statements.push(rememberKey(job, { userId, ...idempotency }));
      const [[row] = []] = await db.write(...statements);
      return row && toTrainingJob({ ...job, id: row.id });
    },

    async find(id, { userId }) {
      const [row] = await db.read(one(sql`
        select * from training_jobs
        where id = ${id} and project_id in ${projectsOf(userId, "viewer")}`));
      return row && toTrainingJob(row);
    },

    async findByOutputDir(outputDir) {
      const [row] = await db.read(one(sql`
        select * from training_jobs where output_dir = ${outputDir}`));
      return row && toTrainingJob(row);
    },

    async outputDirs({ after, limit }) {
      const rows = await db.read(sql`
        select id, output_dir, status from training_jobs
        where id > ${after} order by id limit ${limit}`);
      return rows.map((row) => ({
        id: Number(row.id),
        output_dir: String(row.output_dir),
        status: row.status as Status,
      }));
    },

    async haveRows(outputDirs) {
      if (outputDirs.length === 0) return new Map();
      // Both databases name the column of a `values` list so. Who has no row is answered as well: an
      // answer that was cut short must not look like "no row".
      const rows = await db.read(sql`
        select asked.column1 as output_dir, training_jobs.id as id
        from (values ${joinSql(outputDirs.map((name) => sql`(${name})`), ", ")}) as asked
        left join training_jobs on training_jobs.output_dir = asked.column1`);
      const answers = new Map(rows.map((row) => [String(row.output_dir), row.id !== null]));
      if (outputDirs.every((name) => answers.has(name))) return answers;
      throw new Error("the database did not answer for every output directory");
    },

    async findByIdempotencyKey(key, { userId }) {
      const [row] = await db.read(one(sql`
        select input_hash, job_id, answer from idempotency_keys
        where user_id = ${userId} and key = ${key}`));
      return row && {
        input_hash: String(row.input_hash),
        job: toTrainingJob({ ...JSON.parse(String(row.answer)), id: row.job_id }),
      };
    },

    list: (query, options) => listTrainingJobs(db, query, options),

    countByStatus: (filter, options) => countByStatus(db, filter, options),

    async transition(id, { userId, origin, from, changes }) {
      const assignments = Object.entries(changes).map(([column, value]) =>
        sql`${identifier(column)} = ${value}`
      );
      const target = changeable(id, { userId, from });
      const results = await db.write(
        ...logged({ userId, origin }, {
          ...entryOf(target),
          action: "job_status_changed",
          detail: changes.status,
        }),
        sql`update training_jobs set ${joinSql(assignments, ", ")} where ${target} returning *`,
      );
      const row = results.at(-1)?.[0];
      return row && toTrainingJob(row);
    },

    async remove(id, { userId, origin, from }) {
      const target = changeable(id, { userId, from });
      const results = await db.write(
        ...logged({ userId, origin }, { ...entryOf(target), action: "job_deleted" }),
        sql`delete from training_jobs where ${target} returning *`,
      );
      const row = results.at(-1)?.[0];
      return row && toTrainingJob(row);
    },

    async forgetIdempotencyKeys({ before }) {
      await db.write(sql`delete from idempotency_keys where created_at < ${before}`);
    },
  };

  /** For the audit log, before the job is changed. */
  function entryOf(target: Sql) {
    return {
      from: sql`training_jobs where ${target} ${db.words.forUpdate}`,
      projectId: sql`project_id`,
      subject: JOB_NAME,
    };
  }
}

const JOB_NAME = sql`model_name || ' #' || id`;

/** The job of this id, if the user may change it and its status is one of `from`. */
function changeable(
  id: number,
  { userId, from }: { userId: number; from: readonly Status[] },
): Sql {
  return sql`
    id = ${id} and ${isIn(sql`status`, from)}
    and project_id in ${projectsOf(userId, "editor")}`;
}

/**
 * Ownership, the key's freshness and the row in one statement: no row comes back when this user
 * may not change the project or the key is used. A taken `output_dir` throws, which undoes `rememberKey` too.
 */
function insertJob(job: NewTrainingJob, { userId, key }: { userId: number; key: string | null }) {
  return one(sql`
    insert into training_jobs (
      project_id, model_name, framework, task_type, dataset_path, dataset_format, num_classes,
      epochs, batch_size, learning_rate, optimizer, pretrained, output_dir, status, accuracy, loss,
      created_at, updated_at, started_at, completed_at, error_message)
    select
      id, ${job.model_name}, ${job.framework}, ${job.task_type}, ${job.dataset_path},
      ${job.dataset_format}, ${job.num_classes}, ${job.epochs}, ${job.batch_size},
      ${job.learning_rate}, ${job.optimizer}, ${job.pretrained}, ${job.output_dir}, ${job.status},
      ${job.accuracy}, ${job.loss}, ${job.created_at}, ${job.updated_at}, ${job.started_at},
      ${job.completed_at}, ${job.error_message}
    from projects
    where id = ${job.project_id} and id in ${projectsOf(userId, "editor")}
      and not exists (
        select 1 from idempotency_keys where user_id = ${userId} and key = ${key})
    returning id, project_id, model_name`);
}

/**
 * Keeps the whole answer beside the key: a retry gets it again even when the job has moved on or is
 * gone. Finds the row by the `output_dir` that only this creation can have inserted.
 */
function rememberKey(
  job: NewTrainingJob,
  { userId, key, input_hash }: { userId: number; key: string; input_hash: string },
) {
  return sql`
    insert into idempotency_keys (user_id, key, input_hash, job_id, answer, created_at)
    select ${userId}, ${key}, ${input_hash}, id, ${JSON.stringify(job)}, ${job.created_at}
    from training_jobs
    where output_dir = ${job.output_dir} and project_id in ${projectsOf(userId, "editor")}`;
}
