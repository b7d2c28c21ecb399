import { beforeEach, expect, test } from "vitest";
import type { Storage } from "../../../src/storage/open.ts";
import { addJob, addProject, addUser, by, countsOf, LATER, NOW, type Opened } from "./samples.ts";

/** Projects, from one user's view and another's. */
export function projectConformance(open: () => Opened): void {
  let storage: Storage;
  let ann: number;
  let bob: number;

  beforeEach(async () => {
    ({ storage } = open());
    ann = await addUser(storage, "ann@example.com");
    bob = await addUser(storage, "bob@example.com");
  });

  test("a project comes back as inserted, with no experiments", async () => {
    const input = { name: "Dog vs Cat", description: "which is it?" };
    const project = await storage.projects.insert(input, { ...by(ann), ownerId: ann });
    expect(project).toStrictEqual({
      ...input,
      id: expect.any(Number),
      user_id: ann,
      role: "owner",
      owner: { email: "ann@example.com", full_name: "A person" },
      member_count: 0,
      created_at: NOW,
      updated_at: NOW,
      experiment_count: 0,
      experiments_by_status: countsOf({}),
      last_activity_at: NOW,
    });
    expect(await storage.projects.find(project.id, { userId: ann })).toStrictEqual(project);
  });

  test("an update changes what it names and the time", async () => {
    const id = await addProject(storage, ann);
    const before = await storage.projects.find(id, { userId: ann });
    const renamed = await storage.projects.update(id, {
      ...by(ann, LATER),
      patch: { name: "Cats" },
    });
    expect(renamed).toStrictEqual({
      ...before,
      name: "Cats",
      updated_at: LATER,
      last_activity_at: LATER,
    });
    const described = await storage.projects.update(id, {
      ...by(ann, LATER),
      patch: { description: "only cats" },
    });
    expect(described).toStrictEqual({ ...renamed, description: "only cats" });
    expect(await storage.projects.find(id, { userId: ann })).toStrictEqual(described);
  });

  test("the list is one's own, newest first, with experiments counted", async () => {
    const first = await addProject(storage, ann, "first");
    const second = await addProject(storage, ann, "second");
    const foreign = await addProject(storage, bob, "foreign");
    for (const project_id of [first, first]) await addJob(storage, ann, { project_id });
    await addJob(storage, bob, { project_id: foreign });
    const list = await storage.projects.list(ann);
    expect(list.map(({ name, experiment_count }) => [name, experiment_count]))
      .toEqual([["second", 0], ["first", 2]]);
    expect((await storage.projects.find(first, { userId: ann }))!.experiment_count).toBe(2);
    const patch = { name: "renamed" };
    const updated = await storage.projects.update(first, { ...by(ann, LATER), patch });
    expect(updated!.experiment_count).toBe(2);
    expect(await storage.projects.update(second, { ...by(bob, LATER), patch }))
      .toBeUndefined();
  });

  test("another user's project is no project", async () => {
    const id = await addProject(storage, ann);
    const project = await storage.projects.find(id, { userId: ann });
    await addJob(storage, ann, { project_id: id });
    const patch = { name: "stolen" };
    expect(await storage.projects.find(id, { userId: bob })).toBeUndefined();
    expect(await storage.projects.roleOf(id, { userId: bob })).toBeUndefined();
    expect(await storage.projects.roleOf(id, { userId: ann })).toBe("owner");
    expect(await storage.projects.update(id, { ...by(bob, LATER), patch }))
      .toBeUndefined();
    expect(await storage.projects.remove(id, by(bob))).toBeUndefined();
    expect(await storage.projects.list(bob)).toEqual([]);
    expect(await storage.projects.find(id, { userId: ann }))
      .toStrictEqual({
        ...project,
        experiment_count: 1,
        experiments_by_status: countsOf({ pending: 1 }),
      });
  });

  test("remove takes the jobs along and names their output directories", async () => {
    const id = await addProject(storage, ann);
    const kept = await addJob(storage, ann, { project_id: await addProject(storage, ann) });
    const jobs = [
      await addJob(storage, ann, { project_id: id }),
      await addJob(storage, ann, {
        project_id: id,
        status: "failed",
      }),
    ];
    const outputDirs = await storage.projects.remove(id, by(ann));
    expect(outputDirs!.sort()).toEqual(jobs.map((job) => job.output_dir).sort());
    expect(await storage.projects.find(id, { userId: ann })).toBeUndefined();
    const page = await storage.jobs.list({ limit: 10 }, { userId: ann });
    expect(page.items).toEqual([kept]);
    expect(await storage.projects.remove(id, by(ann))).toBeUndefined();
  });

  test("remove of a project without jobs names no directory", async () => {
    expect(await storage.projects.remove(await addProject(storage, ann), by(ann))).toEqual([]);
  });

  test("a running job keeps its project and all the project's jobs", async () => {
    const id = await addProject(storage, ann);
    await addJob(storage, ann, { project_id: id });
    await addJob(storage, ann, { project_id: id, status: "running" });
    expect(await storage.projects.remove(id, by(ann))).toBeUndefined();
    expect((await storage.projects.find(id, { userId: ann }))!.experiment_count).toBe(2);
  });

  test("ids are never used again", async () => {
    const project = await addProject(storage, ann);
    const job = await addJob(storage, ann, { project_id: project });
    await storage.projects.remove(project, by(ann));
    const nextProject = await addProject(storage, ann);
    expect(nextProject).toBeGreaterThan(project);
    const next = await addJob(storage, ann, { project_id: nextProject });
    expect(next.id).toBeGreaterThan(job.id);
  });
}
