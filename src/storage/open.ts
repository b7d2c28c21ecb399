import { fileURLToPath } from "node:url";
import { auditLogQueries } from "./access/audit.ts";
import type { Database, OpenOptions } from "./sql/database.ts";
import { personalAccessTokenQueries } from "./access/token.ts";
import { projectQueries } from "./projects/project.ts";
import { outputOwnerQueries } from "./outputs/owner.ts";
import { outputRemovalQueries } from "./outputs/removal.ts";
import { projectMemberQueries } from "./projects/member.ts";
import { sessionQueries } from "./access/session.ts";
import { sql } from "./sql/sql.ts";
import { trainingJobQueries } from "./jobs/job.ts";
import { userQueries } from "./access/user.ts";

/** Where the database is, from `DATABASE_URL`. */
export type DatabaseLocation =
  | { kind: "libsql-file"; path: string }
  | { kind: "libsql-server"; url: string }
  | { kind: "postgres"; url: string };

/** Opens the database, loading only its driver, and names the folder of its migrations. Throws a
 * `StartupError`. */
export async function openDatabase(
  location: DatabaseLocation,
  options: OpenOptions = {},
): Promise<{ db: Database; migrations: string }> {
  const db = await openDriver(location, options);
  const dialect = location.kind === "postgres" ? "postgres" : "libsql";
  const migrations = fileURLToPath(new URL(`../../migrations/${dialect}`, import.meta.url));
  return { db, migrations };
}

async function openDriver(location: DatabaseLocation, options: OpenOptions): Promise<Database> {
  if (location.kind === "postgres") {
    const { openPostgres } = await import("./drivers/postgres.ts");
    return await openPostgres(location.url);
  }
  if (location.kind === "libsql-server") {
    const { openLibsqlServer } = await import("./drivers/libsql_server.ts");
    return await openLibsqlServer(location.url);
  }
  const { openLibsqlFile } = await import("./drivers/libsql_file.ts");
  return await openLibsqlFile(location.path, options);
}

/** Every noun's port over a migrated database. */
export function createStorage(db: Database) {
  return {
    users: userQueries(db),
    sessions: sessionQueries(db),
    accessTokens: personalAccessTokenQueries(db),
    auditLog: auditLogQueries(db),
    projects: projectQueries(db),
    members: projectMemberQueries(db),
    jobs: trainingJobQueries(db),
    owners: outputOwnerQueries(db),
    removals: outputRemovalQueries(db),
  };
}
export type Storage = ReturnType<typeof createStorage>;

/** Resolves when the database answers. */
export async function pingDatabase(db: Database): Promise<void> {
  await db.read(sql`select 1`);
}
