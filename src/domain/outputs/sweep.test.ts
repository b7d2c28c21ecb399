import { expect, test } from "vitest";
import { createTrainingJob } from "../jobs/create.ts";
import { ORPHAN_GRACE_MS, sweepOrphans, sweepQuietly } from "./sweep.ts";
import { unavailable } from "../../../tests/support/operations.ts";
import { NOW, openWorld, type World } from "../../../tests/support/world.ts";
import { deleteTrainingJob } from "../jobs/delete.ts";
import type { Volume } from "./volume.ts";

/** Its name is a day older than NOW; the disk's own time stamps are of today. */
const ORPHAN = "outputs/1/20240117_153000_resnet50";

/** A moment at which what these tests make, also the last of them, is older than the grace period. */
const TODAY = new Date(Date.now() + ORPHAN_GRACE_MS + 60_000);

/** A world with so many jobs; its clock says today, grace period over. */
async function worldWithJobs(count: number): Promise<World> {
  const world = await openWorld();
  const { deps, actor } = world;
  for (let i = 0; i < count; i++) await createTrainingJob(deps, { actor, input: world.input() });
  deps.now = () => TODAY;
  return world;
}

/** The world with some of the volume's methods replaced. */
const withVolume = ({ deps }: World, volume: Partial<Volume>) => ({
  ...deps,
  volume: { ...deps.volume, ...volume },
});

const expectUntouched = async (world: World, count: number) =>
  expect(await world.directories()).toHaveLength(count);

test("removes an old empty directory without a row, and no other", async () => {
  await using world = await worldWithJobs(3);
  const { volume } = world.deps;
  const withFile = `${ORPHAN}_2`;
  for (const name of [ORPHAN, withFile]) await volume.reserve(name);
  await Deno.writeTextFile(`${world.outputs}/${withFile.slice(8)}/logs/a.log`, "epoch 1");
  await Deno.mkdir(`${world.outputs}/1/notes`);
  expect(await sweepOrphans(world.deps)).toEqual({
    known: 3,
    orphans: expect.arrayContaining([ORPHAN, withFile]),
    removed: [ORPHAN],
    refused: undefined,
  });
  const rows = (await world.rows()).map(({ output_dir }) => output_dir);
  expect(await world.directories()).toEqual([...rows, withFile, "outputs/1/notes"].sort());
});

test("a directory made only in part goes too", async () => {
  await using world = await worldWithJobs(1);
  await Deno.mkdir(`${world.outputs}/${ORPHAN.slice(8)}/logs`, { recursive: true });
  expect((await sweepOrphans(world.deps)).removed).toEqual([ORPHAN]);
  await expectUntouched(world, 1);
});

test.each<[string, (world: World) => Promise<void> | void]>([
  ["its name is young", async (world) => {
    await world.deps.volume.remove(ORPHAN);
    const second = new Date(TODAY.getTime() - ORPHAN_GRACE_MS + 1000).toISOString();
    const digits = second.slice(0, 19).replace(/[-:]/g, "").replace("T", "_");
    await world.deps.volume.reserve(`outputs/1/${digits}_resnet50`);
  }],
  ["the disk says that it is young", ({ deps }) => void (deps.now = () => new Date())],
  ["its name is of the future", async ({ deps }) => {
    await deps.volume.remove(ORPHAN);
    await deps.volume.reserve("outputs/1/29991231_235959_resnet50");
  }],
  ["its name is no time", async ({ deps }) => {
    await deps.volume.remove(ORPHAN);
    await deps.volume.reserve("outputs/1/20249999_999999_resnet50");
  }],
  [
    "a creation may still need it",
    ({ deps }) => void deps.unsettled.set(ORPHAN, TODAY),
  ],
  ["the clock is behind every name", ({ deps }) => void (deps.now = () => new Date(0))],
])("leaves an empty directory when %s", async (_, change) => {
  await using world = await worldWithJobs(3);
  await world.deps.volume.reserve(ORPHAN);
  await change(world);
  expect((await sweepOrphans(world.deps)).removed).toEqual([]);
  await expectUntouched(world, 4);
});

test("refuses when the database knows fewer directories than it does not", async () => {
  await using world = await worldWithJobs(1);
  for (const name of [ORPHAN, `${ORPHAN}_2`]) await world.deps.volume.reserve(name);
  expect(await sweepOrphans(world.deps)).toMatchObject({ removed: [], refused: "foreign" });
  await expectUntouched(world, 3);
});

