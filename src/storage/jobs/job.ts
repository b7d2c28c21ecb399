import type { IdempotencyKey, NewTrainingJob, TrainingJobs } from "../../domain/jobs/job.ts";
import type { Status } from "../../domain/jobs/status.ts";
import type { Actor } from "../../domain/kernel/actor.ts";
import type { Events } from "../../domain/kernel/events.ts";
import { logged } from "../access/audit.ts";
import { recordRemoval } from "../outputs/removal.ts";
import { changeableBy, projectsOf } from "../projects/scope.ts";
import type { Database, Row } from "../sql/database.ts";
import { toTrainingJob } from "../sql/rows.ts";
import { identifier, isIn, joinSql, one, type Sql, sql } from "../sql/sql.ts";
import { countByStatus, listTrainingJobs } from "./list.ts";

export function trainingJobQueries(db: Database): TrainingJobs {
  return {
    async insert(job, { idempotency, ...change }) {
      const [[row] = []] = await db.write([
        insertJob(job, { actor: change.actor, idempotency }),
        logged(change, {
          action: "job_created",
          projectId: sql`project_id`,
          subject: JOB_NAME,
          from: sql`training_jobs where output_dir = ${job.output_dir}`,
        }),
        ...idempotency ? [rememberKey(job, idempotency)] : [],
      ], { events: ([inserted = []]) => eventsOf("job.created", inserted) });
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

    async transition(id, { from, changes, ...change }) {
      const assignments = Object.entries({ ...changes, updated_at: change.now })
        .map(([column, value]) => sql`${identifier(column)} = ${value}`);
      const target = changeable(id, { actor: change.actor, from });
      const [, [row] = []] = await db.write([
        logged(change, {
          ...entryOf(target),
          action: "job_status_changed",
          detail: changes.status,
        }),
        sql`update training_jobs set ${joinSql(assignments, ", ")} where ${target} returning *`,
      ], { events: ([, changed = []]) => eventsOf("job.changed", changed) });
      return row && toTrainingJob(row);
    },

    async remove(id, { from, ...change }) {
      const target = changeable(id, { actor: change.actor, from });
      const [, , [row] = []] = await db.write([
        logged(change, { ...entryOf(target), action: "job_deleted" }),
        recordRemoval(sql`training_jobs where ${target}`, change),
        sql`delete from training_jobs where ${target} returning *`,
      ], { events: ([, , deleted = []]) => eventsOf("job.deleted", deleted) });
      return row && toTrainingJob(row);
    },

    async forgetIdempotencyKeys({ before }) {
      await db.write([sql`delete from idempotency_keys where created_at < ${before}`]);
    },
  };

  /** The audit entry of a change, written before it. */
  function entryOf(target: Sql) {
    return {
      from: sql`training_jobs where ${target} ${db.words.forUpdate}`,
      projectId: sql`project_id`,
      subject: JOB_NAME,
    };
  }
}

const JOB_NAME = sql`model_name || ' #' || id`;

/** The job of this id, if the actor may change it and its status is one of `from`. */
function changeable(
  id: number,
  { actor, from }: { actor: Actor; from: readonly Status[] },
): Sql {
  return sql`
    id = ${id} and ${isIn(sql`status`, from)} and project_id in ${changeableBy(actor, "editor")}`;
}

/**
 * Role, freshness of the key and of the name, and the row, in one statement: no row comes back when
 * one of them is missing. A taken `output_dir` throws, which undoes `rememberKey` too.
 */
function insertJob(
  job: NewTrainingJob,
  { actor, idempotency }: { actor: Actor; idempotency: IdempotencyKey | undefined },
): Sql {
  const isKnown = sql`
    select 1 from idempotency_keys
    where user_id = ${idempotency?.user_id ?? null} and key = ${idempotency?.key ?? null}`;
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
    where id = ${job.project_id} and id in ${changeableBy(actor, "editor")}
      and not exists (${isKnown})
      and not exists (select 1 from output_removals where output_dir = ${job.output_dir})
    returning id, project_id`);
}

/**
 * Stores the whole answer with the key: a retry gets it again even when the job has moved on or is
 * deleted. Finds the row by the `output_dir` that only this creation can have inserted.
 */
function rememberKey(job: NewTrainingJob, { user_id, key, input_hash }: IdempotencyKey): Sql {
  return sql`
    insert into idempotency_keys (user_id, key, input_hash, job_id, answer, created_at)
    select ${user_id}, ${key}, ${input_hash}, id, ${JSON.stringify(job)}, ${job.created_at}
    from training_jobs where output_dir = ${job.output_dir}`;
}

function eventsOf(type: JobEvent, jobs: Row[]) {
  return jobs.map(({ id, project_id }) => ({
    type,
    project_id: Number(project_id),
    job_id: Number(id),
  }));
}
type JobEvent = Extract<keyof Events, `job.${string}`>;
