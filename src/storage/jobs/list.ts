import type { TrainingJob } from "../../domain/jobs/job.ts";
import {
  DEFAULT_ORDER,
  formatCursor,
  type Order,
  type Sort,
  type Sorting,
  type TrainingJobCursor,
  type TrainingJobFilter,
  type TrainingJobQuery,
} from "../../domain/jobs/list.ts";
import { type Status, STATUSES } from "../../domain/jobs/status.ts";
import type { Page } from "../../domain/kernel/page.ts";
import { projectsOf } from "../projects/scope.ts";
import type { Database } from "../sql/database.ts";
import { toTrainingJob, TRAINING_JOB_COLUMNS } from "../sql/rows.ts";
import { identifier, joinSql, type Sql, sql } from "../sql/sql.ts";

/**
 * Reads a page of jobs by keyset. `training_job_counts` names the groups of jobs that match the
 * filter: projects, or the statuses or models and datasets within them. An index holds the jobs of
 * each group in list order, so a page costs a few index reads per group, however many jobs there are.
 */
export async function listTrainingJobs(
  db: Database,
  { sort = "created_at", order = DEFAULT_ORDER[sort], after, limit, ...filter }: TrainingJobQuery,
  { userId }: { userId: number },
): Promise<Page<TrainingJob>> {
  const jobs: TrainingJob[] = [];
  for (const part of partsOf({ sort, order, after })) {
    const count = limit + 1 - jobs.length;
    if (count === 0) break;
    const rows = await db.read(selectJobs(db, { ...part, filter, userId, count }));
    for (const row of rows) {
      jobs.push(toTrainingJob(db.words.unpack(TRAINING_JOB_COLUMNS, row)));
    }
  }
  return toPage(jobs, { sort, order, limit });
}

/** The statement of a part, or of a whole list. */
interface Part {
  sort: Sort | "unscored";
  order: Order;
  after: TrainingJobCursor | undefined;
}

/** By accuracy, in both directions, jobs without one come last, newest first. */
function partsOf({ sort, order, after }: Sorting & Pick<Part, "after">): Part[] {
  if (sort !== "accuracy") return [{ sort, order, after }];
  if (after?.key === null) return [{ sort: "unscored", order: "desc", after }];
  return [{ sort, order, after }, { sort: "unscored", order: "desc", after: undefined }];
}

/**
 * Takes the first `count` jobs of each group and merges them. They can only be in the `count` groups
 * whose first jobs come first, so the other groups are dropped beforehand.
 */
function selectJobs(
  db: Database,
  { sort, order, after, filter, userId, count }: Part & {
    filter: TrainingJobFilter;
    userId: number;
    count: number;
  },
): Sql {
  const columns = groupColumns(sort, filter);
  const past = pastCursor({ sort, order, after });
  const wanted = [...past.jobs];
  if (filter.status !== undefined) wanted.push(sql`i.status = ${filter.status}`);
  if (sort === "accuracy") wanted.push(sql`i.accuracy is not null`);
  if (sort === "unscored") wanted.push(sql`i.accuracy is null`);
  if (columns.length === 1 && filter.project_id !== undefined) {
    // A single group, and the list that is read most: there is nothing to merge.
    const inProject = sql`i.project_id = ${filter.project_id}
      and i.project_id in ${projectsOf(userId, "viewer")}`;
    return sql`
      select ${db.words.pack(TRAINING_JOB_COLUMNS, "i")} from training_jobs i where ${
      joinSql([inProject, ...wanted], " and ")
    }
      order by ${groupOrder({ sort, order })} limit ${count}`;
  }
  const inGroup = columns.map((column) => sql`i.${column} = g.${column}`);
  const firstOfGroup = (count: number) =>
    sql`
    select i.id from training_jobs i where ${joinSql([...inGroup, ...wanted], " and ")}
    order by ${groupOrder({ sort, order })} limit ${count}`;
  return sql`
    with groups as materialized (
      select ${joinSql(columns, ", ")} from training_job_counts g
      where ${joinSql([conditionsOn(filter, userId), ...past.groups], " and ")}
      group by ${joinSql(columns, ", ")} having sum(n) > 0),
    first_groups as materialized (
      select g.* from groups g cross join training_jobs j where j.id = (${firstOfGroup(1)})
      order by ${listOrder({ sort, order })} limit ${count})
    select ${
    db.words.pack(TRAINING_JOB_COLUMNS, "j")
  } from first_groups g cross join training_jobs j
    where ${db.words.isAmong(sql`j.id`, firstOfGroup(count))}
    order by ${listOrder({ sort, order })} limit ${count}`;
}

/**
 * The columns in which the jobs of a group are equal: all that the list is filtered or sorted by,
 * but for accuracy and id. `0005_list_indexes.sql` has an index for each choice.
 */
