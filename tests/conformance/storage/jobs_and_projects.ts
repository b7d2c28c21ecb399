import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Conflict, DomainError } from "../../../src/domain/kernel/errors.ts";
import type { Storage } from "../../../src/storage/open.ts";
import type {
  NewTrainingJob,
  TrainingJob,
  TrainingJobChanges,
} from "../../../src/domain/jobs/job.ts";
import { type Status, STATUSES } from "../../../src/domain/jobs/status.ts";
import type { TrainingJobCursor } from "../../../src/domain/jobs/list.ts";
import { auditConformance } from "./audit.ts";
import { accessConformance } from "./access.ts";
import type { Database } from "../../../src/storage/sql/database.ts";
import { sharingConformance } from "./sharing.ts";
import { joinSql, sql } from "../../../src/storage/sql/sql.ts";

const NOW = "2024-01-18T15:30:00.000Z";
const LATER = "2024-01-18T16:00:00.000Z";

const TEXTS = [
  "개/고양이 분류 프로젝트",
  "👩‍🔬🐈 café",
  `it's "quoted" and \\ escaped`,
  "'); drop table users; --",
  "$1 ? :name @p % _",
  "line\nline\ttab",
];

export interface OpenStorage {
  /** Migrated and empty; the suite closes it. */
  storage: Storage;
  /** What `storage` stands on. */
  db: Database;
  /** Takes away the place of the database, after `storage` was closed. */
  close(): Promise<void>;
}

