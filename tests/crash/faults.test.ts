import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTrainingJob } from "../../src/domain/jobs/create.ts";
import type { Parts } from "../../src/compose.ts";
import { cancelTrainingJob } from "../../src/domain/jobs/cancel.ts";
import { deleteProject } from "../../src/domain/projects/delete.ts";
import { deleteTrainingJob } from "../../src/domain/jobs/delete.ts";
import { DomainError } from "../../src/domain/kernel/errors.ts";
import { removePendingOutputs } from "../../src/domain/outputs/removal.ts";
import { settleUnknown } from "../../src/domain/outputs/settle.ts";
import { ORPHAN_GRACE_MS, sweepOrphans } from "../../src/domain/outputs/sweep.ts";
import { unavailable } from "../support/operations.ts";
import { NOW, openWorld, type World } from "../support/world.ts";
import type { TrainingJob } from "../../src/domain/jobs/job.ts";
import { type Fault, faultsOf, faulty } from "../support/faulty.ts";

/**
 * Breaks the database and the volume at every call of every operation, in every way there is, and
 * checks what holds afterwards: every row has its directories, every directory has its row or is
 * removed or swept, every success lasts, every refusal leaves nothing.
 */

let world: World;
beforeAll(async () => {
  world = await openWorld();
  // A database that knows little is doubted.
  for (let i = 0; i < 6; i++) {
    await createTrainingJob(world.deps, { actor: world.actor, input: world.input() });
  }
});
afterAll(() => world[Symbol.asyncDispose]());

/** When nothing is under way any more, neither by the clock nor by the disk's time stamps. */
const MUCH_LATER = new Date(Date.now() + 60 * 60_000 + ORPHAN_GRACE_MS);

/** What an operation works on: a project of its own with two jobs, one with files in it. */
interface Ground {
  projectId: number;
  jobs: [TrainingJob, TrainingJob];
}

interface Operation {
  run(deps: Parts, ground: Ground): Promise<unknown>;
  /** What must be in the database once it has succeeded: how many jobs, in which statuses. */
  after: string[];
  /** Before it runs. */
  prepare?(deps: Parts, ground: Ground): Promise<void>;
}

const KEY = "key";
const PENDING = ["pending", "pending"];
const create = (deps: Parts, { projectId }: Ground, idempotencyKey?: string) =>
  createTrainingJob(deps, {
    actor: world.actor,
    input: world.input({ project_id: projectId }),
    idempotencyKey,
  });
const target = ({ id }: { id: number }) => ({ actor: world.actor, id });
const orphanOf = ({ projectId }: Ground) => `outputs/${projectId}/20240117_000000_resnet50`;

const OPERATIONS: Record<string, Operation> = {
  "creating": { run: (deps, ground) => create(deps, ground), after: ["pending", ...PENDING] },
  "creating with a key": {
    run: (deps, ground) => create(deps, ground, `${KEY}-${ground.projectId}`),
    after: ["pending", ...PENDING],
  },
  "cancelling": {
    run: (deps, { jobs }) => cancelTrainingJob(deps, target(jobs[0])),
    after: ["cancelled", "pending"],
  },
  "deleting a job": {
    run: (deps, { jobs }) => deleteTrainingJob(deps, target(jobs[0])),
    after: ["pending"],
  },
  "deleting a job with files": {
    run: (deps, { jobs }) => deleteTrainingJob(deps, target(jobs[1])),
    after: ["pending"],
  },
  "deleting a project": {
    run: (deps, { projectId }) => deleteProject(deps, target({ id: projectId })),
    after: [],
  },
  "removing what is recorded": {
    prepare: (deps, { jobs }) => {
      const remove = () => Promise.reject(unavailable("volume"));
      const failing = { ...deps, volume: { ...deps.volume, remove } };
      return deleteTrainingJob(failing, target(jobs[1]));
    },
    run: (deps) => removePendingOutputs(deps),
    after: ["pending"],
  },
  "settling": {
    async prepare(deps, ground) {
      await deps.volume.reserve(orphanOf(ground));
      for (const name of [orphanOf(ground), ground.jobs[0].output_dir]) {
        deps.unsettled.set(name, NOW);
      }
    },
    run: (deps) => settleUnknown({ ...deps, now: () => MUCH_LATER }),
    after: PENDING,
  },
  "sweeping": {
    prepare: async (deps, ground) => void await deps.volume.reserve(orphanOf(ground)),
    run: (deps) => sweepOrphans({ ...deps, now: () => MUCH_LATER }),
    after: PENDING,
  },
};

test.each(Object.entries(OPERATIONS))("%s", async (name, operation) => {
  const calls = await play(operation, {});
  expect(calls.length).toBeGreaterThan(0);
  for (const [step, call] of calls.entries()) {
    for (const fault of faultsOf(call, step)) {
      await labelled(
        `${name}: ${call} (${step}), ${fault.done} done, ${fault.ending}`,
        () => play(operation, { fault }),
      );
    }
  }
}, 60_000);

/** What others do while one call of an operation takes its time. */
const RIVALS: Record<string, (ground: Ground) => Promise<unknown>> = {
  "the project is deleted": ({ projectId }) =>
    deleteProject(world.deps, target({ id: projectId })).catch(expectRefusal),
  "the job is deleted": ({ jobs }) =>
    deleteTrainingJob(world.deps, target(jobs[0])).catch(expectRefusal),
  "the same is created": (ground) =>
    create(world.deps, ground, `${KEY}-${ground.projectId}`).catch(expectRefusal),
  "others remove what is recorded": () => removePendingOutputs(world.deps),
  // Now: what was made a moment ago is too young.
  "others sweep": () => sweepOrphans({ ...world.deps, now: () => new Date() }),
};

