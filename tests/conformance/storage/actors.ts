import { beforeEach, describe, expect, test } from "vitest";
import { STATUSES } from "../../../src/domain/jobs/status.ts";
import { type Actor, SYSTEM } from "../../../src/domain/kernel/actor.ts";
import type { Storage } from "../../../src/storage/open.ts";
import type { Database } from "../../../src/storage/sql/database.ts";
import { sql } from "../../../src/storage/sql/sql.ts";
import {
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

const ORIGIN = { address: "203.0.113.7", request_id: "req-1" };
const RUNNER: Actor = { kind: "runner", id: 41, origin: ORIGIN };

/** Who may change what, and what the audit log says about the one who did. */
export function actorConformance(open: () => Opened): void {
  let storage: Storage;
  let db: Database;
  let ann: number;
  let bob: number;
  let project: number;

  beforeEach(async () => {
    ({ storage, db } = open());
    ann = await addUser(storage, "ann@example.com");
    bob = await addUser(storage, "bob@example.com");
    project = await addProject(storage, ann);
  });

  /** Every kind of write to a project; each answers something if it was done. */
  const WRITES: [string, (actor: Actor) => Promise<unknown>][] = [
    [
      "insert a job",
      (actor) => storage.jobs.insert(newJob({ project_id: project }), { actor, now: LATER }),
    ],
    ["change a job", async (actor) => {
      const { id } = await addJob(storage, ann, { project_id: project });
      const changes = { status: "running" } as const;
      return await storage.jobs.transition(id, { actor, now: LATER, from: STATUSES, changes });
    }],
    ["delete a job", async (actor) => {
      const { id } = await addJob(storage, ann, { project_id: project });
      return await storage.jobs.remove(id, { actor, now: LATER, from: STATUSES });
    }],
    ["add a member", (actor) => {
      const input = { email: "bob@example.com", role: "viewer" } as const;
      return storage.members.insert(project, { actor, now: LATER, input });
    }],
    ["change a member", async (actor) => {
      await share("viewer");
      const change = { actor, now: LATER, memberId: bob, role: "editor" } as const;
      return await storage.members.update(project, change);
    }],
    ["remove a member", async (actor) => {
      await share("viewer");
      return await storage.members.remove(project, { actor, now: LATER, memberId: bob });
    }],
    ["delete a project", (actor) => storage.projects.remove(project, { actor, now: LATER })],
  ];
  const share = (role: "viewer" | "editor") =>
    storage.members.insert(project, { ...by(ann), input: { email: "bob@example.com", role } });

  /** The newest entry's columns about who wrote it. */
  async function newestEntry() {
    const [row] = await db.read(sql`
      select actor, user_id, user_email, runner_id, address, request_id from audit_log
      order by id desc limit 1`);
    const number = (value: unknown) => value === null ? null : Number(value);
    return { ...row, user_id: number(row!.user_id), runner_id: number(row!.runner_id) };
  }

  describe.each(WRITES)("to %s", (_, write) => {
    test("the server itself needs no role", async () => {
      expect(await write(SYSTEM)).toBeTruthy();
      expect(await newestEntry()).toEqual({
        actor: "system",
        user_id: null,
        user_email: null,
        runner_id: null,
        address: null,
        request_id: null,
      });
    });

    test("nor does a runner: its id is recorded, and no email", async () => {
      expect(await write(RUNNER)).toBeTruthy();
      expect(await newestEntry()).toEqual({
        actor: "runner",
        user_id: null,
        user_email: null,
        runner_id: 41,
        ...ORIGIN,
      });
    });

    test("a user with the role may, and is recorded by id and email", async () => {
      expect(await write({ kind: "user", id: ann, origin: ORIGIN })).toBeTruthy();
      expect(await newestEntry()).toEqual({
        actor: "user",
        user_id: ann,
        user_email: "ann@example.com",
        runner_id: null,
        ...ORIGIN,
      });
    });
  });

  test.each(WRITES)("a stranger may not %s", async (_, write) => {
    const carol = await addUser(storage, "carol@example.com");
    expect(await write({ kind: "user", id: carol })).toBeFalsy();
    expect(await newestEntry()).toMatchObject({ user_id: ann });
  });

  test("a runner is not the user with the same id", async () => {
    const entries = await count(db, "audit_log");
    const actor: Actor = { kind: "runner", id: ann };
    expect(await storage.members.remove(project, { actor, now: NOW, memberId: ann })).toBe(false);
    expect(await count(db, "audit_log")).toBe(entries);
    await storage.jobs.insert(newJob({ project_id: project }), { actor, now: NOW });
    expect(await newestEntry()).toMatchObject({ user_email: null, runner_id: ann });
  });

  test("a project that the server makes belongs to the user it is made for", async () => {
    const input = { name: "Dog vs Cat", description: "" };
    const made = await storage.projects.insert(input, { actor: SYSTEM, now: NOW, ownerId: bob });
    expect(made).toMatchObject({ user_id: bob, role: "owner", created_at: NOW });
    const [entry] = await storage.auditLog.ofProject(made.id, { userId: bob, limit: 9 });
    expect(entry).toMatchObject({ actor: "system", user_email: null, action: "project_created" });
  });

  test("the log shows the owner which kind of actor made each change", async () => {
    for (const actor of [SYSTEM, RUNNER]) {
      await storage.jobs.insert(newJob({ project_id: project }), { actor, now: NOW });
    }
    const entries = await storage.auditLog.ofProject(project, { userId: ann, limit: 9 });
    expect(entries.map(({ actor, user_email, address }) => [actor, user_email, address])).toEqual([
      ["runner", null, ORIGIN.address],
      ["system", null, null],
      ["user", "ann@example.com", null],
    ]);
  });

  test("the schema refuses an actor of an unknown kind", async () => {
    const entries = await count(db, "audit_log");
    await failure(db.write([sql`
      insert into audit_log (at, actor, action) values (${NOW}, 'cron', 'job_created')`]));
    expect(await count(db, "audit_log")).toBe(entries);
  });
}
