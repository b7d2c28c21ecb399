import {
  DEFAULT_ORDER,
  formatCursor,
  type Order,
  type Sorting,
  type TrainingJobCursor,
  type TrainingJobFilter,
  type TrainingJobQuery,
} from "../../domain/jobs/list.ts";
import type { TrainingJob } from "../../domain/jobs/job.ts";
import { type Status, STATUSES } from "../../domain/jobs/status.ts";
import type { Page } from "../../domain/kernel/page.ts";
import type { Database } from "../sql/database.ts";
import { projectsOf } from "../projects/scope.ts";
import { toTrainingJob, TRAINING_JOB_COLUMNS } from "../sql/rows.ts";
import { joinSql, type Sql, sql } from "../sql/sql.ts";

/**
 * Lists of jobs whose cost does not grow with the number of jobs. Jobs of one project, model, dataset
 * and status are a group; `training_job_counts` knows which groups there are. A search, a filter and
 * a sort choose and order groups, and every group gives at most a page of jobs, by index.
 */
export async function listTrainingJobs(
  db: Database,
  { sort = "created_at", order = DEFAULT_ORDER[sort], after, limit, ...filter }: TrainingJobQuery,
  { userId }: { userId: number },
): Promise<Page<TrainingJob>> {
  const count = limit + 1;
  if (sort === "created_at" && isOneProject(filter)) {
    const statement = ofProject(db, { id: filter.project_id, order, after, count, userId });
    return toPage(await readJobs(db, statement), { sort, order, limit });
  }
  const jobs: TrainingJob[] = [];
  for (const walk of walks({ sort, order, after, filter, userId })) {
    if (jobs.length === count) break;
    jobs.push(...await readJobs(db, firstOf(db, walk, count - jobs.length)));
  }
  return toPage(jobs, { sort, order, limit });
}

/** Reads jobs that a statement selects by `jobColumns`. */
async function readJobs(db: Database, statement: Sql): Promise<TrainingJob[]> {
  const rows = await db.read(statement);
  return rows.map((row) => toTrainingJob(db.words.unpack(TRAINING_JOB_COLUMNS, row)));
}

function jobColumns(db: Database): Sql {
  return db.words.pack(TRAINING_JOB_COLUMNS, sql`j`);
}

/** What is asked for most, a project's jobs by id, is one walk along an index. */
function ofProject(
  db: Database,
  { id, order, after, count, userId }: Pick<Request, "order" | "after" | "userId"> & {
    id: number;
    count: number;
  },
): Sql {
  const isPast = after ? sql`j.id ${PAST[order]} ${after.id}` : sql`1 = 1`;
  return sql`
    select ${jobColumns(db)} from training_jobs j
    where j.project_id = ${id} and j.project_id in ${projectsOf(userId, "viewer")} and ${isPast}
    order by j.id ${DIRECTION[order]} limit ${count}`;
}

/** The numbers of jobs by status, from the counts alone. */
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

/** A way through groups `g` of jobs: which of their jobs `i`, and in which order they are merged. */
interface Walk {
  /** Selects the groups, each with a `key` that the list is sorted by first. */
  groups: Sql;
  /** Which jobs are of the group and behind the cursor. */
  belongs: Sql;
  /** What the jobs of a group, and of groups of the same key, are sorted by. */
  mark: Sql;
  markOrder: Order;
  /** What no mark comes after. */
  last: Sql;
  /** What the list is sorted by, of a job `t` of group `g`; then comes the id. */
  key: Sql;
  keyOrder: Order;
  idOrder: Order;
}

interface Request extends Sorting {
  after: TrainingJobCursor | undefined;
  filter: TrainingJobFilter;
  userId: number;
}

/** One walk; two by accuracy: the jobs that have one, then those that have none, newest first. */
function walks(request: Request): Walk[] {
  const { sort, after, ...rest } = request;
  if (sort !== "accuracy") return [walkByGroup({ ...rest, sort, after })];
  const isPastScored = after?.key === null;
  const unscored = walkByGroup({
    ...rest,
    sort: "unscored",
    order: "desc",
    after: isPastScored ? after : undefined,
  });
  return isPastScored ? [unscored] : [walkByAccuracy(request), unscored];
}

/** Every job of a group has the same key: groups by their key, the jobs of one key by id. */
function walkByGroup(
  { sort, order, after, filter, userId }: Omit<Request, "sort"> & { sort: GroupSort },
): Walk {
  const idOrder = sort === "created_at" ? order : "desc";
  const [first, last] = idOrder === "desc" ? [MAX_ID, sql`-${MAX_ID}`] : [sql`-${MAX_ID}`, MAX_ID];
  const { key, value } = GROUP_KEYS[sort](after?.key);
  const begin = after ? sql`case when ${key} = ${value} then ${after.id} else ${first} end` : first;
  const isWhole = sort === "created_at" && isUnfiltered(filter);
  const conditions = [isWhole ? sql`i.project_id = g.project_id` : OF_GROUP];
  if (sort === "task_type") conditions.push(sql`i.task_type = g.task_type`);
  if (sort === "unscored") conditions.push(sql`i.accuracy is null`);
  conditions.push(sql`i.id ${PAST[idOrder]} g.begin`);
  return {
    groups: sql`
      select f.*, ${key} as key, ${begin} as begin
      from (${isWhole ? projects(userId) : groupsOf(filter, { userId, sort })}) f
      where ${after ? sql`${key} ${FROM[order]} ${value}` : sql`1 = 1`}`,
    belongs: joinSql(conditions, " and "),
    mark: sql`i.id`,
    markOrder: idOrder,
    last,
    key: sql`g.key`,
    keyOrder: order,
    idOrder,
  };
}

