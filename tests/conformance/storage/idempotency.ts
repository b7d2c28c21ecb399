import { beforeEach, expect, test } from "vitest";
import { STATUSES } from "../../../src/domain/jobs/status.ts";
import { Conflict } from "../../../src/domain/kernel/errors.ts";
import type { Storage } from "../../../src/storage/open.ts";
import type { Database } from "../../../src/storage/sql/database.ts";
import { addProject, addUser, by, count, LATER, newJob, NOW, type Opened } from "./samples.ts";

/** Keys by which a repeated creation is recognised. */
export function idempotencyConformance(open: () => Opened): void {
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

  const key = { key: "key-1", input_hash: "hash-1" };
  const insertWithKey = (userId = ann, project = project_id) =>
    storage.jobs.insert(newJob({ project_id: project }), {
      ...by(userId),
      idempotency: { ...key, user_id: userId },
    });
  const remembered = (userId = ann) => storage.jobs.findByIdempotencyKey(key.key, { userId });

  test("a key remembers the first answer, whatever becomes of the job", async () => {
    const job = await insertWithKey();
    const answer = { input_hash: "hash-1", job };
    expect(await remembered()).toStrictEqual(answer);
    const changes = { status: "running" } as const;
    await storage.jobs.transition(job!.id, { ...by(ann, LATER), from: ["pending"], changes });
    expect(await remembered()).toStrictEqual(answer);
    await storage.jobs.remove(job!.id, { ...by(ann), from: STATUSES });
    expect(await remembered()).toStrictEqual(answer);
  });

  test("a used key inserts nothing, not even after its job is gone", async () => {
    const job = await insertWithKey();
    expect(await insertWithKey()).toBeUndefined();
    expect(await count(db, "training_jobs")).toBe(1);
    await storage.jobs.remove(job!.id, { ...by(ann), from: STATUSES });
    expect(await insertWithKey()).toBeUndefined();
    expect(await count(db, "training_jobs")).toBe(0);
  });

  test("of many with one key exactly one is inserted", async () => {
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, () => insertWithKey()),
    );
    const rows = outcomes.filter((one) => one.status === "fulfilled" && one.value);
    const errors = outcomes.filter((one) => one.status === "rejected");
    expect(rows).toHaveLength(1);
    expect(errors.every(({ reason }) => reason instanceof Conflict)).toBe(true);
    expect([await count(db, "training_jobs"), await count(db, "idempotency_keys")]).toEqual([1, 1]);
  });

  test("two hundred at once, half of them retries: each key once, each job whole", async () => {
    const keys = Array.from({ length: 200 }, (_, i) => `key-${i % 100}`);
    const outcomes = await Promise.allSettled(
      keys.map((key) =>
        storage.jobs.insert(newJob({ project_id }), {
          ...by(ann),
          idempotency: { user_id: ann, key, input_hash: "h" },
        })
      ),
    );
    const jobs = outcomes.flatMap((one) =>
      one.status === "fulfilled" && one.value ? [one.value] : []
    );
    const errors = outcomes.flatMap((one) => one.status === "rejected" ? [one.reason] : []);
    expect(errors.every((error) => error instanceof Conflict)).toBe(true);
    expect(new Set(jobs.map((job) => job.id)).size).toBe(100);
    expect([await count(db, "training_jobs"), await count(db, "idempotency_keys")])
      .toEqual([100, 100]);
  });

  test("a key belongs to one user", async () => {
    await insertWithKey();
    expect(await remembered(bob)).toBeUndefined();
    const bobs = await insertWithKey(bob, await addProject(storage, bob));
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
}