test("refuses when the database is another, or empty", async () => {
  await using world = await worldWithJobs(0);
  await world.deps.volume.reserve(ORPHAN);
  expect(await sweepOrphans(world.deps)).toMatchObject({ removed: [], refused: "foreign" });
  await sweepQuietly(world.deps);
  expect(world.logged).toEqual([
    "warn: output directories without a row were left alone: deno task doctor says more",
  ]);
  await expectUntouched(world, 1);
});

test("refuses when the clock goes backwards meanwhile", async () => {
  await using world = await worldWithJobs(1);
  await world.deps.volume.reserve(ORPHAN);
  const clock = [TODAY, new Date(TODAY.getTime() - 1)];
  const sweep = await sweepOrphans({ ...world.deps, now: () => clock.shift()! });
  expect(sweep).toMatchObject({ removed: [], refused: "clock" });
  await expectUntouched(world, 2);
});

test("removes nothing when the database does not answer", async () => {
  await using world = await worldWithJobs(1);
  await world.deps.volume.reserve(ORPHAN);
  const { deps } = world;
  const ownersOf = () => Promise.reject(unavailable("database"));
  const down = { ...deps, owners: { ...deps.owners, ownersOf } };
  await expect(sweepOrphans(down)).rejects.toThrow("unavailable");
  await sweepQuietly(down);
  expect(world.logged).toEqual([
    "warn: output directories could not be compared with the database",
  ]);
  await expectUntouched(world, 2);
});

test("removes nothing when a part of the volume cannot be read", async () => {
  await using world = await worldWithJobs(1);
  await world.deps.volume.reserve(ORPHAN);
  const deps = withVolume(world, {
    async *directories() {
      yield* world.deps.volume.directories();
      throw unavailable("volume");
    },
  });
  await expect(sweepOrphans(deps)).rejects.toThrow("unavailable");
  await expectUntouched(world, 2);
});

test("a directory whose row came while the volume was walked stays", async () => {
  await using world = await worldWithJobs(2);
  const { deps, actor } = world;
  const late = withVolume(world, {
    async *directories() {
      yield* deps.volume.directories();
      // As if the creation were of long ago: the database is asked again before anything is removed.
      await deps.volume.reserve(ORPHAN);
      yield ORPHAN;
    },
  });
  let asked = 0;
  const owners = {
    ...deps.owners,
    async ownersOf(names: readonly string[]) {
      const answers = await deps.owners.ownersOf(names);
      if (++asked === 1) {
        const [job] = await world.rows();
        const { id: _, ...columns } = job!;
        const change = { actor, now: NOW.toISOString() };
        await deps.jobs.insert({ ...columns, output_dir: ORPHAN }, change);
      }
      return answers;
    },
  };
  expect(await sweepOrphans({ ...late, owners }))
    .toMatchObject({ orphans: [ORPHAN], removed: [] });
  await expectUntouched(world, 3);
});

test("a directory that is recorded for removal is known, and not swept", async () => {
  await using world = await worldWithJobs(2);
  const { deps, actor } = world;
  const [job] = await world.rows();
  const failing = withVolume(world, { remove: () => Promise.reject(unavailable("volume")) });
  await deleteTrainingJob(failing, { id: job!.id, actor });
  // Its name and the disk's time stamps are old enough: an orphan of that age is swept.
  await deps.volume.reserve(ORPHAN);
  expect(await sweepOrphans(deps))
    .toEqual({ known: 2, orphans: [ORPHAN], removed: [ORPHAN], refused: undefined });
  expect(await world.directories()).toContain(job!.output_dir);
});

test("a creation that took too long gives up, as its directory may have been swept", async () => {
  await using world = await worldWithJobs(1);
  const { actor } = world;
  let now = NOW;
  const stalled = withVolume(world, {
    async reserve(outputDir) {
      const reserved = await world.deps.volume.reserve(outputDir);
      now = new Date(NOW.getTime() + ORPHAN_GRACE_MS / 2);
      return reserved;
    },
  });
  const creation = createTrainingJob({ ...stalled, now: () => now }, {
    actor,
    input: world.input(),
  });
  await expect(creation).rejects.toMatchObject({ code: "unavailable" });
  expect(await world.rows()).toHaveLength(1);
  await expectUntouched(world, 1);
});
