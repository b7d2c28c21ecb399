import { expect, test } from "vitest";
import { broken, create, expectJobs, unavailable } from "../../../tests/support/operations.ts";
import { NOW, openWorld, type World } from "../../../tests/support/world.ts";
import { deleteTrainingJob } from "../jobs/delete.ts";
import { deleteProject } from "../projects/delete.ts";
import { removeOutputs, removePendingOutputs } from "./removal.ts";

const LATER = new Date(NOW.getTime() + 60_000).toISOString();

const pending = ({ deps }: World) => deps.removals.pending({ after: "", limit: 1000 });

/** A world whose project has been deleted with so many jobs, and nothing of it removed. */
async function worldWithRemovals(jobs: number): Promise<World> {
  const world = await openWorld();
  for (let i = 0; i < jobs; i++) await create(world, world.input());
  const away = broken(world, () => ({
    volume: { remove: () => Promise.reject(unavailable("volume")) },
  }));
  await deleteProject(away.deps, { actor: world.actor, id: world.projectId });
  world.logged.length = 0;
  return world;
}

test("a directory whose removal fails stays recorded and is removed the next time", async () => {
  await using world = await openWorld();
  const { job } = await create(world, world.input());
  let calls = 0;
  const failing = broken(world, ({ volume }) => ({
    volume: {
      remove: (outputDir) =>
        ++calls === 1 ? Promise.reject(unavailable("volume")) : volume.remove(outputDir),
    },
  }));
  await deleteTrainingJob(failing.deps, { actor: world.actor, id: job.id });
  expect(await world.directories()).toEqual([job.output_dir]);
  expect(await pending(world)).toEqual([job.output_dir]);
  expect(world.logged)
    .toEqual(["warn: an output directory could not be removed; it is tried again"]);

  // Nothing is forgotten before it is removed, whatever its age.
  await world.deps.removals.forget({ before: "2999-01-01T00:00:00.000Z" });
  await removePendingOutputs(failing.deps);
  expect(calls).toBe(2);
  await expectJobs(world, 0);
  expect(await pending(world)).toEqual([]);
});

test("one directory that cannot be removed does not keep the others", async () => {
  await using world = await worldWithRemovals(3);
  const [first, stuck, last] = await pending(world) as [string, string, string];
  const { deps } = broken(world, ({ volume }) => ({
    volume: {
      remove: (outputDir) =>
        outputDir === stuck ? Promise.reject(unavailable("volume")) : volume.remove(outputDir),
    },
  }));
  await removeOutputs(deps, [first, stuck, last]);
  expect(await world.directories()).toEqual([stuck]);
  expect(await pending(world)).toEqual([stuck]);
});

test("every page is removed, also behind one whose directories cannot be", async () => {
  await using world = await worldWithRemovals(210);
  const all = await pending(world);
  const stuck = new Set(all.slice(0, 100));
  const { deps } = broken(world, ({ volume }) => ({
    volume: {
      remove: (outputDir) =>
        stuck.has(outputDir) ? Promise.reject(unavailable("volume")) : volume.remove(outputDir),
    },
  }));
  await removePendingOutputs(deps);
  expect(await pending(world)).toEqual([...stuck]);
  expect(await world.directories()).toEqual([...stuck].sort());
  await removePendingOutputs(world.deps);
  await expectJobs(world, 0);
});

test("what is removed is marked before the next hundred are", async () => {
  await using world = await worldWithRemovals(130);
  const all = await pending(world);
  let removed = 0;
  const { deps } = broken(world, ({ volume }) => ({
    volume: {
      async remove(outputDir) {
        if (removed === 100) expect(await pending(world)).toEqual(all.slice(100));
        removed++;
        await volume.remove(outputDir);
      },
    },
  }));
  await removePendingOutputs(deps);
  expect(removed).toBe(130);
});

test("a database that fails after the removal: the directory is removed a second time", async () => {
  await using world = await worldWithRemovals(1);
  const removals = {
    ...world.deps.removals,
    markRemoved: () => Promise.reject(unavailable("database")),
  };
  await removePendingOutputs({ ...world.deps, removals });
  expect(world.logged)
    .toEqual(["warn: removed output directories could not be marked; it is tried again"]);
  expect(await world.directories()).toEqual([]);
  expect(await pending(world)).toHaveLength(1);
  await removePendingOutputs(world.deps);
  expect(await pending(world)).toEqual([]);
});

test("a database that fails after the removal does not fail the deletion", async () => {
  await using world = await openWorld();
  const { job } = await create(world, world.input());
  const removals = {
    ...world.deps.removals,
    markRemoved: () => Promise.reject(unavailable("database")),
  };
  await deleteTrainingJob({ ...world.deps, removals }, { actor: world.actor, id: job.id });
  await expectJobs(world, 0);
});

test("a removal is recorded with the time of its end", async () => {
  await using world = await worldWithRemovals(1);
  const [outputDir] = await pending(world) as [string];
  await removePendingOutputs({ ...world.deps, now: () => new Date(LATER) });
  const owner = async () => (await world.deps.owners.ownersOf([outputDir])).get(outputDir);
  await world.deps.removals.forget({ before: LATER });
  expect(await owner()).toBe("removal");
  await world.deps.removals.forget({ before: new Date(Date.parse(LATER) + 1).toISOString() });
  expect(await owner()).toBe("none");
});
