import { beforeEach, describe, expect, test } from "vitest";
import type { MemberRole, Role } from "../../../src/domain/projects/role.ts";
import type { Storage } from "../../../src/storage/open.ts";
import { STATUSES } from "../../../src/domain/jobs/status.ts";
import { SORTS } from "../../../src/domain/jobs/list.ts";
import type { Database } from "../../../src/storage/sql/database.ts";
import { sql } from "../../../src/storage/sql/sql.ts";
import { by, LATER, newJob, NOW, type Opened } from "./samples.ts";

/** Projects that several people share. */
export function sharingConformance(open: () => Opened): void {
  let storage: Storage;
  let db: Database;
  let people: Record<Role | "stranger", number>;
  let project: number;

  beforeEach(async () => {
    ({ storage, db } = open());
    people = {
      owner: await addUser("owner"),
      editor: await addUser("editor"),
      viewer: await addUser("viewer"),
      stranger: await addUser("stranger"),
    };
    const input = { name: "Shared", description: "" };
    const owner = { ...by(people.owner), ownerId: people.owner };
    project = (await storage.projects.insert(input, owner)).id;
    await share("editor", "editor");
    await share("viewer", "viewer");
  });

  async function addUser(name: string): Promise<number> {
    const account = { email: `${name}@example.com`, full_name: name, password_hash: "-" };
    return (await storage.users.insert({ ...account, created_at: NOW }))!.id;
  }
  const share = (name: string, role: MemberRole, userId = people.owner) =>
    storage.members.insert(project, {
      ...by(userId),
      input: { email: `${name}@example.com`, role },
    });
  const rolesSeenBy = async (userId: number) =>
    (await storage.members.list(project, { userId })).map(({ full_name, role }) =>
      `${full_name}: ${role}`
    );
  const addJob = (userId: number) =>
    storage.jobs.insert(newJob({ project_id: project }), by(userId));

  const EVERYBODY = ["owner", "editor", "viewer", "stranger"] as const;
  const may = (needed: Role) => ({
    viewer: [true, true, true, false],
    editor: [true, true, false, false],
    owner: [true, false, false, false],
  }[needed]);
  const byEverybody = async (attempt: (userId: number) => Promise<unknown>) => {
    const done: boolean[] = [];
    for (const who of EVERYBODY) done.push(Boolean(await attempt(people[who])));
    return done;
  };

  test("a project says what it is to who asks, and whose it is", async () => {
    for (const who of ["owner", "editor", "viewer"] as const) {
      const userId = people[who];
      const found = await storage.projects.find(project, { userId });
      expect(found).toMatchObject({
        role: who,
        owner: { email: "owner@example.com", full_name: "owner" },
        member_count: 2,
      });
      expect(await storage.projects.list(userId)).toStrictEqual([found]);
      expect(await storage.projects.roleOf(project, { userId })).toBe(who);
    }
    const userId = people.stranger;
    expect(await storage.projects.roleOf(project, { userId })).toBeUndefined();
    expect(await storage.projects.roleOf(project + 1, { userId: people.owner })).toBeUndefined();
  });

  test("the list is one's own and the shared, newest first, each once", async () => {
    const input = { name: "Own", description: "" };
    for (const ownerId of [people.editor, people.stranger]) {
      await storage.projects.insert(input, { ...by(ownerId), ownerId });
    }
    const list = await storage.projects.list(people.editor);
    expect(list.map(({ name, role }) => [name, role]))
      .toEqual([["Own", "owner"], ["Shared", "editor"]]);
  });

  test("reading takes a viewer", async () => {
    const { id } = (await addJob(people.owner))!;
    expect(await byEverybody((userId) => storage.projects.find(project, { userId })))
      .toEqual(may("viewer"));
    expect(await byEverybody((userId) => storage.jobs.find(id, { userId })))
      .toEqual(may("viewer"));
    const filters = [{}, { project_id: project }, { search: "yolo" }];
    for (const filter of filters) {
      for (const sort of SORTS) {
        const list = async (userId: number) =>
          (await storage.jobs.list({ ...filter, sort, limit: 5 }, { userId })).items.length;
        expect(await byEverybody(list)).toEqual(may("viewer"));
        for (const who of ["owner", "editor"] as const) expect(await list(people[who])).toBe(1);
      }
      const count = async (userId: number) =>
        (await storage.jobs.countByStatus(filter, { userId })).pending;
      expect(await byEverybody(count)).toEqual(may("viewer"));
    }
  });

  test("changing takes an editor, and what is refused changes nothing", async () => {
    expect(await byEverybody(addJob)).toEqual(may("editor"));
    const patch = { name: "renamed" };
    const rename = (userId: number) =>
      storage.projects.update(project, { ...by(userId, LATER), patch });
    expect(await byEverybody(rename)).toEqual(may("editor"));

    const { id } = (await addJob(people.owner))!;
    const changes = { status: "cancelled" } as const;
    for (const who of ["stranger", "viewer"] as const) {
      const userId = people[who];
      expect(await storage.jobs.transition(id, { ...by(userId, LATER), from: STATUSES, changes }))
        .toBeUndefined();
      expect(await storage.jobs.remove(id, { ...by(userId), from: STATUSES })).toBeUndefined();
      const idempotency = { user_id: userId, key: "k", input_hash: "h" };
      await storage.jobs.insert(newJob({ project_id: project }), { ...by(userId), idempotency });
      expect(await storage.jobs.findByIdempotencyKey("k", { userId })).toBeUndefined();
    }
    expect(await storage.jobs.find(id, { userId: people.owner }))
      .toMatchObject({ status: "pending", updated_at: NOW });
    const userId = people.editor;
    expect(await storage.jobs.transition(id, { ...by(userId, LATER), from: STATUSES, changes }))
      .toMatchObject({ ...changes, updated_at: LATER });
    expect(await storage.jobs.remove(id, { ...by(userId), from: STATUSES })).toBeDefined();
  });

  test("removing the project takes the owner, and ends the sharing", async () => {
    for (const who of ["stranger", "viewer", "editor"] as const) {
      expect(await storage.projects.remove(project, by(people[who]))).toBeUndefined();
    }
    expect(await storage.projects.remove(project, by(people.owner))).toEqual([]);
    expect(await db.read(sql`select * from project_members`)).toEqual([]);
  });

  describe("members", () => {
    test("are seen by every member, the owner first, and by nobody else", async () => {
      const all = ["owner: owner", "editor: editor", "viewer: viewer"];
      for (const who of ["owner", "editor", "viewer"] as const) {
        expect(await rolesSeenBy(people[who])).toEqual(all);
      }
      expect(await rolesSeenBy(people.stranger)).toEqual([]);
      const [first] = await storage.members.list(project, { userId: people.owner });
      expect(first).toStrictEqual({
        user_id: people.owner,
        email: "owner@example.com",
        full_name: "owner",
        role: "owner",
        created_at: NOW,
      });
    });

    test("come by the owner alone, once, and never as the owner", async () => {
      for (const who of ["editor", "viewer", "stranger"] as const) {
        expect(await share("stranger", "editor", people[who])).toBeUndefined();
      }
      expect(await share("nobody", "editor")).toBeUndefined();
      expect(await share("owner", "editor")).toBeUndefined();
      expect(await share("viewer", "editor")).toBeUndefined();
      expect(await rolesSeenBy(people.owner))
        .toEqual(["owner: owner", "editor: editor", "viewer: viewer"]);
      expect(await share("stranger", "viewer")).toMatchObject({
        user_id: people.stranger,
        role: "viewer",
        created_at: NOW,
      });
      const added = await Promise.all(Array.from({ length: 4 }, () => share("stranger", "viewer")));
      expect(added.filter(Boolean)).toEqual([]);
    });

    test("change roles by the owner alone", async () => {
      const change = (userId: number, memberId = people.viewer) =>
        storage.members.update(project, { ...by(userId), memberId, role: "editor" });
      for (const who of ["editor", "viewer", "stranger"] as const) {
        expect(await change(people[who])).toBeUndefined();
      }
      expect(await change(people.owner, people.owner)).toBeUndefined();
      expect(await change(people.owner, people.stranger)).toBeUndefined();
      expect(await storage.projects.roleOf(project, { userId: people.viewer })).toBe("viewer");
      expect(await change(people.owner)).toMatchObject({ email: "viewer@example.com" });
      expect(await storage.projects.roleOf(project, { userId: people.viewer })).toBe("editor");
    });

    test("go by the owner or by themselves, and see nothing from then on", async () => {
      const remove = (userId: number, memberId: number) =>
        storage.members.remove(project, { ...by(userId), memberId });
      const { owner, editor, viewer, stranger } = people;
      for (const userId of [viewer, stranger]) expect(await remove(userId, editor)).toBe(false);
      expect(await remove(editor, viewer)).toBe(false);
      expect(await remove(owner, owner)).toBe(false);
      expect(await remove(viewer, viewer)).toBe(true);
      expect(await remove(owner, editor)).toBe(true);
      expect(await remove(owner, editor)).toBe(false);
      for (const userId of [viewer, editor]) {
        expect(await storage.projects.list(userId)).toEqual([]);
        expect(await addJob(userId)).toBeUndefined();
      }
    });
  });
}
