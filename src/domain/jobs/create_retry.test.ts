import { describe, expect, test } from "vitest";
import {
  broken,
  create,
  expectJobs,
  refusal,
  VOLUME_DOWN,
} from "../../../tests/support/operations.ts";
import { NOW, openWorld, type World } from "../../../tests/support/world.ts";
import { outputDirNames } from "../outputs/output_dir.ts";
import { deleteTrainingJob } from "./delete.ts";

const FIRST = "20240118_153000_resnet50";

describe("an insert that meets no row although the role allows it", () => {
  const INPUT = { email: "bob@example.com", role: "editor" } as const;

  /** Bob may edit; while an insert runs he is a viewer, as often as `times` says. */
  async function flipping(world: World, { times }: { times: number }) {
    const { deps, actor, strangerId: memberId, projectId } = world;
    const now = NOW.toISOString();
    await deps.members.insert(projectId, { actor, now, input: INPUT });
    const setRole = (role: "viewer" | "editor") =>
      deps.members.update(projectId, { actor, now, memberId, role });
    let inserts = 0;
    const flipped = broken(world, ({ jobs }) => ({
      jobs: {
        async insert(...args) {
          if (inserts++ >= times) return await jobs.insert(...args);
          await setRole("viewer");
          const row = await jobs.insert(...args);
          await setRole("editor");
          return row;
        },
      },
    }));
    const bob = { kind: "user", id: memberId } as const;
    return { deps: flipped.deps, actor: bob, inserts: () => inserts };
  }

  test("is tried again when the role changed and changed back between two looks", async () => {
    await using world = await openWorld();
    const bob = await flipping(world, { times: 2 });
    const { job } = await create(bob, world.input(), "key");
    expect(bob.inserts()).toBe(3);
    expect(job.output_dir).toBe(`outputs/${world.projectId}/${FIRST}_3`);
    await expectJobs(world, 1);
    expect(await create(bob, world.input(), "key")).toStrictEqual({ job, replayed: true });
  });

  test("is not tried for ever, and leaves nothing behind", async () => {
    await using world = await openWorld();
    const bob = await flipping(world, { times: Infinity });
    expect(await refusal(create(bob, world.input()))).toBe(VOLUME_DOWN);
    expect(bob.inserts()).toBe(5);
    await expectJobs(world, 0);
  });

  test("is not tried again when the role is too small from then on", async () => {
    await using world = await openWorld();
    const { actor, strangerId, projectId } = world;
    const now = NOW.toISOString();
    await world.deps.members.insert(projectId, { actor, now, input: INPUT });
    const demoted = broken(world, ({ jobs, members }) => ({
      jobs: {
        async insert(...args) {
          const change = { actor, now, memberId: strangerId, role: "viewer" } as const;
          await members.update(projectId, change);
          return await jobs.insert(...args);
        },
      },
    }));
    const bob = { kind: "user", id: strangerId } as const;
    expect(await refusal(create({ ...demoted, actor: bob }, world.input())))
      .toMatch(/^forbidden: /);
    await expectJobs(world, 0);
  });

  test("is tried with the next name when the name is recorded for removal", async () => {
    await using world = await openWorld();
    const { job: deleted } = await create(world, world.input());
    await deleteTrainingJob(world.deps, { actor: world.actor, id: deleted.id });
    // Another server, which has not given out this second's names.
    const deps = { ...world.deps, nextOutputDir: outputDirNames() };
    const { job } = await create({ deps, actor: world.actor }, world.input());
    expect(deleted.output_dir).toBe(`outputs/${world.projectId}/${FIRST}`);
    expect(job.output_dir).toBe(`outputs/${world.projectId}/${FIRST}_2`);
    await expectJobs(world, 1);
  });
});