/** Jobs with an accuracy, which differ in it within a group. */
function walkByAccuracy({ sort, order, after, filter, userId }: Request): Walk {
  const conditions = [OF_GROUP, sql`i.accuracy is not null`];
  if (after) {
    const { key, id } = after;
    conditions.push(sql`i.accuracy ${FROM[order]} ${key}`);
    conditions.push(sql`(i.accuracy ${PAST[order]} ${key} or i.id < ${id})`);
  }
  return {
    groups: sql`select f.*, 0 as key from (${groupsOf(filter, { userId, sort })}) f`,
    belongs: joinSql(conditions, " and "),
    mark: sql`i.accuracy`,
    markOrder: order,
    last: order === "asc" ? MAX_ACCURACY : sql`-${MAX_ACCURACY}`,
    key: sql`t.accuracy`,
    keyOrder: order,
    idOrder: "desc",
  };
}

const DIRECTION = { asc: sql`asc`, desc: sql`desc` };
const PAST = { asc: sql`>`, desc: sql`<` };
const FROM = { asc: sql`>=`, desc: sql`<=` };
const UNTIL = { asc: sql`<=`, desc: sql`>=` };
const MAX_ID = sql`9007199254740991`;
const MAX_ACCURACY = sql`1e308`;

/**
 * The first `count` jobs of a walk. Most groups have none of them, so a first look finds a bound: where
 * m groups have n jobs each up to some mark, the list goes no further than that for `count` = m × n
 * jobs. With n at twice the share of a group, half of the groups may be small and there is still a
 * bound. Up to there each group gives what it has.
 */
function firstOf(db: Database, walk: Walk, count: number): Sql {
  const [keyOrder, idOrder] = [DIRECTION[walk.keyOrder], DIRECTION[walk.idOrder]];
  const mark = sql`${walk.mark} ${DIRECTION[walk.markOrder]}`;
  const bound = sql`case when g.key = b.key then b.mark else ${walk.last} end`;
  const jobs = sql`
    select i.id from training_jobs i
    where ${walk.belongs} and ${walk.mark} ${UNTIL[walk.markOrder]} ${bound}
    order by ${mark}, i.id ${idOrder} limit ${count}`;
  return sql`
    with kinds as materialized (${walk.groups}),
    share as materialized (
      select 1 + cast(${2 * count} / (1 + count(*)) as bigint) as n from kinds),
    marks as (
      select g.key, (
        select ${walk.mark} from training_jobs i where ${walk.belongs}
        order by ${mark} limit 1 offset (select n - 1 from share)) as mark
      from kinds g),
    bound as materialized (
      select key, mark from marks where mark is not null
      order by key ${keyOrder}, mark ${DIRECTION[walk.markOrder]}
      limit 1 offset (select cast(${count - 1} / n as bigint) from share)),
    page as (
      select ${walk.key} as key, t.id as id
      from kinds g left join bound b on 1 = 1 cross join training_jobs t
      where (b.mark is null or g.key ${UNTIL[walk.keyOrder]} b.key)
        and ${db.words.isAmong(sql`t.id`, jobs)}
      order by key ${keyOrder}, id ${idOrder} limit ${count})
    select ${jobColumns(db)} from page p cross join training_jobs j where j.id = p.id
    order by p.key ${keyOrder}, p.id ${idOrder}`;
}

type GroupSort = "created_at" | "unscored" | "model_name" | "task_type" | "status";
type Key = TrainingJobCursor["key"] | undefined;

/** A group's key, of `f`, and the cursor's. Where it is one and the same, only ids count. */
const GROUP_KEYS: Record<GroupSort, (key: Key) => { key: Sql; value: string | number }> = {
  created_at: () => ({ key: sql`0`, value: 0 }),
  unscored: () => ({ key: sql`0`, value: 0 }),
  model_name: (key) => ({ key: sql`f.model_name`, value: String(key) }),
  task_type: (key) => ({ key: sql`f.task_type`, value: String(key) }),
  status: (key) => ({ key: STATUS_RANK, value: STATUSES.findIndex((status) => status === key) }),
};

const STATUS_RANK = sql`
  case f.status when 'pending' then 0 when 'running' then 1 when 'completed' then 2
    when 'failed' then 3 else 4 end`;

const OF_GROUP = sql`
  i.project_id = g.project_id and i.model_name = g.model_name
  and i.dataset_path = g.dataset_path and i.status = g.status`;

function isOneProject(
  filter: TrainingJobFilter,
): filter is TrainingJobFilter & { project_id: number } {
  return filter.project_id !== undefined && isUnfiltered(filter);
}

function isUnfiltered({ status, model_name, search }: TrainingJobFilter): boolean {
  return status === undefined && model_name === undefined && !search;
}

/** In a list of everything, each project is a group. */
function projects(userId: number): Sql {
  return sql`select id as project_id from projects where id in ${projectsOf(userId, "viewer")}`;
}

/** A model has one task type, as a rule: it parts the groups only where it sorts them. */
function groupsOf(
  filter: TrainingJobFilter,
  { userId, sort }: { userId: number; sort: GroupSort | "accuracy" },
): Sql {
  const columns = sql`project_id, model_name, dataset_path, status`;
  const parted = sort === "task_type" ? sql`${columns}, task_type` : columns;
  return sql`
    select ${parted} from training_job_counts where ${conditionsOn(filter, userId)}
    group by ${parted} having sum(n) > 0`;
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
    // A…Z alone are folded, as both databases do.
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
