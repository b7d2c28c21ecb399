import { join } from "node:path";
import { expect, test } from "vitest";
import { createTrainingJob } from "../src/domain/jobs/create.ts";
import { moveTo, openWorld, type World } from "../tests/support/world.ts";
import { compareOutputs } from "./compare_outputs.ts";

const ORPHAN = "outputs/1/20240117_153000_resnet50";

/** The findings as `level: text`. */
async function compare({ deps }: World, options?: { fix: boolean }): Promise<string[]> {
  const findings = await compareOutputs(deps, options);
  return findings.map(({ level, text }) => `${level}: ${text}`);
}

/** Creates three jobs, the first of them failed, and returns their output directories. */
async function threeJobs(world: World): Promise<[string, string, string]> {
  const { deps, actor } = world;
  const names: string[] = [];
  for (let i = 0; i < 3; i++) {
    const { job } = await createTrainingJob(deps, { actor, input: world.input() });
    if (i === 0) await moveTo(world, { id: job.id, status: "failed" });
    names.push(job.output_dir);
  }
  return names as [string, string, string];
}

/** Creates an old directory without a job, as a crash would leave it. */
async function makeOrphan({ outputs }: World, outputDir = ORPHAN): Promise<void> {
  const directory = join(outputs, outputDir.replace("outputs/", ""));
  const inside = ["checkpoints", "logs", "results"].map((name) => join(directory, name));
  for (const path of inside) await Deno.mkdir(path, { recursive: true });
  const long = new Date("2024-01-17T15:30:00Z");
  for (const path of [...inside, directory]) await Deno.utime(path, long, long);
}

test("jobs with their directories are fine", async () => {
  await using world = await openWorld();
  await threeJobs(world);
  expect(await compare(world)).toEqual([
    "fine: every job has its directory, every directory a job",
  ]);
});

test("--fix recreates the missing directory of a pending job, but not of others", async () => {
  await using world = await openWorld();
  const [failed, pending, kept] = await threeJobs(world);
  for (const name of [failed, pending]) await world.deps.volume.remove(name);
  const lost = `wrong: 1 of 3 jobs without a directory: ${failed}; bring them back from a backup`;
  expect(await compare(world)).toEqual([
    `wrong: 1 pending of 3 jobs without a directory: ${pending}; --fix makes them`,
    lost,
  ]);
  expect(await compare(world, { fix: true })).toEqual([
    `mended: made the directories of 1 pending job: ${pending}`,
    lost,
  ]);
  expect(await world.directories()).toEqual([kept, pending].sort());
  expect(await compare(world)).toEqual([lost]);
});

test("--fix removes empty directories without a job, but only reports those with files", async () => {
  await using world = await openWorld();
  await threeJobs(world);
  const full = `${ORPHAN}_2`;
  for (const name of [ORPHAN, full]) await makeOrphan(world, name);
  await Deno.writeTextFile(join(world.outputs, full.slice(8), "logs/train.log"), "epoch 1");
  const told =
    `note: 1 directory with files but without a job: ${full}; nothing removes them but you`;
  expect(await compare(world)).toEqual([
    `note: 1 empty directory without a job: ${ORPHAN}; ` +
    "swept by the server, or by --fix, once they are 15 minutes old",
    told,
  ]);
  expect(await compare(world, { fix: true })).toEqual([
    "mended: removed 1 empty directory without a job",
    told,
  ]);
  expect(await compare(world)).toEqual([told]);
});

test("nothing is removed when the database knows less than half of the directories", async () => {
  await using world = await openWorld();
  for (let i = 1; i <= 9; i++) await makeOrphan(world, `${ORPHAN}_${i}`);
  for (const fix of [false, true]) {
    expect(await compare(world, { fix })).toEqual([
      `note: 9 empty directories without a job: ${ORPHAN}_1, ${ORPHAN}_2, ${ORPHAN}_3, ` +
      `${ORPHAN}_4, ${ORPHAN}_5 and 4 more; not to be swept, as the database knows only 0 of 9: ` +
      "it may be new, restored or another's",
    ]);
  }
  expect(await world.directories()).toHaveLength(9);
});
