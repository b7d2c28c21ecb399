import { Buffer } from "node:buffer";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Conflict } from "../../../src/domain/kernel/errors.ts";
import type { Storage } from "../../../src/storage/open.ts";
import {
  type Order,
  ORDERS,
  parseCursor,
  type Sort,
  SORTS,
  type TrainingJobFilter,
} from "../../../src/domain/jobs/list.ts";
import type { Page } from "../../../src/domain/kernel/page.ts";
import { type Status, STATUSES } from "../../../src/domain/jobs/status.ts";
import type { TrainingJob } from "../../../src/domain/jobs/job.ts";
import type { Database } from "../../../src/storage/sql/database.ts";
import { sql } from "../../../src/storage/sql/sql.ts";
import { addProject, addUser, by, countsOf, LATER, newJob, NOW } from "./samples.ts";
import type { OpenStorage } from "./storage.ts";

// Names that sort otherwise by language than by bytes, and characters special to `like`.
const MODELS = ["Zeta", "alpha", "alpha_b", "50%", "back\\slash", "ärger", "vision/개🐈"];
const DATASETS = ["set/one", "SET/two", "a_c", "abc", "고양이"];
const TASKS = ["detection", "image_classification"] as const;
const JOBS = 130;

const FILTERS: TrainingJobFilter[] = [
  {},
  { project_id: 1 },
  { project_id: 2 },
  { project_id: 3 },
  { project_id: 4 },
  { status: "completed" },
  { project_id: 1, status: "pending" },
  { project_id: 1, model_name: "alpha" },
  { model_name: "ALPHA" },
  { project_id: 1, search: "a" },
  { project_id: 1, search: "ALPHA", status: "failed" },
  { search: "set/" },
  { search: "a_" },
  { search: "%" },
  { search: "\\" },
  { search: "Är" },
  { search: "är" },
  { search: "개" },
  { search: "''; --" },
  { project_id: 1, status: "completed", model_name: "Zeta", search: "c" },
  { project_id: 1, search: "" },
];

