import { beforeEach, describe, expect, test } from "vitest";
import type { Session } from "../../../src/domain/access/session.ts";
import type { Storage } from "../../../src/storage/open.ts";
import { STATUSES } from "../../../src/domain/jobs/status.ts";
import type { Change, UserActor } from "../../../src/domain/kernel/actor.ts";
import { addUser, LATER, newJob, NOW, type Opened } from "./samples.ts";

/** The log of who did what, by the actions of users. */
export function auditConformance(open: () => Opened): void {
  const origin = { address: "203.0.113.7", request_id: "req-1" };
  let storage: Storage;
  let ann: number;
  let bob: number;
  let byAnn: Change<UserActor>;
  let byBob: Change<UserActor>;
  let project: number;

  beforeEach(async () => {
    ({ storage } = open());
    ann = await addUser(storage, "ann@example.com");
    bob = await addUser(storage, "bob@example.com");
    byAnn = { actor: { kind: "user", id: ann, origin }, now: NOW };
    byBob = { actor: { kind: "user", id: bob, origin }, now: NOW };
    const input = { name: "Cracks", description: "" };
    project = (await storage.projects.insert(input, { ...byAnn, ownerId: ann })).id;
  });

  const ofProject = (options: object = {}) =>
    storage.auditLog.ofProject(project, { userId: ann, limit: 100, ...options });
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
      actor: "user",
      user_email: "ann@example.com",
      action: "project_created",
      subject: "Cracks",
      detail: null,
      address: "203.0.113.7",
      request_id: "req-1",
    }]);
  });

  test("jobs, the project and its members leave one entry a change", async () => {
    await storage.members.insert(project, {
      ...byAnn,
      input: { email: "bob@example.com", role: "viewer" },
    });
    await storage.members.update(project, { ...byAnn, memberId: bob, role: "editor" });
    const { id } = (await storage.jobs.insert(newJob({ project_id: project }), byBob))!;
    const idempotency = { user_id: bob, key: "k", input_hash: "h" };
    const second = await storage.jobs.insert(newJob({ project_id: project }), {
      ...byBob,
      idempotency,
    });
    const changes = { status: "cancelled" } as const;
    await storage.jobs.transition(id, { ...byBob, from: ["pending"], changes });
    await storage.jobs.remove(id, { ...byAnn, from: STATUSES });
    await storage.projects.update(project, { ...byBob, patch: { name: "Tiles" } });
    await storage.members.remove(project, { ...byBob, memberId: bob });
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
    await storage.projects.remove(project, byAnn);
    expect(await ofAccount(ann)).toEqual([`project_deleted Tiles #${project}`]);
    expect(await ofAccount(bob)).toEqual([]);
  });

  test("what is refused leaves no entry", async () => {
    const { jobs, projects, members } = storage;
    const input = { email: "bob@example.com", role: "viewer" } as const;
    await members.insert(project, { ...byAnn, input });
    const idempotency = { user_id: ann, key: "k", input_hash: "h" };
    const job = (await jobs.insert(newJob({ project_id: project }), { ...byAnn, idempotency }))!;
    const before = await told();
    expect(before).toEqual([
      "ann project_created Cracks",
      "ann member_added bob@example.com viewer",
      `ann job_created yolo11n-seg #${job.id}`,
    ]);
    const changes = { status: "cancelled" } as const;
    const again = newJob({ project_id: project });
    await jobs.insert(again, byBob);
    await jobs.insert(again, { ...byAnn, idempotency });
    await expect(jobs.insert({ ...again, output_dir: job.output_dir }, byAnn)).rejects.toThrow();
    await jobs.transition(job.id, { ...byBob, from: STATUSES, changes });
    await jobs.transition(job.id, { ...byAnn, from: ["running"], changes });
    await jobs.remove(job.id, { ...byBob, from: STATUSES });
    await jobs.remove(job.id, { ...byAnn, from: ["failed"] });
    await projects.update(project, { ...byBob, patch: { name: "x" } });
    await projects.remove(project, byBob);
    await members.insert(project, { ...byAnn, input });
    await members.insert(project, { ...byBob, input });
    await members.update(project, { ...byBob, memberId: bob, role: "editor" });
    await members.remove(project, { ...byAnn, memberId: ann });
    expect(await told()).toEqual(before);
    expect(await ofAccount(ann)).toEqual([]);
    expect(await ofAccount(bob)).toEqual([]);
  });

  test("the log is the owner's, goes page by page, and forgets the oldest", async () => {
    await storage.members.insert(project, {
      ...byAnn,
      input: { email: "bob@example.com", role: "editor" },
    });
    expect(await ofProject({ userId: bob })).toEqual([]);
    const late = { ...byAnn, now: LATER };
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
      user_id: ann,
      created_at: NOW,
      expires_at: LATER,
      last_seen_at: NOW,
      address: null,
      user_agent: null,
    });

    test("sees its sign-ins, its password and its tokens, and only they change it", async () => {
      const { sessions, users, accessTokens: tokens, auditLog } = storage;
      await sessions.insert(session("a"), { ...byAnn, passwordHash: "hash" });
      await sessions.insert(session("b"), { ...byAnn, passwordHash: "wrong" });
      await sessions.insert(session("c"), byAnn);
      await sessions.remove("c", byAnn);
      await sessions.remove("nobody's", byAnn);
      await sessions.removeOthers("a", byAnn);
      await users.changePassword({ ...byAnn, from: "?", to: "x", keepSession: "a" });
      await users.changePassword({ ...byAnn, from: "hash", to: "x", keepSession: "a" });
      const token = {
        user_id: ann,
        name: "gpu",
        scope: "read" as const,
        token_hash: "secret",
        created_at: NOW,
        expires_at: LATER,
      };
      const made = await tokens.insert(token, { ...byAnn, limit: 1 });
      await tokens.insert({ ...token, token_hash: "other" }, { ...byAnn, limit: 9 });
      await tokens.insert({ ...token, name: "x", token_hash: "third" }, { ...byAnn, limit: 1 });
      await tokens.remove(made!.id, byBob);
      await tokens.remove(made!.id, byAnn);
      for (const email of ["ann@example.com", "my-password@example.com"]) {
        await auditLog.addFailedSignIn({ email, origin, now: NOW });
      }
      expect(await ofAccount(ann)).toEqual([
        "signed_in",
        "signed_in",
        "signed_out",
        "signed_out_elsewhere",
        "password_changed",
        "token_created gpu read",
        "token_revoked gpu",
        "sign_in_failed",
      ]);
      expect(await ofAccount(bob)).toEqual([]);
    });
  });
}
