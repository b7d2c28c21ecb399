import type { Asker, AuditEntry, Origin } from "../access/audit.ts";
import { DomainError } from "./errors.ts";
import type { PersonalAccessToken, Scope } from "../access/token.ts";
import type { Project, ProjectInput, ProjectPatch } from "../projects/project.ts";
import type { ProjectMember, ProjectMemberInput, ProjectMemberPatch } from "../projects/member.ts";
import type { Role } from "../projects/role.ts";
import type { Session } from "../access/session.ts";
import type { NewTrainingJob, Status, TrainingJob } from "../jobs/job.ts";
import type { Order, Sort, TrainingJobCursor } from "../jobs/list.ts";
import type { User } from "../access/user.ts";

/**
 * The database. Every method throws a `DomainError` `unavailable` when it cannot be reached. What
 * belongs to somebody is asked for with their `userId` inside the statement itself: rows of other
 * people and rows that do not exist are both "no row". So are, to a statement that writes, rows of a
 * project in which their role is too small: `roleOf` tells the difference. What an `Asker` with an
 * origin changes is written into the audit log in the same commit.
 */
export interface Storage {
  users: Users;
  sessions: Sessions;
  personalAccessTokens: PersonalAccessTokens;
  projects: Projects;
  projectMembers: ProjectMembers;
  trainingJobs: TrainingJobs;
  auditLog: AuditLog;
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
  /**
   * Gives a user another password and ends their sessions but one, in one commit. `false`, and
   * nothing done: the hash `from` is not theirs (any more).
   */
  changePassword(
    id: number,
    options: { from: string; to: string; keepSession: string; origin?: Origin | undefined },
  ): Promise<boolean>;
}

export interface Sessions {
  /**
   * With `passwordHash`: `false`, and nothing inserted, when that is not the user's (any more), so that
   * whoever signs in while the password is being changed gets no session out of the old one.
   */
  insert(
    session: Session,
    options?: { passwordHash?: string; origin?: Origin | undefined },
  ): Promise<boolean>;
  /** The user of a session that has not ended. */
  findUser(
    id: string,
    now: string,
  ): Promise<{ user: User; last_seen_at: string } | undefined>;
  /** Those that have not ended, the latest used first, a hundred at most. */
  list(options: { userId: number; now: string }): Promise<Session[]>;
  /** Notes where and when it is used, unless that was done since `before`. */
  touch(id: string, use: Use): Promise<void>;
  remove(id: string, options?: { origin?: Origin | undefined }): Promise<void>;
  /** Ends all sessions of a user but one. */
  removeOthers(id: string, options: Asker): Promise<void>;
  removeExpired(now: string): Promise<void>;
}

/** One use of a session or token. */
export interface Use {
  at: string;
  address: string;
  before: string;
}

export interface PersonalAccessTokens {
  /** `undefined`: the user has one of that name, or `limit` of them. */
  insert(
    token:
      & Omit<PersonalAccessToken, "id" | "last_used_at" | "last_used_address">
      & { token_hash: string },
    options: { limit: number; origin?: Origin | undefined },
  ): Promise<PersonalAccessToken | undefined>;
  /** The user of a token that has not expired, with what a request must know of the token. */
  findUser(
    tokenHash: string,
    now: string,
  ): Promise<{ user: User; id: number; scope: Scope; last_used_at: string | null } | undefined>;
  /** Newest first. */
  list(userId: number): Promise<PersonalAccessToken[]>;
  /** Notes where and when it is used, unless that was done since `before`. */
  touch(id: number, use: Use): Promise<void>;
  /** `false`: this user has no such token. */
  remove(id: number, options: Asker): Promise<boolean>;
}

export interface Projects {
  /** Their own and those shared with them, newest first. */
  list(userId: number): Promise<Project[]>;
  /** What a user may do with a project, if they may see it: what every creation asks, so it counts
   * nothing. */
  roleOf(id: number, options: { userId: number }): Promise<Role | undefined>;
  find(id: number, options: { userId: number }): Promise<Project | undefined>;
  insert(project: ProjectInput, options: Asker & { now: string }): Promise<Project>;
  /** Takes an editor. */
  update(
    id: number,
    options: Asker & { patch: ProjectPatch; now: string },
  ): Promise<Project | undefined>;
  /**
   * Removes a project and its jobs unless one is running; answers the `output_dir`s that were theirs,
   * `undefined` when nothing was removed. Takes the owner.
   */
  remove(id: number, options: Asker): Promise<string[] | undefined>;
}

/** Whom projects are shared with. To look takes a viewer, to change the owner. */
export interface ProjectMembers {
  /** The owner first, the others as they came; nobody when the user may not see the project. */
  list(projectId: number, options: { userId: number }): Promise<ProjectMember[]>;
  /** `undefined`: there is no such account, or it is of the project already. */
  insert(
    projectId: number,
    options: Asker & { input: ProjectMemberInput; now: string },
  ): Promise<ProjectMember | undefined>;
  /** `undefined`: no such member. */
  update(
    projectId: number,
    options: Asker & { memberId: number } & ProjectMemberPatch,
  ): Promise<ProjectMember | undefined>;
  /** Members may remove themselves. `false`: no such member. */
  remove(projectId: number, options: Asker & { memberId: number }): Promise<boolean>;
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

/** Which jobs: those that meet every condition that is given. */
export interface TrainingJobFilter {
  project_id?: number | undefined;
  status?: Status | undefined;
  model_name?: string | undefined;
  /** Part of the model's name or of the dataset's path; A…Z are as a…z, no character is special. */
  search?: string | undefined;
}

export interface TrainingJobQuery extends TrainingJobFilter {
  /** `created_at` if left out. */
  sort?: Sort | undefined;
  /** `DEFAULT_ORDER` of the sort if left out. */
  order?: Order | undefined;
  /** The end of the page before, of a list of the same sort and order. */
  after?: TrainingJobCursor | undefined;
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
    options: Asker & { idempotency?: IdempotencyKey | undefined },
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
  /**
   * One page, found by key. Jobs of the same key come newest first, whichever the order; jobs without
   * accuracy come last in both. Texts are compared by their bytes in UTF-8, statuses by their place in
   * `STATUSES`.
   */
  list(query: TrainingJobQuery, options: { userId: number }): Promise<TrainingJobPage>;
  /** How many jobs there are of each status. */
  countByStatus(
    filter: Omit<TrainingJobFilter, "status">,
    options: { userId: number },
  ): Promise<Record<Status, number>>;
  /** Moves a job on if its status is one of `from`; `undefined` when it is not, or no such job. */
  transition(
    id: number,
    options: Asker & { from: readonly Status[]; changes: TrainingJobChanges },
  ): Promise<TrainingJob | undefined>;
  /** Removes a job whose status is one of `from`; `undefined` when it is not, or no such job. */
  remove(
    id: number,
    options: Asker & { from: readonly Status[] },
  ): Promise<TrainingJob | undefined>;
  forgetIdempotencyKeys(options: { before: string }): Promise<void>;
}

/** Who did what. Entries come with the changes they tell of, but for a change that was refused. */
export interface AuditLog {
  /** Newest first, those before an entry; takes the owner. */
  ofProject(
    projectId: number,
    options: { userId: number; before?: number | undefined; limit: number },
  ): Promise<AuditEntry[]>;
  /** What concerns an account and no project, newest first. */
  ofAccount(options: { userId: number; limit: number }): Promise<AuditEntry[]>;
  addFailedSignIn(attempt: { email: string; origin: Origin }): Promise<void>;
  forget(options: { before: string }): Promise<void>;
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