/** What every database must do behind the `Storage` port; each test has a fresh one. */
export function storageConformance(name: string, open: () => Promise<OpenStorage>): void {
  describe(`storage on ${name}`, () => {
    let storage: Storage;
    let db: Database;
    let close: () => Promise<void>;

    beforeEach(async () => {
      ({ storage, db, close } = await open());
    });
    afterEach(async () => {
      await storage.close();
      await close();
    });

    async function addUser(email: string): Promise<number> {
      const user = await storage.users.insert(account(email));
      return user!.id;
    }

    async function addProject(userId: number, name = "Dog vs Cat"): Promise<number> {
      const project = await storage.projects.insert({ name, description: "" }, {
        userId,
        now: NOW,
      });
      return project.id;
    }

    async function count(table: "users" | "projects" | "training_jobs" | "idempotency_keys") {
      const tables = {
        users: sql`users`,
        projects: sql`projects`,
        training_jobs: sql`training_jobs`,
        idempotency_keys: sql`idempotency_keys`,
      };
      const [row] = await db.read(sql`select count(*) as n from ${tables[table]}`);
      return Number(row!.n);
    }

    describe("users", () => {
      test("a user comes back as inserted, the hash only to who signs in", async () => {
        const given = account("ann@example.com");
        const { password_hash, ...shown } = given;
        const user = await storage.users.insert(given);
        expect(user).toStrictEqual({ id: expect.any(Number), ...shown });
        expect(await storage.users.findByEmail("ann@example.com"))
          .toStrictEqual({ ...user, password_hash });
        expect(await storage.users.findByEmail("bob@example.com")).toBeUndefined();
      });

      test("a user may have no full name", async () => {
        const user = await storage.users.insert({ ...account("a@example.com"), full_name: null });
        expect(user!.full_name).toBeNull();
      });

      test("an address that is taken gives no user and changes nothing", async () => {
        await addUser("ann@example.com");
        const second = { ...account("ann@example.com"), password_hash: "other" };
        expect(await storage.users.insert(second)).toBeUndefined();
        expect((await storage.users.findByEmail("ann@example.com"))!.password_hash).toBe("hash");
        expect(await count("users")).toBe(1);
      });

      test("onlyIfFirst lets exactly one of many through", async () => {
        expect(await storage.users.any()).toBe(false);
        const users = await Promise.all(
          Array.from(
            { length: 8 },
            (_, i) => storage.users.insert(account(`u${i}@example.com`), { onlyIfFirst: true }),
          ),
        );
        expect(users.filter(Boolean)).toHaveLength(1);
        expect(await count("users")).toBe(1);
        expect(await storage.users.any()).toBe(true);
      });
    });

    describe("access", () => accessConformance(() => ({ storage, db })));

    describe("the audit log", () => auditConformance(() => ({ storage })));

    describe("sharing", () => sharingConformance(() => ({ storage, db })));

    describe("projects", () => {
      let ann: number;
      let bob: number;

      beforeEach(async () => {
        ann = await addUser("ann@example.com");
        bob = await addUser("bob@example.com");
      });

      test("a project comes back as inserted, with no experiments", async () => {
        const input = { name: "Dog vs Cat", description: "which is it?" };
        const project = await storage.projects.insert(input, { userId: ann, now: NOW });
        expect(project).toStrictEqual({
          ...input,
          id: expect.any(Number),
          user_id: ann,
          role: "owner",
          owner: { email: "ann@example.com", full_name: "A person" },
          member_count: 0,
          created_at: NOW,
          updated_at: NOW,
          experiment_count: 0,
          experiments_by_status: countsOf({}),
          last_activity_at: NOW,
        });
        expect(await storage.projects.find(project.id, { userId: ann })).toStrictEqual(project);
      });

      test("an update changes what it names and the time", async () => {
        const id = await addProject(ann);
        const before = await storage.projects.find(id, { userId: ann });
        const renamed = await storage.projects.update(id, {
          userId: ann,
          patch: { name: "Cats" },
          now: LATER,
        });
        expect(renamed).toStrictEqual({
          ...before,
          name: "Cats",
          updated_at: LATER,
          last_activity_at: LATER,
        });
        const described = await storage.projects.update(id, {
          userId: ann,
          patch: { description: "only cats" },
          now: LATER,
        });
        expect(described).toStrictEqual({ ...renamed, description: "only cats" });
        expect(await storage.projects.find(id, { userId: ann })).toStrictEqual(described);
      });

      test("the list is one's own, newest first, with experiments counted", async () => {
        const first = await addProject(ann, "first");
        const second = await addProject(ann, "second");
        const foreign = await addProject(bob, "foreign");
        for (const project_id of [first, first]) await insertJob(ann, { project_id });
        await insertJob(bob, { project_id: foreign });
        const list = await storage.projects.list(ann);
        expect(list.map(({ name, experiment_count }) => [name, experiment_count]))
          .toEqual([["second", 0], ["first", 2]]);
        expect((await storage.projects.find(first, { userId: ann }))!.experiment_count).toBe(2);
        const patch = { name: "renamed" };
        const updated = await storage.projects.update(first, { userId: ann, patch, now: LATER });
        expect(updated!.experiment_count).toBe(2);
        expect(await storage.projects.update(second, { userId: bob, patch, now: LATER }))
          .toBeUndefined();
      });

      test("another user's project is no project", async () => {
        const id = await addProject(ann);
        const project = await storage.projects.find(id, { userId: ann });
        await insertJob(ann, { project_id: id });
        const patch = { name: "stolen" };
        expect(await storage.projects.find(id, { userId: bob })).toBeUndefined();
        expect(await storage.projects.roleOf(id, { userId: bob })).toBeUndefined();
        expect(await storage.projects.roleOf(id, { userId: ann })).toBe("owner");
        expect(await storage.projects.update(id, { userId: bob, patch, now: LATER }))
          .toBeUndefined();
        expect(await storage.projects.remove(id, { userId: bob })).toBeUndefined();
        expect(await storage.projects.list(bob)).toEqual([]);
        expect(await storage.projects.find(id, { userId: ann }))
          .toStrictEqual({
            ...project,
            experiment_count: 1,
            experiments_by_status: countsOf({ pending: 1 }),
          });
      });

      test("remove takes the jobs along and names their output directories", async () => {
        const id = await addProject(ann);
        const kept = await insertJob(ann, { project_id: await addProject(ann) });
        const jobs = [
          await insertJob(ann, { project_id: id }),
          await insertJob(ann, {
            project_id: id,
            status: "failed",
          }),
        ];
        const outputDirs = await storage.projects.remove(id, { userId: ann });
        expect(outputDirs!.sort()).toEqual(jobs.map((job) => job.output_dir).sort());
        expect(await storage.projects.find(id, { userId: ann })).toBeUndefined();
        const page = await storage.jobs.list({ limit: 10 }, { userId: ann });
        expect(page.items).toEqual([kept]);
        expect(await storage.projects.remove(id, { userId: ann })).toBeUndefined();
      });

      test("remove of a project without jobs names no directory", async () => {
        expect(await storage.projects.remove(await addProject(ann), { userId: ann })).toEqual([]);
      });

      test("a running job keeps its project and all the project's jobs", async () => {
        const id = await addProject(ann);
        await insertJob(ann, { project_id: id });
        await insertJob(ann, { project_id: id, status: "running" });
        expect(await storage.projects.remove(id, { userId: ann })).toBeUndefined();
        expect((await storage.projects.find(id, { userId: ann }))!.experiment_count).toBe(2);
      });

      test("ids are never used again", async () => {
        const project = await addProject(ann);
        const job = await insertJob(ann, { project_id: project });
        await storage.projects.remove(project, { userId: ann });
        const nextProject = await addProject(ann);
        expect(nextProject).toBeGreaterThan(project);
        const next = await insertJob(ann, { project_id: nextProject });
        expect(next.id).toBeGreaterThan(job.id);
      });
    });

    async function insertJob(
      userId: number,
      job: Partial<NewTrainingJob> & { project_id: number },
    ): Promise<TrainingJob> {
      return (await storage.jobs.insert(newJob(job), { userId }))!;
    }

    describe("training jobs", () => {
      let ann: number;
      let bob: number;
      let project_id: number;

      beforeEach(async () => {
        ann = await addUser("ann@example.com");
        bob = await addUser("bob@example.com");
        project_id = await addProject(ann);
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
          const row = await storage.jobs.insert(job, { userId: ann });
          expect(row).toStrictEqual({ id: expect.any(Number), ...job });
          expect(await storage.jobs.find(row!.id, { userId: ann })).toStrictEqual(row);
          expect(await storage.jobs.findByOutputDir(job.output_dir)).toStrictEqual(row);
        });

        test("outputDirs goes through everybody's jobs, page by page", async () => {
          const rows = [];
          for (let i = 0; i < 3; i++) {
            rows.push(
              (await storage.jobs.insert(newJob({ project_id }), { userId: ann }))!,
            );
          }
          const all = rows.map(({ id, output_dir, status }) => ({ id, output_dir, status }));
          const { outputDirs } = storage.jobs;
          expect(await outputDirs({ after: 0, limit: 2 })).toStrictEqual(all.slice(0, 2));
          expect(await outputDirs({ after: all[1]!.id, limit: 2 })).toStrictEqual(all.slice(2));
        });

        test("haveRows answers for each output directory it is asked about", async () => {
          const job = newJob({ project_id });
          await storage.jobs.insert(job, { userId: ann });
          const absent = Array.from({ length: 600 }, (_, i) => `${job.output_dir}_${i + 2}'`);
          const answers: [string, boolean][] = absent.map((name) => [name, false]);
          expect(await storage.jobs.haveRows([absent[0]!, job.output_dir, ...absent]))
            .toEqual(new Map([[job.output_dir, true], ...answers]));
          expect(await storage.jobs.haveRows([])).toEqual(new Map());
        });

        test("another user's project, and none, give no row and remember no key", async () => {
          const idempotency = { key: "k", input_hash: "h" };
          for (const [project, userId] of [[project_id, bob], [project_id + 999, ann]] as const) {
            const job = newJob({ project_id: project });
            expect(await storage.jobs.insert(job, { userId, idempotency }))
              .toBeUndefined();
            expect(await storage.jobs.findByOutputDir(job.output_dir)).toBeUndefined();
          }
          expect([await count("training_jobs"), await count("idempotency_keys")]).toEqual([0, 0]);
        });

        test("a taken output directory is a conflict of which nothing is left", async () => {
          const { output_dir } = await insertJob(ann, { project_id });
          const again = storage.jobs.insert(newJob({ project_id, output_dir }), {
            userId: ann,
            idempotency: { key: "k", input_hash: "h" },
          });
          await expect(again).rejects.toBeInstanceOf(Conflict);
          expect(await count("training_jobs")).toBe(1);
          expect(await storage.jobs.findByIdempotencyKey("k", { userId: ann }))
            .toBeUndefined();
        });

        test("of many with one output directory exactly one is inserted", async () => {
          const job = newJob({ project_id });
          const outcomes = await Promise.allSettled(
            Array.from({ length: 12 }, () => storage.jobs.insert(job, { userId: ann })),
          );
          const refused = outcomes.filter((outcome) => outcome.status === "rejected");
          expect(refused.map(({ reason }) => reason instanceof Conflict))
            .toEqual(Array(11).fill(true));
          expect(await count("training_jobs")).toBe(1);
        });

        test("fifty at once all arrive, though one among them is refused", async () => {
          const taken = await insertJob(ann, { project_id });
          const inserts = Array.from({ length: 50 }, () => insertJob(ann, { project_id }));
          const refused = insertJob(ann, { project_id, output_dir: taken.output_dir });
          await expect(refused).rejects.toBeInstanceOf(Conflict);
          const jobs = await Promise.all(inserts);
          expect(new Set(jobs.map((job) => job.id)).size).toBe(50);
          expect(await count("training_jobs")).toBe(51);
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
          const error = await failure(storage.jobs.insert(job, { userId: ann }));
          expect(error).not.toBeInstanceOf(Conflict);
          expect(await count("training_jobs")).toBe(0);
        });

        test("foreign keys are enforced", async () => {
          const job = newJob({ project_id: project_id + 999 });
          const error = await failure(db.write(rawInsert(job)));
          // As when the project goes away while a job is inserted.
          expect(error).toBeInstanceOf(Conflict);
          expect(await count("training_jobs")).toBe(0);
          // The same statement for a project that exists: it was the key that was refused.
          await db.write(rawInsert({ ...job, project_id }));
          expect(await count("training_jobs")).toBe(1);
        });
      });

      describe("idempotency", () => {
        const idempotency = { key: "key-1", input_hash: "hash-1" };
        const insertWithKey = (userId = ann, project = project_id) =>
          storage.jobs.insert(newJob({ project_id: project }), { userId, idempotency });
        const remembered = (userId = ann) =>
          storage.jobs.findByIdempotencyKey(idempotency.key, { userId });

        test("a key remembers the first answer, whatever becomes of the job", async () => {
          const job = await insertWithKey();
          const answer = { input_hash: "hash-1", job };
          expect(await remembered()).toStrictEqual(answer);
          const changes = { status: "running", updated_at: LATER } as const;
          await storage.jobs.transition(job!.id, {
            userId: ann,
            from: ["pending"],
            changes,
          });
          expect(await remembered()).toStrictEqual(answer);
          await storage.jobs.remove(job!.id, { userId: ann, from: STATUSES });
          expect(await remembered()).toStrictEqual(answer);
        });

        test("a used key inserts nothing, not even after its job is gone", async () => {
          const job = await insertWithKey();
          expect(await insertWithKey()).toBeUndefined();
          expect(await count("training_jobs")).toBe(1);
          await storage.jobs.remove(job!.id, { userId: ann, from: STATUSES });
          expect(await insertWithKey()).toBeUndefined();
          expect(await count("training_jobs")).toBe(0);
        });

        test("of many with one key exactly one is inserted", async () => {
          const outcomes = await Promise.allSettled(
            Array.from({ length: 8 }, () => insertWithKey()),
          );
          const rows = outcomes.filter((one) => one.status === "fulfilled" && one.value);
          const errors = outcomes.filter((one) => one.status === "rejected");
          expect(rows).toHaveLength(1);
          expect(errors.every(({ reason }) => reason instanceof Conflict)).toBe(true);
          expect([await count("training_jobs"), await count("idempotency_keys")]).toEqual([1, 1]);
        });

        test("two hundred at once, half of them retries: each key once, each job whole", async () => {
          const keys = Array.from({ length: 200 }, (_, i) => `key-${i % 100}`);
          const outcomes = await Promise.allSettled(
            keys.map((key) =>
              storage.jobs.insert(newJob({ project_id }), {
                userId: ann,
                idempotency: { key, input_hash: "h" },
              })
            ),
          );
          const jobs = outcomes.flatMap((one) =>
            one.status === "fulfilled" && one.value ? [one.value] : []
          );
          const errors = outcomes.flatMap((one) => one.status === "rejected" ? [one.reason] : []);
          expect(errors.every((error) => error instanceof Conflict)).toBe(true);
          expect(new Set(jobs.map((job) => job.id)).size).toBe(100);
          expect([await count("training_jobs"), await count("idempotency_keys")])
            .toEqual([100, 100]);
        });

        test("a key belongs to one user", async () => {
          await insertWithKey();
          expect(await remembered(bob)).toBeUndefined();
          const bobs = await insertWithKey(bob, await addProject(bob));
          expect((await remembered(bob))!.job).toStrictEqual(bobs);
        });

        test("keys are forgotten when older than asked for, and may be used again", async () => {
          await insertWithKey();
          await storage.jobs.forgetIdempotencyKeys({ before: NOW });
          expect(await remembered()).toBeDefined();
          await storage.jobs.forgetIdempotencyKeys({ before: LATER });
          expect(await remembered()).toBeUndefined();
          expect(await insertWithKey()).toBeDefined();
        });
      });

      describe("list", () => {
        test("pages have no gap and no repeat while jobs are added", async () => {
          const ids: number[] = [];
          for (let i = 0; i < 7; i++) ids.push((await insertJob(ann, { project_id })).id);
          const seen: number[] = [];
          const sizes: number[] = [];
          let after: TrainingJobCursor | undefined;
          do {
            const page = await storage.jobs.list({ limit: 3, after }, { userId: ann });
            seen.push(...page.items.map((job) => job.id));
            sizes.push(page.items.length);
            after = page.next_cursor === null
              ? undefined
              : { id: Number(page.next_cursor), key: null };
            await insertJob(ann, { project_id });
          } while (after !== undefined);
          expect(seen).toEqual(ids.reverse());
          expect(sizes).toEqual([3, 3, 1]);
        });

        test("a page that holds the last job has no next one", async () => {
          for (let i = 0; i < 3; i++) await insertJob(ann, { project_id });
          const page = await storage.jobs.list({ limit: 3 }, { userId: ann });
          expect(page.items).toHaveLength(3);
          expect(page.next_cursor).toBeNull();
          const none = await storage.jobs.list({ limit: 3 }, { userId: bob });
          expect(none).toStrictEqual({ items: [], next_cursor: null });
        });

        test("filters by project, status and model, alone and together", async () => {
          const other = await addProject(ann);
          const a = await insertJob(ann, { project_id, model_name: "m1" });
          const b = await insertJob(ann, { project_id, model_name: "m1", status: "running" });
          const c = await insertJob(ann, { project_id: other, model_name: "m2" });
          expect(await idsOf({})).toEqual([c.id, b.id, a.id]);
          expect(await idsOf({ project_id })).toEqual([b.id, a.id]);
          expect(await idsOf({ status: "pending" })).toEqual([c.id, a.id]);
          expect(await idsOf({ model_name: "m1" })).toEqual([b.id, a.id]);
          expect(await idsOf({ project_id, status: "pending", model_name: "m1" })).toEqual([a.id]);
          expect(await idsOf({ project_id, after: { id: b.id, key: null } })).toEqual([a.id]);
          expect(await idsOf({ project_id: other, status: "failed" })).toEqual([]);
        });

        test("another user's jobs are no jobs", async () => {
          const job = await insertJob(ann, { project_id });
          expect(await idsOf({}, bob)).toEqual([]);
          expect(await idsOf({ project_id }, bob)).toEqual([]);
          expect(await storage.jobs.find(job.id, { userId: bob })).toBeUndefined();
          expect(await storage.jobs.find(job.id + 999, { userId: ann })).toBeUndefined();
        });
      });

      describe("transition and removal", () => {
        test("every column of a change is set, to values and to null", async () => {
          const job = await insertJob(ann, { project_id });
          const filled: Required<TrainingJobChanges> = {
            status: "failed",
            updated_at: LATER,
            started_at: NOW,
            completed_at: LATER,
            accuracy: 0,
            loss: 0.25,
            error_message: "CUDA out of memory",
            num_classes: 2,
          };
          const emptied: Required<TrainingJobChanges> = {
            status: "pending",
            updated_at: NOW,
            started_at: null,
            completed_at: null,
            accuracy: null,
            loss: null,
            error_message: null,
            num_classes: null,
          };
          for (const changes of [filled, emptied]) {
            const options = { userId: ann, from: STATUSES, changes };
            expect(await storage.jobs.transition(job.id, options))
              .toStrictEqual({ ...job, ...changes });
            expect(await storage.jobs.find(job.id, { userId: ann }))
              .toStrictEqual({ ...job, ...changes });
          }
        });

        test("a status that is none is refused", async () => {
          const { id } = await insertJob(ann, { project_id });
          const changes = { status: "paused" as Status, updated_at: LATER };
          await failure(
            storage.jobs.transition(id, { userId: ann, from: STATUSES, changes }),
          );
          expect((await storage.jobs.find(id, { userId: ann }))!.status).toBe("pending");
        });

        const changes = { status: "cancelled", updated_at: LATER } as const;
        const acts: [string, (id: number, userId: number, from: Status[]) => Promise<unknown>][] = [
          [
            "transition",
            (id, userId, from) => storage.jobs.transition(id, { userId, from, changes }),
          ],
          ["remove", (id, userId, from) => storage.jobs.remove(id, { userId, from })],
        ];
        test.each(acts)("%s honours the owner and the statuses it may leave", async (_, act) => {
          const job = await insertJob(ann, { project_id, status: "running" });
          const neighbour = await insertJob(ann, { project_id, status: "running" });
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
          const job = await insertJob(ann, { project_id });
          const removed = await storage.jobs.remove(job.id, {
            userId: ann,
            from: ["pending"],
          });
          expect(removed).toStrictEqual(job);
          expect(await storage.jobs.find(job.id, { userId: ann })).toBeUndefined();
          expect(await storage.jobs.findByOutputDir(job.output_dir)).toBeUndefined();
        });

        test("of many transitions from one status exactly one happens", async () => {
          const { id } = await insertJob(ann, { project_id });
          const moves = await Promise.all(
            Array.from(
              { length: 8 },
              () => storage.jobs.transition(id, { userId: ann, from: ["pending"], changes }),
            ),
          );
          expect(moves.filter(Boolean)).toHaveLength(1);
        });
      });

      test.each(TEXTS)("text of every kind comes back unchanged: %j", async (text) => {
        const user = (await storage.users.insert({ ...account(text), full_name: text }))!;
        expect(await storage.users.findByEmail(text)).toMatchObject({ ...user, full_name: text });
        const input = { name: text, description: text };
        const project = await storage.projects.insert(input, { userId: user.id, now: NOW });
        expect(project).toMatchObject(input);
        const job = newJob({ project_id: project.id, model_name: text, dataset_path: text });
        const idempotency = { key: text, input_hash: text };
        const row = await storage.jobs.insert({ ...job, error_message: text }, {
          userId: user.id,
          idempotency,
        });
        expect(row).toMatchObject({ ...job, error_message: text });
        expect(await storage.jobs.findByIdempotencyKey(text, { userId: user.id }))
          .toStrictEqual({ input_hash: text, job: row });
        expect(await idsOf({ model_name: text }, user.id)).toEqual([row!.id]);
        expect(await count("users")).toBe(3);
      });
    });

    describe("the database itself", () => {
      const insertProject = (id: number, userId: number) =>
        sql`
          insert into projects (id, user_id, name, created_at, updated_at)
          values (${id}, ${userId}, ${"p"}, ${NOW}, ${NOW}) returning id`;

      test("a write answers the rows of each statement in turn", async () => {
        const ann = await addUser("ann@example.com");
        const [first, none, second] = await db.write(
          insertProject(101, ann),
          sql`delete from projects where id = ${999} returning id`,
          insertProject(102, ann),
        );
        expect([first, none, second].map((rows) => rows!.map((row) => Number(row.id))))
          .toEqual([[101], [], [102]]);
      });

      test("a write of several statements is all or nothing, and the next one works", async () => {
        const ann = await addUser("ann@example.com");
        const twice = db.write(insertProject(101, ann), insertProject(101, ann));
        await expect(twice).rejects.toBeInstanceOf(Conflict);
        expect(await count("projects")).toBe(0);
        await db.write(insertProject(101, ann));
        expect(await count("projects")).toBe(1);
      });

      test("writes that arrive together do not spoil each other", async () => {
        const ann = await addUser("ann@example.com");
        const writes = [
          db.write(insertProject(101, ann)),
          db.write(insertProject(101, ann)),
          // All of this one is undone, also what came before its fault.
          db.write(insertProject(102, ann), insertProject(102, ann)),
          db.write(insertProject(103, ann), insertProject(104, ann)),
          db.write(sql`insert into nowhere values (1)`),
          db.write(insertProject(102, ann)),
        ];
        const [first, same, undone, pair, defect, last] = await Promise.allSettled(writes);
        const statuses = [first, same].map((outcome) => outcome!.status).sort();
        expect(statuses).toEqual(["fulfilled", "rejected"]);
        const loser = first!.status === "rejected" ? first : same;
        expect(loser).toMatchObject({ reason: expect.any(Conflict) });
        expect(undone).toMatchObject({ reason: expect.any(Conflict) });
        expect(pair).toMatchObject({ status: "fulfilled" });
        expect(defect).toMatchObject({ status: "rejected", reason: expect.any(Error) });
        expect(defect).not.toMatchObject({ reason: expect.any(Conflict) });
        expect(last).toMatchObject({ status: "fulfilled" });
        const rows = await db.read(sql`select id from projects order by id`);
        expect(rows.map((row) => Number(row.id))).toEqual([101, 102, 103, 104]);
      });

      test("a write that was answered is read at once", async () => {
        const ann = await addUser("ann@example.com");
        await Promise.all(Array.from({ length: 20 }, async (_, i) => {
          await db.write(insertProject(201 + i, ann));
          const rows = await db.read(sql`select id from projects where id = ${201 + i}`);
          expect(rows).toHaveLength(1);
        }));
      });

      describe("a transaction", () => {
        const add = (email: string) =>
          sql`
          insert into users (email, password_hash, created_at) values (${email}, '-', ${NOW})
          returning email`;

        test("is committed when its work resolves, and sees its own writes", async () => {
          const before = await count("users");
          const seen = await db.transaction(async (send) => {
            await send(add("one@example.com"));
            await send(add("two@example.com"));
            return (await send(sql`select 1 from users`)).length;
          });
          expect(seen).toBe(before + 2);
          expect(await count("users")).toBe(before + 2);
        });

        test("is undone when its work throws, and throws what that threw", async () => {
          const before = await count("users");
          const failed = new Error("the work failed");
          await expect(db.transaction(async (send) => {
            await send(add("one@example.com"));
            throw failed;
          })).rejects.toBe(failed);
          expect(await count("users")).toBe(before);
        });

        test("tells a conflict apart, and the next one works", async () => {
          await db.write(add("one@example.com"));
          const error = await failure(db.transaction((send) => send(add("one@example.com"))));
          expect(error).toBeInstanceOf(Conflict);
          await db.transaction((send) => send(add("two@example.com")));
          expect(await storage.users.findByEmail("two@example.com")).toBeDefined();
        });

        test("that only reads answers what its work does", async () => {
          await db.write(add("one@example.com"));
          const rows = await db.transaction(
            (send) => send(sql`select email from users where email = 'one@example.com'`),
            { readOnly: true },
          );
          expect(rows.map(({ email }) => email)).toEqual(["one@example.com"]);
        });
      });

      test("ping resolves while the database answers", async () => {
        await expect(storage.ping()).resolves.toBeUndefined();
      });
    });
  });

  test(`storage on ${name}: once closed, everything is unavailable`, async () => {
    const { storage, db, close } = await open();
    const ann = (await storage.users.insert(account("ann@example.com")))!.id;
    await storage.close();
    const userId = ann;
    const calls: Record<string, () => Promise<unknown>> = {
      ping: () => storage.ping(),
      "users.insert": () => storage.users.insert(account("bob@example.com")),
      "users.findByEmail": () => storage.users.findByEmail("ann@example.com"),
      "sessions.findUser": () => storage.sessions.findUser("s", NOW),
      "sessions.remove": () => storage.sessions.remove("s"),
      "projects.list": () => storage.projects.list(ann),
      "projects.insert": () =>
        storage.projects.insert({ name: "p", description: "" }, { userId, now: NOW }),
      "projects.remove": () => storage.projects.remove(1, { userId }),
      "trainingJobs.insert": () => storage.jobs.insert(newJob({ project_id: 1 }), { userId }),
      "trainingJobs.list": () => storage.jobs.list({ limit: 1 }, { userId }),
      "trainingJobs.find": () => storage.jobs.find(1, { userId }),
      "db.script": () => db.script("select 1"),
    };
    try {
      for (const [call, act] of Object.entries(calls)) {
        const error = await failure(act());
        expect(error, call).toBeInstanceOf(DomainError);
        expect(error, call).toMatchObject({
          code: "unavailable",
          problem: { key: "unavailable", what: "database" },
        });
      }
    } finally {
      await close();
    }
  });
}

