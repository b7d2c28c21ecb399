import { beforeEach, describe, expect, test } from "vitest";
import type { Asker } from "../../../src/domain/access/audit.ts";
import type { Session } from "../../../src/domain/access/session.ts";
import type { Storage } from "../../../src/storage/open.ts";
import { STATUSES } from "../../../src/domain/jobs/status.ts";
import { newJob } from "./jobs_and_projects.ts";

const NOW = "2024-01-18T15:30:00.000Z";
const LATER = "2024-01-18T16:00:00.000Z";

/** The part of the storage's conformance that is about who did what. */
export function auditConformance(open: () => { storage: Storage }): void {
  const origin = { at: NOW, address: "203.0.113.7", request_id: "req-1" };
  let storage: Storage;
  let ann: Asker;
  let bob: Asker;
  let project: number;

  beforeEach(async () => {
    ({ storage } = open());
    ann = { userId: await addUser("ann"), origin };
    bob = { userId: await addUser("bob"), origin };
    const input = { name: "Cracks", description: "" };
    project = (await storage.projects.insert(input, { ...ann, now: NOW })).id;
  });

  async function addUser(name: string): Promise<number> {
    const email = `${name}@example.com`;
    const account = { email, full_name: null, password_hash: "hash", created_at: NOW };
    return (await storage.users.insert(account))!.id;
  }
  const ofProject = (options: object = {}) =>
    storage.auditLog.ofProject(project, { userId: ann.userId, limit: 100, ...options });
  const told = async () =>
    (await ofProject()).map(({ user_email, action, subject, detail }) =>
      [user_email!.split("@")[0], action, subject, detail].filter((word) => word !== null).join(" ")
    ).toReversed();
  const ofAccount = async (userId: number) =>
    (await storage.auditLog.ofAccount({ userId, limit: 100 })).map(({ action, subject, detail }) =>
      [action, subject, detail].filter((word) => word !== null).join(" ")
    ).toReversed();

  test("an entry says who, what, when and from where", async () => {
    expect(await ofProject()).toStrictEqual([{
      id: expect.any(Number),
      at: NOW,
      user_email: "ann@example.com",
      action: "project_created",
      subject: "Cracks",
      detail: null,
      address: "203.0.113.7",
      request_id: "req-1",
    }]);
  });

  test("jobs, the project and its members leave one entry a change", async () => {
    const member = { userId: ann.userId, origin, memberId: bob.userId };
    await storage.members.insert(project, {
      ...ann,
      input: { email: "bob@example.com", role: "viewer" },
      now: NOW,
    });
    await storage.members.update(project, { ...member, role: "editor" });
    const { id } = (await storage.jobs.insert(newJob({ project_id: project }), bob))!;
    const idempotency = { key: "k", input_hash: "h" };
    const second = await storage.jobs.insert(newJob({ project_id: project }), {
      ...bob,
      idempotency,
    });
    const changes = { status: "cancelled", updated_at: LATER } as const;
    await storage.jobs.transition(id, { ...bob, from: ["pending"], changes });
    await storage.jobs.remove(id, { ...ann, from: STATUSES });
    await storage.projects.update(project, { ...bob, patch: { name: "Tiles" }, now: LATER });
    await storage.members.remove(project, { ...bob, memberId: bob.userId });
    expect(await told()).toEqual([
      "ann project_created Cracks",
      "ann member_added bob@example.com viewer",
      "ann member_role_changed bob@example.com editor",
      `bob job_created yolo11n-seg #${id}`,
      `bob job_created yolo11n-seg #${second!.id}`,
      `bob job_status_changed yolo11n-seg #${id} cancelled`,
      `ann job_deleted yolo11n-seg #${id}`,
      "bob project_changed Cracks Tiles",
      "bob member_removed bob@example.com",
    ]);
    await storage.projects.remove(project, ann);
    expect(await ofAccount(ann.userId)).toEqual([`project_deleted Tiles #${project}`]);
    expect(await ofAccount(bob.userId)).toEqual([]);
  });

  test("what is refused leaves none, nor does what nobody asked for", async () => {
    const input = { email: "bob@example.com", role: "viewer" } as const;
    await storage.members.insert(project, { userId: ann.userId, input, now: NOW });
    const job = (await storage.jobs.insert(newJob({ project_id: project }), {
      userId: ann.userId,
      idempotency: { key: "k", input_hash: "h" },
    }))!;
    const changes = { status: "cancelled", updated_at: LATER } as const;
    const { trainingJobs, projects, projectMembers } = storage;
    const again = newJob({ project_id: project });
    await trainingJobs.insert(again, bob);
    await trainingJobs.insert(again, { ...ann, idempotency: { key: "k", input_hash: "h" } });
    await expect(trainingJobs.insert({ ...again, output_dir: job.output_dir }, ann))
      .rejects.toThrow();
    await trainingJobs.transition(job.id, { ...bob, from: STATUSES, changes });
    await trainingJobs.transition(job.id, { ...ann, from: ["running"], changes });
    await trainingJobs.remove(job.id, { ...bob, from: STATUSES });
    await trainingJobs.remove(job.id, { ...ann, from: ["failed"] });
    await projects.update(project, { ...bob, patch: { name: "x" }, now: LATER });
    await projects.remove(project, bob);
    await projectMembers.insert(project, { ...ann, input, now: NOW });
    await projectMembers.insert(project, { ...bob, input, now: NOW });
    await projectMembers.update(project, { ...bob, memberId: bob.userId, role: "editor" });
    await projectMembers.remove(project, { ...ann, memberId: ann.userId });
    expect(await told()).toEqual(["ann project_created Cracks"]);
  });

  test("the log is the owner's, goes page by page, and forgets the oldest", async () => {
    await storage.members.insert(project, {
      ...ann,
      input: { email: "bob@example.com", role: "editor" },
      now: NOW,
    });
    expect(await ofProject({ userId: bob.userId })).toEqual([]);
    const late = { ...ann, origin: { ...origin, at: LATER } };
    for (let i = 0; i < 3; i++) {
      await storage.jobs.insert(newJob({ project_id: project }), late);
    }
    const all = await ofProject();
    expect(all).toHaveLength(5);
    expect(await ofProject({ before: all[1]!.id, limit: 2 })).toStrictEqual(all.slice(2, 4));
    await storage.auditLog.forget({ before: NOW });
    expect(await ofProject()).toStrictEqual(all);
    await storage.auditLog.forget({ before: LATER });
    expect(await ofProject()).toStrictEqual(all.slice(0, 3));
    await storage.auditLog.forget({ before: "2025-01-01T00:00:00.000Z" });
    await storage.auditLog.forget({ before: "2025-01-01T00:00:00.000Z" });
    expect(await ofProject()).toEqual([]);
  });

  describe("an account", () => {
    const session = (id: string): Session => ({
      id,
      user_id: ann.userId,
      created_at: NOW,
      expires_at: LATER,
      last_seen_at: NOW,
      address: null,
      user_agent: null,
    });

    test("sees its sign-ins, its password and its tokens, and only they change it", async () => {
      const { sessions, users, personalAccessTokens: tokens, auditLog } = storage;
      await sessions.insert(session("a"), { passwordHash: "hash", origin });
      await sessions.insert(session("b"), { passwordHash: "wrong", origin });
      await sessions.insert(session("c"), { origin });
      await sessions.remove("c", { origin });
      await sessions.remove("nobody's", { origin });
      await sessions.removeOthers("a", ann);
      await users.changePassword(ann.userId, { from: "?", to: "x", keepSession: "a", origin });
      await users.changePassword(ann.userId, { from: "hash", to: "x", keepSession: "a", origin });
      const token = {
        user_id: ann.userId,
        name: "gpu",
        scope: "read" as const,
        token_hash: "secret",
        created_at: NOW,
        expires_at: LATER,
      };
      const made = await tokens.insert(token, { limit: 1, origin });
      await tokens.insert({ ...token, token_hash: "other" }, { limit: 9, origin });
      await tokens.insert({ ...token, name: "x", token_hash: "third" }, { limit: 1, origin });
      await tokens.remove(made!.id, bob);
      await tokens.remove(made!.id, ann);
      for (const email of ["ann@example.com", "my-password@example.com"]) {
        await auditLog.addFailedSignIn({ email, origin });
      }
      expect(await ofAccount(ann.userId)).toEqual([
        "signed_in",
        "signed_in",
        "signed_out",
        "signed_out_elsewhere",
        "password_changed",
        "token_created gpu read",
        "token_revoked gpu",
        "sign_in_failed",
      ]);
      expect(await ofAccount(bob.userId)).toEqual([]);
    });
  });
}
