import { DomainError } from "./errors.ts";
import type { Project, ProjectInput, ProjectPatch } from "./project.ts";
import type { NewTrainingJob, Status, TrainingJob } from "./training_job.ts";
import type { User } from "./user.ts";

/**
 * The database. Every method throws a `DomainError` `unavailable` when it cannot be reached. What
 * belongs to somebody is asked for with their `userId` inside the statement itself: rows of other
 * people and rows that do not exist are both "no row".
 */
export interface Storage {
  users: Users;
  sessions: Sessions;
  projects: Projects;
  trainingJobs: TrainingJobs;
  /** Resolves when the database answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface Users {
  /** `undefined`: the address is taken, or `onlyIfFirst` and there is an account already. */
  insert(
    user: Omit<User, "id"> & { password_hash: string },
    options?: { onlyIfFirst?: boolean },
  ): Promise<User | undefined>;
  findByEmail(email: string): Promise<(User & { password_hash: string }) | undefined>;
  any(): Promise<boolean>;
}

/** A sign-in; it ends by signing out or by the clock. */
export interface Session {
  id: string;
  user_id: number;
  created_at: string;
  expires_at: string;
}

export interface Sessions {
  insert(session: Session): Promise<void>;
  /** The user of a session that has not ended. */
  findUser(id: string, now: string): Promise<User | undefined>;
  remove(id: string): Promise<void>;
  removeExpired(now: string): Promise<void>;
}

export interface Projects {
  /** Newest first. */
  list(userId: number): Promise<Project[]>;
  /** Whether there is such a project: what every creation asks, so it counts nothing. */
  has(id: number, options: { userId: number }): Promise<boolean>;
  find(id: number, options: { userId: number }): Promise<Project | undefined>;
  insert(project: ProjectInput, options: { userId: number; now: string }): Promise<Project>;
  update(
    id: number,
    options: { userId: number; patch: ProjectPatch; now: string },
  ): Promise<Project | undefined>;
  /**
   * Removes a project and its jobs unless one is running; answers the `output_dir`s that were theirs,
   * `undefined` when nothing was removed.
   */
  remove(id: number, options: { userId: number }): Promise<string[] | undefined>;
}

/** What makes a retry of one creation recognisable. */
export interface IdempotencyKey {
  /** Chosen by the client; unique to one user. */
  key: string;
  /** Hash of the input: the same key with another input is a mistake. */
  input_hash: string;
}

export interface RememberedCreation {
  input_hash: string;
  /** The job as it was first answered. */
  job: TrainingJob;
}

export interface TrainingJobPage {
  items: TrainingJob[];
  /** `null` on the last page. */
  next_cursor: string | null;
}

export interface TrainingJobQuery {
  project_id?: number | undefined;
  status?: Status | undefined;
  model_name?: string | undefined;
  /** Id of the last job of the page before. */
  before?: number | undefined;
  limit: number;
}

export interface TrainingJobs {
  /**
   * Inserts a job and remembers its idempotency key in one commit. `undefined`: the project is not
   * this user's (any more), or the key is used already. Throws `Conflict` when `output_dir` is taken
   * or another process used the key at the same moment; throws `OutcomeUnknown` when the connection
   * broke so that the row may or may not be there.
   */
  insert(
    job: NewTrainingJob,
    options: { userId: number; idempotency?: IdempotencyKey | undefined },
  ): Promise<TrainingJob | undefined>;
  find(id: number, options: { userId: number }): Promise<TrainingJob | undefined>;
  findByOutputDir(outputDir: string): Promise<TrainingJob | undefined>;
  /** The output directories of everybody's jobs, oldest first; `after` is the last one's id. */
  outputDirs(options: { after: number; limit: number }): Promise<JobOutputDir[]>;
  /** Which of these have a row: one answer for each that was asked, or it throws. */
  haveRows(outputDirs: readonly string[]): Promise<Map<string, boolean>>;
  findByIdempotencyKey(
    key: string,
    options: { userId: number },
  ): Promise<RememberedCreation | undefined>;
  /** Newest first, by key. */
  list(query: TrainingJobQuery, options: { userId: number }): Promise<TrainingJobPage>;
  /** Moves a job on if its status is one of `from`; `undefined` when it is not, or no such job. */
  transition(
    id: number,
    options: { userId: number; from: readonly Status[]; changes: TrainingJobChanges },
  ): Promise<TrainingJob | undefined>;
  /** Removes a job whose status is one of `from`; `undefined` when it is not, or no such job. */
  remove(
    id: number,
    options: { userId: number; from: readonly Status[] },
  ): Promise<TrainingJob | undefined>;
  forgetIdempotencyKeys(options: { before: string }): Promise<void>;
}

export type JobOutputDir = Pick<TrainingJob, "id" | "output_dir" | "status">;

export type TrainingJobChanges =
  & Pick<TrainingJob, "status" | "updated_at">
  & Partial<
    Pick<
      TrainingJob,
      "started_at" | "completed_at" | "accuracy" | "loss" | "error_message" | "num_classes"
    >
  >;

/** A unique value is taken, or a row that is referred to has gone; nothing was changed. */
export class Conflict extends Error {
  override name = "Conflict";
}

/** The statement was sent and no answer came: it may have been carried out. */
export class OutcomeUnknown extends DomainError {
  constructor(options: ErrorOptions) {
    super("unavailable", { key: "unavailable", what: "database" }, options);
    this.name = "OutcomeUnknown";
  }
}
