import { beforeEach, describe, expect, test } from "vitest";
import { STATUSES } from "../../../src/domain/jobs/status.ts";
import { Conflict } from "../../../src/domain/kernel/errors.ts";
import type { Storage } from "../../../src/storage/open.ts";
import type { Database } from "../../../src/storage/sql/database.ts";
import {
  addJob,
  addProject,
  addUser,
  by,
  count,
  failure,
  LATER,
  newJob,
  NOW,
  type Opened,
} from "./samples.ts";

/** What the database knows of output directories: their owners, and which are to be removed. */
export function outputConformance(open: () => Opened): void {
  let storage: Storage;
  let db: Database;
  let ann: number;
  let project_id: number;

  beforeEach(async () => {
    ({ storage, db } = open());
    ann = await addUser(storage, "ann@example.com");
    project_id = await addProject(storage, ann);
  });

  const pending = (after = "", limit = 100) => storage.removals.pending({ after, limit });
  const addJobs = async (n: number) => {
    const jobs = [];
    for (let i = 0; i < n; i++) jobs.push(await addJob(storage, ann, { project_id }));
    return jobs;
  };
  const deleteJob = (id: number) => storage.jobs.remove(id, { ...by(ann), from: STATUSES });
  const namesOf = (jobs: { output_dir: string }[]) => jobs.map((job) => job.output_dir).sort();

  describe("owners", () => {
    test("outputDirs answers everybody's jobs, page by page", async () => {
      const all = (await addJobs(3))
        .map(({ id, output_dir, status }) => ({ id, output_dir, status }));
      const { outputDirs } = storage.owners;
      expect(await outputDirs({ after: 0, limit: 2 })).toStrictEqual(all.slice(0, 2));
      expect(await outputDirs({ after: all[1]!.id, limit: 2 })).toStrictEqual(all.slice(2));
    });

    test("ownersOf answers for each directory it is asked about", async () => {
      const [job, deleted] = await addJobs(2);
      await deleteJob(deleted!.id);
      const absent = Array.from({ length: 600 }, (_, i) => `${job!.output_dir}_${i + 2}'`);
      const answers = absent.map((name) => [name, "none"] as const);
      const asked = [absent[0]!, job!.output_dir, deleted!.output_dir, ...absent];
      expect(await storage.owners.ownersOf(asked)).toEqual(
        new Map([[job!.output_dir, "job"], [deleted!.output_dir, "removal"], ...answers]),
      );
      expect(await storage.owners.ownersOf([])).toEqual(new Map());
    });
  });

  describe("removals", () => {
    test("deleting a job records its directory and no other", async () => {
      const [kept, deleted] = await addJobs(2);
      await deleteJob(deleted!.id);
      expect(await pending()).toEqual([deleted!.output_dir]);
      expect(await storage.owners.ownersOf([kept!.output_dir]))
        .toEqual(new Map([[kept!.output_dir, "job"]]));
    });

    test("deleting a project records the directories of all its jobs", async () => {
      const other = await addProject(storage, ann);
      await addJob(storage, ann, { project_id: other });
      const jobs = await addJobs(3);
      await storage.projects.remove(project_id, by(ann));
      expect(await pending()).toEqual(namesOf(jobs));
    });

    test("a refused deletion records nothing", async () => {
      const bob = await addUser(storage, "bob@example.com");
      const { id } = await addJob(storage, ann, { project_id, status: "running" });
      expect(await storage.jobs.remove(id, { ...by(ann), from: ["pending"] })).toBeUndefined();
      expect(await storage.jobs.remove(id, { ...by(bob), from: STATUSES })).toBeUndefined();
      expect(await storage.projects.remove(project_id, by(ann))).toBeUndefined();
      expect(await storage.projects.remove(project_id, by(bob))).toBeUndefined();
      expect(await count(db, "output_removals")).toBe(0);
    });

    test("a deletion that fails at its last statement records nothing", async () => {
      const [job] = await addJobs(2);
      // Whoever refers to the job keeps its row, and so its project's.
      await db.script(`
        create table pins (job_id bigint not null references training_jobs (id));
        insert into pins values (${job!.id})`);
      const entries = await count(db, "audit_log");
      expect(await failure(deleteJob(job!.id))).toBeInstanceOf(Conflict);
      expect(await failure(storage.projects.remove(project_id, by(ann)))).toBeInstanceOf(Conflict);
      expect(await count(db, "output_removals")).toBe(0);
      expect(await count(db, "training_jobs")).toBe(2);
      expect(await count(db, "audit_log")).toBe(entries);
    });

    test("deletions of one job at once record it once", async () => {
      const [job] = await addJobs(1);
      const deleted = await Promise.all(Array.from({ length: 8 }, () => deleteJob(job!.id)));
      expect(deleted.filter(Boolean)).toHaveLength(1);
      expect(await pending()).toEqual([job!.output_dir]);
    });

    test("jobs that are deleted while their project is are recorded once each", async () => {
      const jobs = await addJobs(40);
      const deletions = await Promise.allSettled([
        ...jobs.slice(0, 20).map(({ id }) => deleteJob(id)),
        storage.projects.remove(project_id, by(ann)),
        ...jobs.slice(20).map(({ id }) => deleteJob(id)),
      ]);
      expect(deletions.filter(({ status }) => status === "rejected")).toEqual([]);
      expect(await count(db, "training_jobs")).toBe(0);
      expect(await pending()).toEqual(namesOf(jobs));
    });

    test("pending answers page by page, in the order of the names' bytes", async () => {
      const names = ["a", "B", "개", "C"].map((name) => `outputs/${project_id}/${name}`);
      for (const output_dir of names) {
        await deleteJob((await addJob(storage, ann, { project_id, output_dir })).id);
      }
      const [b, c, a, korean] = [names[1]!, names[3]!, names[0]!, names[2]!];
      expect(await pending("", 3)).toEqual([b, c, a]);
      expect(await pending(a, 3)).toEqual([korean]);
      expect(await pending(korean, 3)).toEqual([]);
    });

    test("a removed directory is pending no more, and known until it is forgotten", async () => {
      const jobs = await addJobs(3);
      for (const { id } of jobs) await deleteJob(id);
      const [first, second, third] = namesOf(jobs) as [string, string, string];
      const owners = async () => {
        const found = await storage.owners.ownersOf([first, second, third]);
        return [first, second, third].map((name) => found.get(name));
      };
      await storage.removals.markRemoved([first], { now: NOW });
      await storage.removals.markRemoved([second], { now: LATER });
      await storage.removals.markRemoved([], { now: LATER });
      expect(await pending()).toEqual([third]);
      expect(await owners()).toEqual(["removal", "removal", "removal"]);
      await storage.removals.forget({ before: NOW });
      expect(await owners()).toEqual(["removal", "removal", "removal"]);
      await storage.removals.forget({ before: LATER });
      expect(await owners()).toEqual(["none", "removal", "removal"]);
      // However old, what is still to be removed is never forgotten.
      await storage.removals.forget({ before: "2025-01-01T00:00:00.000Z" });
      expect(await owners()).toEqual(["none", "none", "removal"]);
      expect(await pending()).toEqual([third]);
    });

    test("a new job is refused a recorded name until it is forgotten", async () => {
      const [job] = await addJobs(1);
      const { output_dir } = job!;
      await deleteJob(job!.id);
      const entries = await count(db, "audit_log");
      const insert = () =>
        storage.jobs.insert(newJob({ project_id, output_dir }), {
          ...by(ann),
          idempotency: { user_id: ann, key: "k", input_hash: "h" },
        });
      expect(await insert()).toBeUndefined();
      await storage.removals.markRemoved([output_dir], { now: NOW });
      expect(await insert()).toBeUndefined();
      expect(await count(db, "training_jobs")).toBe(0);
      expect(await count(db, "idempotency_keys")).toBe(0);
      expect(await count(db, "audit_log")).toBe(entries);
      await storage.removals.forget({ before: LATER });
      expect(await insert()).toMatchObject({ output_dir });
    });
  });
}
