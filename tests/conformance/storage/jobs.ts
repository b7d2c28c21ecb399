import { beforeEach, describe, expect, test } from "vitest";
import type { NewTrainingJob, TrainingJobChanges } from "../../../src/domain/jobs/job.ts";
import type { TrainingJobCursor } from "../../../src/domain/jobs/list.ts";
import { type Status, STATUSES } from "../../../src/domain/jobs/status.ts";
import { Conflict } from "../../../src/domain/kernel/errors.ts";
import type { Storage } from "../../../src/storage/open.ts";
import type { Database } from "../../../src/storage/sql/database.ts";
import { joinSql, sql } from "../../../src/storage/sql/sql.ts";
import {
  account,
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

const TEXTS = [
  "개/고양이 분류 프로젝트",
  "👩‍🔬🐈 café",
  `it's "quoted" and \\ escaped`,
  "'); drop table users; --",
  "$1 ? :name @p % _",
  "line\nline\ttab",
];

/** Training jobs: insertion, short lists, changes. */
export function jobConformance(open: () => Opened): void {
  let storage: Storage;
  let db: Database;
  let ann: number;
  let bob: number;
  let project_id: number;

  beforeEach(async () => {
    ({ storage, db } = open());
    ann = await addUser(storage, "ann@example.com");
    bob = await addUser(storage, "bob@example.com");
    project_id = await addProject(storage, ann);
  });

  const idsOf = async (query: object, userId = ann) => {
    const page = await storage.jobs.list({ limit: 100, ...query }, { userId });
    return page.items.map((job) => job.id);
  };

  describe("insert", () => {
    test.each<[string, Partial<NewTrainingJob>]>([
      ["a new job", {}],
      ["every column filled", {
        num_classes: 80,
        epochs: 1000,
        batch_size: 512,
        learning_rate: 0.1 + 0.2,
        optimizer: "adamax",
        status: "failed",
        accuracy: 0.8901234567890123,
        loss: 1.5e-7,
        updated_at: LATER,
        started_at: NOW,
        completed_at: LATER,
        error_message: "CUDA out of memory",
      }],
      ["zeros, which are values", { accuracy: 0, loss: 0, num_classes: 0 }],
      ["pretrained", { pretrained: true }],
      ["not pretrained", { pretrained: false }],
      ["the smallest numbers", { epochs: 1, batch_size: 1, learning_rate: 1e-9 }],
    ])("every column comes back exactly: %s", async (_, columns) => {
      const job = newJob({ project_id, ...columns });
      const row = await storage.jobs.insert(job, by(ann));
      expect(row).toStrictEqual({ id: expect.any(Number), ...job });
      expect(await storage.jobs.find(row!.id, { userId: ann })).toStrictEqual(row);
      expect(await storage.jobs.findByOutputDir(job.output_dir)).toStrictEqual(row);
    });

    test("another user's project, and none, give no row and remember no key", async () => {
      for (const [project, userId] of [[project_id, bob], [project_id + 999, ann]] as const) {
        const job = newJob({ project_id: project });
        const idempotency = { user_id: userId, key: "k", input_hash: "h" };
        expect(await storage.jobs.insert(job, { ...by(userId), idempotency })).toBeUndefined();
        expect(await storage.jobs.findByOutputDir(job.output_dir)).toBeUndefined();
      }
      expect([await count(db, "training_jobs"), await count(db, "idempotency_keys")]).toEqual([
        0,
        0,
      ]);
    });

    test("a taken output directory is a conflict of which nothing is left", async () => {
      const { output_dir } = await addJob(storage, ann, { project_id });
      const again = storage.jobs.insert(newJob({ project_id, output_dir }), {
        ...by(ann),
        idempotency: { user_id: ann, key: "k", input_hash: "h" },
      });
      await expect(again).rejects.toBeInstanceOf(Conflict);
      expect(await count(db, "training_jobs")).toBe(1);
      expect(await storage.jobs.findByIdempotencyKey("k", { userId: ann }))
        .toBeUndefined();
    });

    test("of many with one output directory exactly one is inserted", async () => {
      const job = newJob({ project_id });
      const outcomes = await Promise.allSettled(
        Array.from({ length: 12 }, () => storage.jobs.insert(job, by(ann))),
      );
      const refused = outcomes.filter((outcome) => outcome.status === "rejected");
      expect(refused.map(({ reason }) => reason instanceof Conflict))
        .toEqual(Array(11).fill(true));
      expect(await count(db, "training_jobs")).toBe(1);
    });

    test("fifty at once all arrive, though one among them is refused", async () => {
      const taken = await addJob(storage, ann, { project_id });
      const inserts = Array.from({ length: 50 }, () => addJob(storage, ann, { project_id }));
      const refused = addJob(storage, ann, { project_id, output_dir: taken.output_dir });
      await expect(refused).rejects.toBeInstanceOf(Conflict);
      const jobs = await Promise.all(inserts);
      expect(new Set(jobs.map((job) => job.id)).size).toBe(50);
      expect(await count(db, "training_jobs")).toBe(51);
    });

    test.each<[string, Partial<Record<keyof NewTrainingJob, unknown>>]>([
      ["a status that is none", { status: "paused" }],
      ["epochs 0", { epochs: 0 }],
      ["epochs 1001", { epochs: 1001 }],
      ["batch size 0", { batch_size: 0 }],
      ["batch size 513", { batch_size: 513 }],
      ["learning rate 0", { learning_rate: 0 }],
      ["learning rate 2", { learning_rate: 2 }],
      ["an optimizer that is none", { optimizer: "lion" }],
      ["a format that is none", { dataset_format: "voc" }],
      ["no model", { model_name: null }],
      ["no output directory", { output_dir: null }],
    ])("the schema refuses %s, and does not call it a conflict", async (_, columns) => {
      const job = { ...newJob({ project_id }), ...columns } as NewTrainingJob;
      const error = await failure(storage.jobs.insert(job, by(ann)));
      expect(error).not.toBeInstanceOf(Conflict);
      expect(await count(db, "training_jobs")).toBe(0);
    });

    test("foreign keys are enforced", async () => {
      const job = newJob({ project_id: project_id + 999 });
      const error = await failure(db.write([rawInsert(job)]));
      // As when the project goes away while a job is inserted.
      expect(error).toBeInstanceOf(Conflict);
      expect(await count(db, "training_jobs")).toBe(0);
      // The same statement for a project that exists: it was the key that was refused.
      await db.write([rawInsert({ ...job, project_id })]);
      expect(await count(db, "training_jobs")).toBe(1);
    });
  });

  describe("list", () => {
    test("pages have no gap and no repeat while jobs are added", async () => {
      const ids: number[] = [];
      for (let i = 0; i < 7; i++) ids.push((await addJob(storage, ann, { project_id })).id);
      const seen: number[] = [];
      const sizes: number[] = [];
      let after: TrainingJobCursor | undefined;
      do {
        const page = await storage.jobs.list({ limit: 3, after }, { userId: ann });
        seen.push(...page.items.map((job) => job.id));
        sizes.push(page.items.length);
        after = page.next_cursor === null ? undefined : { id: Number(page.next_cursor), key: null };
        await addJob(storage, ann, { project_id });
      } while (after !== undefined);
      expect(seen).toEqual(ids.reverse());
      expect(sizes).toEqual([3, 3, 1]);
    });

    test("a page that holds the last job has no next one", async () => {
      for (let i = 0; i < 3; i++) await addJob(storage, ann, { project_id });
      const page = await storage.jobs.list({ limit: 3 }, { userId: ann });
      expect(page.items).toHaveLength(3);
      expect(page.next_cursor).toBeNull();
      const none = await storage.jobs.list({ limit: 3 }, { userId: bob });
      expect(none).toStrictEqual({ items: [], next_cursor: null });
    });

    test("filters by project, status and model, alone and together", async () => {
      const other = await addProject(storage, ann);
      const a = await addJob(storage, ann, { project_id, model_name: "m1" });
      const b = await addJob(storage, ann, { project_id, model_name: "m1", status: "running" });
      const c = await addJob(storage, ann, { project_id: other, model_name: "m2" });
      expect(await idsOf({})).toEqual([c.id, b.id, a.id]);
      expect(await idsOf({ project_id })).toEqual([b.id, a.id]);
      expect(await idsOf({ status: "pending" })).toEqual([c.id, a.id]);
      expect(await idsOf({ model_name: "m1" })).toEqual([b.id, a.id]);
      expect(await idsOf({ project_id, status: "pending", model_name: "m1" })).toEqual([a.id]);
      expect(await idsOf({ project_id, after: { id: b.id, key: null } })).toEqual([a.id]);
      expect(await idsOf({ project_id: other, status: "failed" })).toEqual([]);
    });

    test("another user's jobs are no jobs", async () => {
      const job = await addJob(storage, ann, { project_id });
      expect(await idsOf({}, bob)).toEqual([]);
      expect(await idsOf({ project_id }, bob)).toEqual([]);
      expect(await storage.jobs.find(job.id, { userId: bob })).toBeUndefined();
      expect(await storage.jobs.find(job.id + 999, { userId: ann })).toBeUndefined();
    });
  });

  describe("transition and removal", () => {
    test("every column of a change is set, to values and to null", async () => {
      const job = await addJob(storage, ann, { project_id });
      const filled: Required<TrainingJobChanges> = {
        status: "failed",
        started_at: NOW,
        completed_at: LATER,
        accuracy: 0,
        loss: 0.25,
        error_message: "CUDA out of memory",
        num_classes: 2,
      };
      const emptied: Required<TrainingJobChanges> = {
        status: "pending",
        started_at: null,
        completed_at: null,
        accuracy: null,
        loss: null,
        error_message: null,
        num_classes: null,
      };
      for (const [changes, now] of [[filled, LATER], [emptied, NOW]] as const) {
        const changed = { ...job, ...changes, updated_at: now };
        const options = { ...by(ann, now), from: STATUSES, changes };
        expect(await storage.jobs.transition(job.id, options)).toStrictEqual(changed);
        expect(await storage.jobs.find(job.id, { userId: ann })).toStrictEqual(changed);
      }
    });

    test("a status that is none is refused", async () => {
      const { id } = await addJob(storage, ann, { project_id });
      const changes = { status: "paused" as Status };
      await failure(storage.jobs.transition(id, { ...by(ann, LATER), from: STATUSES, changes }));
      expect((await storage.jobs.find(id, { userId: ann }))!.status).toBe("pending");
    });

    const changes = { status: "cancelled" } as const;
    const acts: [string, (id: number, userId: number, from: Status[]) => Promise<unknown>][] = [
      [
        "transition",
        (id, userId, from) => storage.jobs.transition(id, { ...by(userId, LATER), from, changes }),
      ],
      ["remove", (id, userId, from) => storage.jobs.remove(id, { ...by(userId), from })],
    ];
    test.each(acts)("%s honours the owner and the statuses it may leave", async (_, act) => {
      const job = await addJob(storage, ann, { project_id, status: "running" });
      const neighbour = await addJob(storage, ann, { project_id, status: "running" });
      expect(await act(job.id, ann, ["pending", "failed"])).toBeUndefined();
      expect(await act(job.id, ann, [])).toBeUndefined();
      expect(await act(job.id, bob, [...STATUSES])).toBeUndefined();
      expect(await act(job.id + 999, ann, [...STATUSES])).toBeUndefined();
      expect(await storage.jobs.find(job.id, { userId: ann })).toStrictEqual(job);
      expect(await act(job.id, ann, ["pending", "running"])).toMatchObject({ id: job.id });
      expect(await act(job.id, ann, ["pending", "running"])).toBeUndefined();
      expect(await storage.jobs.find(neighbour.id, { userId: ann }))
        .toStrictEqual(neighbour);
    });

    test("a removed job is answered as it was and gone", async () => {
      const job = await addJob(storage, ann, { project_id });
      const removed = await storage.jobs.remove(job.id, { ...by(ann), from: ["pending"] });
      expect(removed).toStrictEqual(job);
      expect(await storage.jobs.find(job.id, { userId: ann })).toBeUndefined();
      expect(await storage.jobs.findByOutputDir(job.output_dir)).toBeUndefined();
    });

    test("of many transitions from one status exactly one happens", async () => {
      const { id } = await addJob(storage, ann, { project_id });
      const moves = await Promise.all(
        Array.from(
          { length: 8 },
          () => storage.jobs.transition(id, { ...by(ann), from: ["pending"], changes }),
        ),
      );
      expect(moves.filter(Boolean)).toHaveLength(1);
    });
  });

  test.each(TEXTS)("text of every kind comes back unchanged: %j", async (text) => {
    const user = (await storage.users.insert({ ...account(text), full_name: text }))!;
    expect(await storage.users.findByEmail(text)).toMatchObject({ ...user, full_name: text });
    const input = { name: text, description: text };
    const project = await storage.projects.insert(input, { ...by(user.id), ownerId: user.id });
    expect(project).toMatchObject(input);
    const job = newJob({ project_id: project.id, model_name: text, dataset_path: text });
    const idempotency = { user_id: user.id, key: text, input_hash: text };
    const row = await storage.jobs.insert({ ...job, error_message: text }, {
      ...by(user.id),
      idempotency,
    });
    expect(row).toMatchObject({ ...job, error_message: text });
    expect(await storage.jobs.findByIdempotencyKey(text, { userId: user.id }))
      .toStrictEqual({ input_hash: text, job: row });
    expect(await idsOf({ model_name: text }, user.id)).toEqual([row!.id]);
    expect(await count(db, "users")).toBe(3);
  });
}

/** An insert that looks for no project, unlike the storage's own. */
function rawInsert(job: NewTrainingJob) {
  const values = [
    job.project_id,
    job.model_name,
    job.framework,
    job.task_type,
    job.dataset_path,
    job.output_dir,
    job.created_at,
    job.updated_at,
  ];
  return sql`
    insert into training_jobs (
      project_id, model_name, framework, task_type, dataset_path, output_dir, created_at,
      updated_at)
    values (${joinSql(values.map((value) => sql`${value}`), ", ")})`;
}
