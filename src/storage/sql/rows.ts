import type { AuditEntry } from "../../domain/access/audit.ts";
import type { PersonalAccessToken } from "../../domain/access/token.ts";
import type { Project } from "../../domain/projects/project.ts";
import type { ProjectMember } from "../../domain/projects/member.ts";
import type { Session } from "../../domain/access/session.ts";
import type { TrainingJob } from "../../domain/jobs/job.ts";
import { type Status, STATUSES } from "../../domain/jobs/status.ts";
import type { User } from "../../domain/access/user.ts";
import type { Columns, Row } from "./database.ts";

/**
 * Rows to domain objects, for every driver: libSQL gives 0 and 1 for booleans and text for time
 * stamps, Postgres gives strings for `bigint` and `Date` for time stamps. Values that the schema's
 * checks guarantee (statuses, formats) are not checked again.
 */
export function toUser(row: Row): User {
  return {
    id: Number(row.id),
    email: String(row.email),
    full_name: nullable(row.full_name, String),
    created_at: timestamp(row.created_at),
  };
}

export function toSession(row: Row): Session {
  return {
    id: String(row.id),
    user_id: Number(row.user_id),
    created_at: timestamp(row.created_at),
    expires_at: timestamp(row.expires_at),
    last_seen_at: timestamp(row.last_seen_at ?? row.created_at),
    address: nullable(row.address, String),
    user_agent: nullable(row.user_agent, String),
  };
}

export function toPersonalAccessToken(row: Row): PersonalAccessToken {
  return {
    id: Number(row.id),
    user_id: Number(row.user_id),
    name: String(row.name),
    scope: row.scope as PersonalAccessToken["scope"],
    created_at: timestamp(row.created_at),
    expires_at: timestamp(row.expires_at),
    last_used_at: nullable(row.last_used_at, timestamp),
    last_used_address: nullable(row.last_used_address, String),
  };
}

export function toProjectMember(row: Row): ProjectMember {
  return {
    user_id: Number(row.user_id),
    email: String(row.email),
    full_name: nullable(row.full_name, String),
    role: row.role as ProjectMember["role"],
    created_at: timestamp(row.created_at),
  };
}

export function toAuditEntry(row: Row): AuditEntry {
  return {
    id: Number(row.id),
    at: timestamp(row.at),
    actor: row.actor as AuditEntry["actor"],
    user_email: nullable(row.user_email, String),
    action: row.action as AuditEntry["action"],
    subject: nullable(row.subject, String),
    detail: nullable(row.detail, String),
    address: nullable(row.address, String),
    request_id: nullable(row.request_id, String),
  };
}

/** Expects the number of jobs in each status in a column named after it, and `jobs_changed_at`. */
export function toProject(row: Row): Project {
  const counts = STATUSES.map((status) => [status, Number(row[status])] as const);
  const updated_at = timestamp(row.updated_at);
  const jobsChangedAt = nullable(row.jobs_changed_at, timestamp) ?? updated_at;
  return {
    id: Number(row.id),
    user_id: Number(row.user_id),
    name: String(row.name),
    description: String(row.description),
    role: row.role as Project["role"],
    owner: {
      email: String(row.owner_email),
      full_name: nullable(row.owner_full_name, String),
    },
    member_count: Number(row.member_count),
    created_at: timestamp(row.created_at),
    updated_at,
    experiment_count: counts.reduce((sum, [, n]) => sum + n, 0),
    experiments_by_status: Object.fromEntries(counts) as Record<Status, number>,
    last_activity_at: jobsChangedAt > updated_at ? jobsChangedAt : updated_at,
  };
}

export const TRAINING_JOB_COLUMNS: Columns = {
  plain: [
    "id",
    "project_id",
    "model_name",
    "framework",
    "task_type",
    "dataset_path",
    "dataset_format",
    "num_classes",
    "epochs",
    "batch_size",
    "optimizer",
    "pretrained",
    "output_dir",
    "status",
    "created_at",
    "updated_at",
    "started_at",
    "completed_at",
    "error_message",
  ],
  real: ["learning_rate", "accuracy", "loss"],
};

export function toTrainingJob(row: Row): TrainingJob {
  return {
    id: Number(row.id),
    project_id: Number(row.project_id),
    model_name: String(row.model_name),
    framework: String(row.framework),
    task_type: row.task_type as TrainingJob["task_type"],
    dataset_path: String(row.dataset_path),
    dataset_format: row.dataset_format as TrainingJob["dataset_format"],
    num_classes: nullable(row.num_classes, Number),
    epochs: Number(row.epochs),
    batch_size: Number(row.batch_size),
    learning_rate: Number(row.learning_rate),
    optimizer: row.optimizer as TrainingJob["optimizer"],
    pretrained: Boolean(row.pretrained),
    output_dir: String(row.output_dir),
    status: row.status as TrainingJob["status"],
    accuracy: nullable(row.accuracy, Number),
    loss: nullable(row.loss, Number),
    created_at: timestamp(row.created_at),
    updated_at: timestamp(row.updated_at),
    started_at: nullable(row.started_at, timestamp),
    completed_at: nullable(row.completed_at, timestamp),
    error_message: nullable(row.error_message, String),
  };
}

export function nullable<T>(value: unknown, decode: (value: unknown) => T): T | null {
  return value === null || value === undefined ? null : decode(value);
}

export function timestamp(value: unknown): string {
  return value instanceof Date ? value.toISOString() : String(value);
}
