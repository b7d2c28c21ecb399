import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DomainError } from "../../../src/domain/kernel/errors.ts";
import { pingDatabase, type Storage } from "../../../src/storage/open.ts";
import type { Database } from "../../../src/storage/sql/database.ts";
import { accessConformance } from "./access.ts";
import { actorConformance } from "./actors.ts";
import { auditConformance } from "./audit.ts";
import { databaseConformance } from "./database.ts";
import { idempotencyConformance } from "./idempotency.ts";
import { jobConformance } from "./jobs.ts";
import { outputConformance } from "./outputs.ts";
import { projectConformance } from "./projects.ts";
import { account, addUser, by, failure, newJob, NOW, type Opened } from "./samples.ts";
import { sharingConformance } from "./sharing.ts";
import { userConformance } from "./users.ts";

export interface OpenStorage {
  /** The ports over `db`. */
  storage: Storage;
  /** Migrated and empty; the suite closes it. */
  db: Database;
  /** Removes the database, after `db` was closed. */
  close(): Promise<void>;
}

/** What every database must do behind the storage ports; each test gets a fresh one. */
export function storageConformance(name: string, open: () => Promise<OpenStorage>): void {
  describe(`storage on ${name}`, () => {
    let opened: OpenStorage;

    beforeEach(async () => {
      opened = await open();
    });
    afterEach(async () => {
      await opened.db.close();
      await opened.close();
    });

    const suites: Record<string, (open: () => Opened) => void> = {
      "users": userConformance,
      "access": accessConformance,
      "actors": actorConformance,
      "the audit log": auditConformance,
      "sharing": sharingConformance,
      "projects": projectConformance,
      "training jobs": jobConformance,
      "idempotency": idempotencyConformance,
      "output directories": outputConformance,
      "the database itself": databaseConformance,
    };
    for (const [noun, conformance] of Object.entries(suites)) {
      describe(noun, () => conformance(() => opened));
    }
  });

  test(`storage on ${name}: once closed, everything is unavailable`, async () => {
    const { storage, db, close } = await open();
    const ann = await addUser(storage, "ann@example.com");
    await db.close();
    const calls: Record<string, () => Promise<unknown>> = {
      ping: () => pingDatabase(db),
      "users.insert": () => storage.users.insert(account("bob@example.com")),
      "users.findByEmail": () => storage.users.findByEmail("ann@example.com"),
      "sessions.findUser": () => storage.sessions.findUser("s", NOW),
      "sessions.remove": () => storage.sessions.remove("s", by(ann)),
      "projects.list": () => storage.projects.list(ann),
      "projects.insert": () =>
        storage.projects.insert({ name: "p", description: "" }, { ...by(ann), ownerId: ann }),
      "projects.remove": () => storage.projects.remove(1, by(ann)),
      "jobs.insert": () => storage.jobs.insert(newJob({ project_id: 1 }), by(ann)),
      "jobs.list": () => storage.jobs.list({ limit: 1 }, { userId: ann }),
      "jobs.find": () => storage.jobs.find(1, { userId: ann }),
      "removals.pending": () => storage.removals.pending({ after: "", limit: 1 }),
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
