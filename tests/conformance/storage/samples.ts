import type { NewTrainingJob, TrainingJob } from "../../../src/domain/jobs/job.ts";
import type { Status } from "../../../src/domain/jobs/status.ts";
import type { Change, UserActor } from "../../../src/domain/kernel/actor.ts";
import type { Storage } from "../../../src/storage/open.ts";
import type { Database } from "../../../src/storage/sql/database.ts";
import { sql } from "../../../src/storage/sql/sql.ts";

export const NOW = "2024-01-18T15:30:00.000Z";
export const LATER = "2024-01-18T16:00:00.000Z";

/** A migrated database that the suite has opened for one test. */
export interface Opened {
  storage: Storage;
  db: Database;
}

/** What a write by a user takes. */
export function by(userId: number, now = NOW): Change<UserActor> {
  return { actor: { kind: "user", id: userId }, now };
}

export function account(email: string) {
  return { email, full_name: "A person", password_hash: "hash", created_at: NOW };
}

export async function addUser(storage: Storage, email: string): Promise<number> {
  return (await storage.users.insert(account(email)))!.id;
}

export async function addProject(
  storage: Storage,
  ownerId: number,
  name = "Dog vs Cat",
): Promise<number> {
  const input = { name, description: "" };
  return (await storage.projects.insert(input, { ...by(ownerId), ownerId })).id;
}

export async function addJob(
  storage: Storage,
  userId: number,
  job: Partial<NewTrainingJob> & { project_id: number },
): Promise<TrainingJob> {
  return (await storage.jobs.insert(newJob(job), by(userId)))!;
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

/** Numbers by status, 0 where none is given. */
export function countsOf(counts: Partial<Record<Status, number>>): Record<Status, number> {
  return { pending: 0, running: 0, completed: 0, failed: 0, cancelled: 0, ...counts };
}

const TABLES = {
  users: sql`users`,
  projects: sql`projects`,
  training_jobs: sql`training_jobs`,
  idempotency_keys: sql`idempotency_keys`,
  audit_log: sql`audit_log`,
  output_removals: sql`output_removals`,
};

/** The number of rows in a table. */
export async function count(db: Database, table: keyof typeof TABLES): Promise<number> {
  const [row] = await db.read(sql`select count(*) as n from ${TABLES[table]}`);
  return Number(row!.n);
}

/** What a promise rejects with; one that resolves fails the test. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("expected a rejection");
}
