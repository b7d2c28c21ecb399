import { fileURLToPath } from "node:url";
import type { Storage } from "../domain/storage.ts";
import type { Database } from "./database.ts";
import { openLibsqlFile, openLibsqlServer } from "./libsql.ts";
import { projectQueries } from "./project.ts";
import { sessionQueries } from "./session.ts";
import { sql } from "./sql.ts";
import { trainingJobQueries } from "./training_job.ts";
import { userQueries } from "./user.ts";

/** Where the database is, as `DATABASE_URL` said. */
export type DatabaseLocation =
  | { kind: "libsql-file"; path: string }
  | { kind: "libsql-server"; url: string };

/** Opens the database and names the folder of its migrations. Throws a `StartupError`. */
export async function openDatabase(
  location: DatabaseLocation,
): Promise<{ db: Database; migrations: string }> {
  const db = location.kind === "libsql-file"
    ? await openLibsqlFile(location.path)
    : await openLibsqlServer(location.url);
  return { db, migrations: fileURLToPath(new URL("../../migrations/libsql", import.meta.url)) };
}

/** The storage port over a migrated database. */
export function createStorage(db: Database): Storage {
  return {
    users: userQueries(db),
    sessions: sessionQueries(db),
    projects: projectQueries(db),
    trainingJobs: trainingJobQueries(db),
    async ping() {
      await db.read(sql`select 1`);
    },
    close: () => db.close(),
  };
}