function account(email: string) {
  return { email, full_name: "A person", password_hash: "hash", created_at: NOW };
}

/** Numbers by status, 0 where none is given. */
export function countsOf(counts: Partial<Record<Status, number>>): Record<Status, number> {
  return { pending: 0, running: 0, completed: 0, failed: 0, cancelled: 0, ...counts };
}

let outputDirs = 0;

/** A job as a creation inserts it, with an output directory of its own. */
export function newJob(job: Partial<NewTrainingJob> & { project_id: number }): NewTrainingJob {
  return {
    model_name: "yolo11n-seg",
    framework: "ultralytics",
    task_type: "instance_segmentation",
    dataset_path: "seg-coco8",
    dataset_format: "yolo",
    num_classes: null,
    epochs: 50,
    batch_size: 16,
    learning_rate: 0.01,
    optimizer: "adam",
    pretrained: true,
    output_dir: `outputs/${job.project_id}/20240118_153000_yolo11n-seg_${++outputDirs}`,
    status: "pending",
    accuracy: null,
    loss: null,
    created_at: NOW,
    updated_at: NOW,
    started_at: null,
    completed_at: null,
    error_message: null,
    ...job,
  };
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

/** What a promise rejects with; one that resolves fails the test. */
async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("expected a rejection");
}
