import { describe, expect, test } from "vitest";
import { create, expectJobs, refusal } from "../../../tests/support/operations.ts";
import { moveTo, NOW, openWorld } from "../../../tests/support/world.ts";
import { deleteProject } from "./delete.ts";

describe("deleting a project", () => {
  test("takes its jobs and their directories, and no others", async () => {
    await using world = await openWorld();
    const other = await world.deps.projects.insert({ name: "p", description: "" }, {
      actor: world.actor,
      ownerId: world.userId,
      now: NOW.toISOString(),
    });
    const { job: kept } = await create(world, world.input({ project_id: other.id }));
    for (let i = 0; i < 3; i++) await create(world, world.input());
    await deleteProject(world.deps, { actor: world.actor, id: world.projectId });
    expect(await world.rows()).toStrictEqual([kept]);
    await expectJobs(world, 1);
  });

  test("is refused while a job is running, and nothing goes", async () => {
    await using world = await openWorld();
    await create(world, world.input());
    const { job } = await create(world, world.input());
    await moveTo(world, { id: job.id, status: "running" });
    const target = { actor: world.actor, id: world.projectId };
    expect(await refusal(deleteProject(world.deps, target)))
      .toBe("conflict: Cannot delete project while a training job is running");
    await expectJobs(world, 2);
  });

  test("says not found for another user's project, and none", async () => {
    await using world = await openWorld();
    await create(world, world.input());
    const { deps, actor, strangerId, projectId } = world;
    const stranger = { kind: "user", id: strangerId } as const;
    for (const target of [{ actor: stranger, id: projectId }, { actor, id: 999 }]) {
      expect(await refusal(deleteProject(deps, target))).toBe("not_found: Project not found");
    }
    await expectJobs(world, 1);
  });
});