/** Lists and counts, compared with what a plain look at every job gives. */
export function listingConformance(name: string, open: () => Promise<OpenStorage>): void {
  describe(`listing on ${name}`, () => {
    let storage: Storage;
    let db: Database;
    let close: () => Promise<void>;
    let ann: number;
    let jobs: TrainingJob[];

    beforeAll(async () => {
      ({ storage, db, close } = await open());
      ann = await addUser(storage, "ann@example.com");
      const bob = await addUser(storage, "bob@example.com");
      for (const userId of [ann, ann, bob]) await addProject(storage, userId);
      jobs = [];
      for (let i = 0; i < JOBS; i++) {
        const project_id = [1, 1, 1, 2, 3][i % 5]!;
        const job = await addJob(storage, { i, project_id, userId: project_id === 3 ? bob : ann });
        if (project_id !== 3) jobs.push(job);
      }
    });
    afterAll(async () => {
      await db.close();
      await close();
    });

    describe.each(SORTS)("by %s", (sort) => {
      describe.each(ORDERS)("%s", (order) => {
        test.each(FILTERS)("%j", async (filter) => {
          const expected = plainList(jobs, { ...filter, sort, order });
          for (const limit of [7, 200]) {
            expect(await walk({ ...filter, sort, order, limit })).toEqual(expected);
          }
        });
      });

      test("one at a time", async () => {
        const query = { project_id: 2, sort, order: "asc" } as const;
        expect(await walk({ ...query, limit: 1 })).toEqual(plainList(jobs, query));
      });
    });

    /** The ids of every page, one behind the other, by way of the cursors' text. */
    async function walk(
      { sort, order, limit, ...filter }: TrainingJobFilter & {
        sort: Sort;
        order: Order;
        limit: number;
      },
    ): Promise<number[]> {
      const ids: number[] = [];
      let cursor: string | null = null;
      do {
        const after = cursor === null ? undefined : parseCursor(cursor, { sort, order });
        if (cursor !== null) expect(after).toBeDefined();
        const page: Page<TrainingJob> = await storage.jobs.list(
          { ...filter, sort, order, after, limit },
          { userId: ann },
        );
        expect(page.items.length).toBeLessThanOrEqual(limit);
        if (page.next_cursor !== null) expect(page.items).toHaveLength(limit);
        ids.push(...page.items.map(({ id }) => id));
        cursor = page.next_cursor;
      } while (cursor !== null);
      return ids;
    }

    test("a list without sort and order is the newest first", async () => {
      const { items } = await storage.jobs.list({ limit: 200 }, { userId: ann });
      expect(items).toStrictEqual([...jobs].reverse());
    });

    test.each(FILTERS)("counts by status: %j", async ({ status: _, ...filter }) => {
      expect(await storage.jobs.countByStatus(filter, { userId: ann }))
        .toStrictEqual(plainCounts(plainFilter(jobs, filter)));
    });

    test("a project knows its counts and its last activity", async () => {
      const projects = await storage.projects.list(ann);
      expect(projects.map(({ id }) => id)).toEqual([2, 1]);
      for (const project of projects) {
        const own = jobs.filter(({ project_id }) => project_id === project.id);
        expect(project).toMatchObject({
          experiment_count: own.length,
          experiments_by_status: plainCounts(own),
          last_activity_at: own.map((job) => job.updated_at).sort().at(-1),
        });
        expect(await storage.projects.find(project.id, { userId: ann })).toStrictEqual(project);
      }
    });
  });

  describe(`counts on ${name}`, () => {
    /** Runs `work` on a fresh database with a project, and compares all counts with the jobs after it. */
    async function counted(
      work: (place: { storage: Storage; db: Database; ann: number; id: number }) => Promise<void>,
    ): Promise<void> {
      const { storage, db, close } = await open();
      try {
        const ann = await addUser(storage, "ann@example.com");
        const id = await addProject(storage, ann);
        await work({ storage, db, ann, id });
        expect(await storedCounts(db)).toEqual(await plainGroups(db));
      } finally {
        await db.close();
        await close();
      }
    }

    test("follow insertions, changes and deletions", () =>
      counted(async ({ storage, db, ann, id }) => {
        const added = [];
        for (let i = 0; i < 20; i++) {
          added.push(await addJob(storage, { i: i % 4, project_id: id, userId: ann }));
        }
        for (const [i, { id }] of added.entries()) {
          const status = STATUSES[i % STATUSES.length]!;
          const change = { ...by(ann, LATER), from: STATUSES };
          if (i % 3 === 0) await storage.jobs.remove(id, change);
          else await storage.jobs.transition(id, { ...change, changes: { status } });
        }
        // Many at once, some of which stay what they are.
        await db.write([sql`update training_jobs set status = 'failed' where id % 2 = 0`]);
        await db.write([sql`update training_jobs set model_name = 'other', accuracy = 1`]);
        expect((await storedCounts(db)).length).toBeGreaterThan(1);
        expect((await storage.projects.find(id, { userId: ann }))!.last_activity_at).toBe(LATER);
      }));

    test("are as before after a write that is undone", () =>
      counted(async ({ storage, ann, id }) => {
        const first = await addJob(storage, { i: 1, project_id: id, userId: ann });
        const { id: _, ...again } = first;
        await expect(storage.jobs.insert(again, by(ann))).rejects
          .toBeInstanceOf(Conflict);
      }));

    test("go with their project", () =>
      counted(async ({ storage, db, ann, id }) => {
        const other = await addProject(storage, ann);
        for (let i = 0; i < 20; i++) {
          await addJob(storage, { i, project_id: i % 4 === 0 ? other : id, userId: ann });
        }
        await db.write([sql`update training_jobs set status = 'failed'`]);
        expect(await storage.projects.remove(id, by(ann))).toHaveLength(15);
        const rows = await db.read(sql`select distinct project_id from training_job_counts`);
        expect(rows.map(({ project_id }) => Number(project_id))).toEqual([other]);
      }));

    test("are right after a hundred insertions and changes at once", () =>
      counted(async ({ storage, ann, id }) => {
        const add = (i: number) => addJob(storage, { i: i % 3, project_id: id, userId: ann });
        const first = await Promise.all(Array.from({ length: 100 }, (_, i) => add(i)));
        await Promise.all(first.flatMap((job, i) => [
          add(i),
          storage.jobs.transition(job.id, {
            ...by(ann, LATER),
            from: STATUSES,
            changes: { status: STATUSES[i % 5]! },
          }),
        ]));
        const { experiments_by_status, experiment_count } =
          (await storage.projects.find(id, { userId: ann }))!;
        expect(experiment_count).toBe(200);
        expect(await storage.jobs.countByStatus({}, { userId: ann }))
          .toStrictEqual(experiments_by_status);
      }));

    test("a project that is deleted while jobs are added and changed leaves none behind", () =>
      counted(async ({ storage, db, ann, id }) => {
        const add = (i: number) => addJob(storage, { i: i % 3, project_id: id, userId: ann });
        const first = await Promise.all(Array.from({ length: 40 }, (_, i) => add(i)));
        const changes = { status: "failed" } as const;
        const ended = await Promise.allSettled([
          ...first.slice(0, 20).map(({ id }) =>
            storage.jobs.transition(id, { ...by(ann, LATER), from: STATUSES, changes })
          ),
          storage.projects.remove(id, by(ann)),
          ...first.map((_, i) =>
            storage.jobs.insert(newJob({ project_id: id, model_name: `m${i}` }), by(ann))
          ),
          ...first.slice(20).map(({ id }) =>
            storage.jobs.transition(id, { ...by(ann, LATER), from: STATUSES, changes })
          ),
        ]);
        const failures = ended.flatMap((end) => end.status === "rejected" ? [end.reason] : []);
        // The project went away between the look for it and the row; never a deadlock.
        for (const failure of failures) expect(failure).toMatchObject({ message: FOREIGN_KEY });
        expect(await storage.projects.find(id, { userId: ann })).toBeUndefined();
        expect(await db.read(sql`select * from training_job_counts`)).toEqual([]);
      }));
  });
}