test.each(Object.entries(OPERATIONS))("%s, with others in between", async (name, operation) => {
  const calls = await play(operation, {});
  for (const [step, call] of calls.entries()) {
    for (const [rival, work] of Object.entries(RIVALS)) {
      await labelled(
        `${name}: ${rival} before ${call} (${step})`,
        () => play(operation, { rival: { step, work } }),
      );
    }
  }
}, 60_000);

test("a clock that goes backwards stops nothing and removes nothing", async () => {
  const ground = await newGround();
  const unsettled = new Map<string, Date>();
  const at = (hours: number): Parts => ({
    ...world.deps,
    unsettled,
    now: () => new Date(NOW.getTime() + hours * 60 * 60_000),
  });
  const { job: before } = await create(at(2), ground);
  const { job: after } = await create(at(-2), ground);
  // By id, whatever the dates say.
  const [newest, second] = await rowsOf(ground);
  expect([newest, second]).toEqual([after, before]);
  expect((await cancelTrainingJob(at(-3), target(before))).status).toBe("cancelled");

  const orphan = orphanOf(ground);
  await world.deps.volume.reserve(orphan);
  unsettled.set(orphan, at(2).now());
  await settleUnknown(at(-2));
  expect((await sweepOrphans(at(-24 * 365 * 60))).removed).toEqual([]);
  expect(await directoriesOf(ground)).toHaveLength(5);
  await settleUnknown(at(3));
  expect(await directoriesOf(ground)).toHaveLength(4);
  await expectDirectories(ground);
});

/** Plays an operation on a project of its own and checks what is left; answers its calls. */
async function play(
  { prepare, run, after }: Operation,
  { fault, rival }: {
    fault?: Fault;
    rival?: { step: number; work: (ground: Ground) => Promise<unknown> };
  },
): Promise<string[]> {
  const ground = await newGround();
  const process: Parts = { ...world.deps, unsettled: new Map() };
  await prepare?.(process, ground);
  const rowsBefore = await rowsOf(ground);
  const broken = faulty(process, {
    outputs: world.outputs,
    fault,
    before: rival && { step: rival.step, work: () => rival.work(ground) },
  });
  const outcome = await Promise.race([
    run(broken.deps, ground).then(() => "done" as const, expectRefusal),
    broken.killed.then(() => "killed" as const),
  ]);

  // At no moment is there a row without its directories.
  await expectDirectories(ground);
  const rows = await rowsOf(ground);
  if (outcome === "done" && !rival) expect(statuses(rows)).toEqual(after);
  // Whoever was told "no" finds nothing changed; where the answer was lost, all or nothing is.
  if (outcome === "refused" && !rival) {
    const lost = fault?.ending === "lost" && fault.done === "all";
    expect(statuses(rows)).toEqual(lost ? after : statuses(rowsBefore));
  }
  // A retry with the key makes one job of all tries.
  if (run === OPERATIONS["creating with a key"]!.run && !rival) {
    await create(world.deps, ground, `${KEY}-${ground.projectId}`);
    expect(statuses(await rowsOf(ground))).toEqual(after);
  }

  // The process goes on once all is well again, or another takes its place.
  const next = outcome === "killed" ? { ...process, unsettled: new Map() } : process;
  await settleUnknown({ ...next, now: () => MUCH_LATER });
  expect(next.unsettled.size).toBe(0);
  await removePendingOutputs(next);
  expect(await next.removals.pending({ after: "", limit: 1 })).toEqual([]);
  const { refused } = await sweepOrphans({ ...next, now: () => MUCH_LATER });
  expect(refused).toBeUndefined();
  await expectDirectories(ground);
  const owned = (await rowsOf(ground)).map(({ output_dir }) => output_dir);
  expect(await directoriesOf(ground)).toEqual(owned.sort());
  await Deno.remove(join(world.outputs, String(ground.projectId)), { recursive: true });
  await deleteProject(world.deps, target({ id: ground.projectId })).catch(expectRefusal);
  return broken.calls;
}

async function newGround(): Promise<Ground> {
  const { deps, actor, userId } = world;
  const project = { name: "p", description: "" };
  const owner = { actor, ownerId: userId, now: NOW.toISOString() };
  const { id: projectId } = await deps.projects.insert(project, owner);
  const input = world.input({ project_id: projectId });
  const first = await createTrainingJob(deps, { actor, input });
  const second = await createTrainingJob(deps, { actor, input });
  const path = join(world.outputs, second.job.output_dir.slice(8), "logs", "train.log");
  await Deno.writeTextFile(path, "epoch 1");
  return { projectId, jobs: [first.job, second.job] };
}

async function rowsOf({ projectId }: Ground): Promise<TrainingJob[]> {
  const query = { project_id: projectId, limit: 100 };
  return (await world.deps.jobs.list(query, { userId: world.userId })).items;
}

const statuses = (rows: TrainingJob[]) => rows.map(({ status }) => status).sort();

async function directoriesOf({ projectId }: Ground): Promise<string[]> {
  return (await world.directories()).filter((name) => name.startsWith(`outputs/${projectId}/`));
}

async function expectDirectories(ground: Ground): Promise<void> {
  for (const { output_dir } of await rowsOf(ground)) {
    const inside = (await world.deps.volume.list(output_dir) ?? []).map(({ path }) => path);
    expect(inside, output_dir)
      .toEqual(expect.arrayContaining(["checkpoints/", "logs/", "results/"]));
  }
}

/** Whatever breaks, an operation says so in the words of the domain. */
function expectRefusal(error: unknown): "refused" {
  expect(error).toBeInstanceOf(DomainError);
  return "refused";
}

async function labelled<T>(label: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error) error.message = `${label}: ${error.message}`;
    throw error;
  }
}