function groupColumns(sort: Part["sort"], { model_name, search }: TrainingJobFilter): Sql[] {
  const names = ["project_id"];
  const isByProject = sort === "created_at" || sort === "status";
  if (!isByProject || model_name !== undefined || search) names.push("model_name", "dataset_path");
  if (sort === "status" || sort === "task_type") names.push(sort);
  return names.map(identifier);
}

/** Conditions on groups `g` and on their jobs `i`. */
function pastCursor({ sort, order, after }: Part): { groups: Sql[]; jobs: Sql[] } {
  if (!after) return { groups: [], jobs: [] };
  const { key, id } = after;
  switch (sort) {
    case "created_at":
    case "unscored":
      return { groups: [], jobs: [sql`i.id ${PAST[order]} ${id}`] };
    case "accuracy": {
      const isPast = sql`(i.accuracy ${PAST[order]} ${key} or i.id < ${id})`;
      return { groups: [], jobs: [sql`i.accuracy ${FROM[order]} ${key}`, isPast] };
    }
    default: {
      const value = sort === "status" ? STATUSES.findIndex((status) => status === key) : key;
      const ofGroup = KEYS[sort](sql`g`);
      return {
        groups: [sql`${ofGroup} ${FROM[order]} ${value}`],
        // An `or` would keep the databases from starting at the id in the index.
        jobs: [sql`i.id < case when ${ofGroup} = ${value} then ${id} else ${MAX_ID} end`],
      };
    }
  }
}

/** Jobs `i` of one group, equal in every key but accuracy. */
function groupOrder({ sort, order }: Pick<Part, "sort" | "order">): Sql {
  if (sort === "created_at") return sql`i.id ${DIRECTION[order]}`;
  const isByAccuracy = sort === "accuracy" || sort === "unscored";
  return isByAccuracy ? sql`i.accuracy ${DIRECTION[order]}, i.id desc` : sql`i.id desc`;
}

/** Jobs `j`: ties are newest first in both directions. */
function listOrder({ sort, order }: Pick<Part, "sort" | "order">): Sql {
  if (sort === "created_at") return sql`j.id ${DIRECTION[order]}`;
  return sql`${KEYS[sort](sql`j`)} ${DIRECTION[order]}, j.id desc`;
}

/** What a list is sorted by, of a table. */
const KEYS: Record<Exclude<Part["sort"], "created_at">, (table: Sql) => Sql> = {
  model_name: (table) => sql`${table}.model_name`,
  task_type: (table) => sql`${table}.task_type`,
  status: (table) =>
    sql`
      case ${table}.status when 'pending' then 0 when 'running' then 1 when 'completed' then 2
        when 'failed' then 3 else 4 end`,
  accuracy: (table) => sql`${table}.accuracy`,
  unscored: (table) => sql`${table}.accuracy`,
};

const DIRECTION = { asc: sql`asc`, desc: sql`desc` };
const PAST = { asc: sql`>`, desc: sql`<` };
const FROM = { asc: sql`>=`, desc: sql`<=` };
const MAX_ID = sql`9007199254740991`;

/** Counts jobs by status. */
export async function countByStatus(
  db: Database,
  filter: Omit<TrainingJobFilter, "status">,
  { userId }: { userId: number },
): Promise<Record<Status, number>> {
  const rows = await db.read(sql`
    select status, sum(n) as n from training_job_counts
    where ${conditionsOn(filter, userId)} group by status`);
  const counts = new Map(rows.map(({ status, n }) => [status, Number(n)]));
  return Object.fromEntries(
    STATUSES.map((status) => [status, counts.get(status) ?? 0]),
  ) as Record<Status, number>;
}

function conditionsOn(
  { project_id, status, model_name, search }: TrainingJobFilter,
  userId: number,
): Sql {
  const conditions = [sql`project_id in ${projectsOf(userId, "viewer")}`];
  if (project_id !== undefined) conditions.push(sql`project_id = ${project_id}`);
  if (status !== undefined) conditions.push(sql`status = ${status}`);
  if (model_name !== undefined) conditions.push(sql`model_name = ${model_name}`);
  if (search) {
    // `lower` folds only A to Z in both databases, so the pattern must too.
    const part = search.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
    const pattern = `%${part.replace(/[\\%_]/g, "\\$&")}%`;
    conditions.push(sql`
      (lower(model_name) like ${pattern} escape '\\'
        or lower(dataset_path) like ${pattern} escape '\\')`);
  }
  return joinSql(conditions, " and ");
}

function toPage(
  jobs: TrainingJob[],
  { sort, order, limit }: Sorting & { limit: number },
): Page<TrainingJob> {
  const items = jobs.slice(0, limit);
  const last = items.at(-1);
  if (!last || jobs.length <= limit) return { items, next_cursor: null };
  const key = sort === "created_at" ? null : last[sort];
  return { items, next_cursor: formatCursor({ id: last.id, key }, { sort, order }) };
}