const FOREIGN_KEY = expect.stringMatching(/^(23503|SQLITE_CONSTRAINT_FOREIGNKEY)$/);

/** A job whose columns depend on `i`, in cycles of different lengths; few accuracies, so that many tie. */
async function addJob(
  storage: Storage,
  { i, project_id, userId }: { i: number; project_id: number; userId: number },
): Promise<TrainingJob> {
  const status = STATUSES[(i * 7 + Math.floor(i / 11)) % STATUSES.length]!;
  const job = newJob({
    project_id,
    model_name: MODELS[i % MODELS.length]!,
    dataset_path: DATASETS[Math.floor(i / 3) % DATASETS.length]!,
    task_type: TASKS[Math.floor(i / 2) % 4 === 0 ? 1 : 0]!,
    status,
    accuracy: i % 4 === 0 ? null : [0, 0.1 + 0.2, 1e-7, 1, 0.89][Math.floor(i / 4) % 5]!,
    updated_at: new Date(Date.parse(NOW) + i * 1000).toISOString(),
  });
  return (await storage.jobs.insert(job, by(userId)))!;
}

function plainFilter(
  jobs: TrainingJob[],
  { project_id, status, model_name, search = "" }: TrainingJobFilter,
): TrainingJob[] {
  const folded = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return jobs.filter((job) =>
    (project_id === undefined || job.project_id === project_id) &&
    (status === undefined || job.status === status) &&
    (model_name === undefined || job.model_name === model_name) &&
    [job.model_name, job.dataset_path].some((text) => folded(text).includes(folded(search)))
  );
}

function plainList(
  jobs: TrainingJob[],
  { sort, order, ...filter }: TrainingJobFilter & { sort: Sort; order: Order },
): number[] {
  const sign = order === "asc" ? 1 : -1;
  const compare = (a: TrainingJob, b: TrainingJob): number => {
    switch (sort) {
      case "created_at":
        return sign * (a.id - b.id);
      case "status":
        return sign * (STATUSES.indexOf(a.status) - STATUSES.indexOf(b.status));
      case "accuracy":
        if (a.accuracy === null || b.accuracy === null) {
          return Number(a.accuracy === null) - Number(b.accuracy === null);
        }
        return sign * (a.accuracy - b.accuracy);
      default:
        return sign * Buffer.compare(Buffer.from(a[sort]), Buffer.from(b[sort]));
    }
  };
  return plainFilter(jobs, filter).sort((a, b) => compare(a, b) || b.id - a.id).map(({ id }) => id);
}

function plainCounts(jobs: TrainingJob[]): Record<Status, number> {
  const counts = countsOf({});
  for (const { status } of jobs) counts[status]++;
  return counts;
}

/** The counts as kept, without those that are 0. */
async function storedCounts(db: Database): Promise<unknown[]> {
  const rows = await db.read(sql`
    select project_id, model_name, dataset_path, status, task_type, sum(n) as n
    from training_job_counts
    group by project_id, model_name, dataset_path, status, task_type
    having sum(n) <> 0 order by 1, 2, 3, 4, 5`);
  return rows.map((row) => ({ ...row, n: Number(row.n) }));
}

/** The counts as they should be. */
async function plainGroups(db: Database): Promise<unknown[]> {
  const rows = await db.read(sql`
    select project_id, model_name, dataset_path, status, task_type, count(*) as n
    from training_jobs
    group by project_id, model_name, dataset_path, status, task_type order by 1, 2, 3, 4, 5`);
  return rows.map((row) => ({ ...row, n: Number(row.n) }));
}
