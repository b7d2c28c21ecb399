import { describe, expect, test } from "vitest";
import {
  broken,
  create,
  DATABASE_DOWN,
  expectJobs,
  refusal,
  unavailable,
  VOLUME_DOWN,
} from "../../../tests/support/operations.ts";
import { NOW, openWorld, type World } from "../../../tests/support/world.ts";
import { Conflict, OutcomeUnknown } from "../kernel/errors.ts";
import { outputDirNames } from "../outputs/output_dir.ts";
import { settleUnknown } from "../outputs/settle.ts";
import { deleteProject } from "../projects/delete.ts";
import { deleteTrainingJob } from "./delete.ts";

/** Somebody who may not see the project. */
const strangerIn = ({ deps, strangerId }: World) => ({
  deps,
  actor: { kind: "user", id: strangerId } as const,
});

const MUCH_LATER = new Date(NOW.getTime() + 60_000);

const FIRST = "20240118_153000_resnet50";

describe("creating a training job", () => {
  test("records it as pending and makes its directory", async () => {
    await using world = await openWorld();
    const input = world.input({ epochs: 3, optimizer: "sgd", pretrained: false });
    const { job, replayed } = await create(world, input);
    expect(job).toStrictEqual({
      id: expect.any(Number),
      project_id: world.projectId,
      model_name: "resnet50",
      framework: "timm",
      task_type: "image_classification",
      dataset_path: "pets",
      dataset_format: "imagefolder",
      num_classes: null,
      epochs: 3,
      batch_size: 32,
      learning_rate: 0.001,
      optimizer: "sgd",
      pretrained: false,
      output_dir: `outputs/${world.projectId}/${FIRST}`,
      status: "pending",
      accuracy: null,
      loss: null,
      created_at: NOW.toISOString(),
      updated_at: NOW.toISOString(),
      started_at: null,
      completed_at: null,
      error_message: null,
    });
    expect(replayed).toBe(false);
    expect(await world.rows()).toStrictEqual([job]);
    expect((await world.deps.volume.list(job.output_dir))!.map((file) => file.path))
      .toEqual(["checkpoints/", "logs/", "results/"]);
    await expectJobs(world, 1);
  });

  test("checks the model before the project and the project before the dataset", async () => {
    await using world = await openWorld();
    const wrong = { model_name: "resnet5000", project_id: 999, dataset_path: "nowhere" };
    const { model_name: _, ...rest } = wrong;
    const { project_id: __, ...last } = rest;
    const attempt = (changes: object) => refusal(create(world, world.input({ ...changes })));
    expect(await attempt(wrong)).toMatch(/^invalid: Model not found: resnet5000/);
    expect(await attempt({ ...rest, framework: "ultralytics" }))
      .toBe("invalid: Model resnet50 belongs to framework timm, not ultralytics");
    expect(await attempt({ ...rest, task_type: "detection" }))
      .toBe("invalid: Model resnet50 is for task image_classification, not detection");
    expect(await attempt(rest)).toBe("not_found: Project not found");
    expect(await attempt(last)).toBe("invalid: Dataset not found: nowhere");
    expect(await attempt({ dataset_path: "/etc" })).toBe("invalid: Dataset not found: /etc");
    expect(await attempt({ dataset_format: "coco" }))
      .toBe("invalid: Dataset format must be imagefolder, which is what was found, not coco");
    expect(await attempt({ model_name: "yolo11n" }))
      .toMatch(/^invalid: Model yolo11n needs a dataset for detection in format yolo; found/);
    await expectJobs(world, 0);
  });

  test("another user's project is no project, and no dataset is looked at", async () => {
    await using world = await openWorld();
    const stranger = strangerIn(world);
    const input = world.input({ dataset_path: "nowhere" });
    expect(await refusal(create(stranger, input))).toBe("not_found: Project not found");
    await expectJobs(world, 0);
  });
});

describe("a dataset", () => {
  const volumeThatNotes = (world: World, reserved: string[]) =>
    broken(world, ({ volume }) => ({
      volume: {
        reserve(outputDir) {
          reserved.push(outputDir);
          return volume.reserve(outputDir);
        },
      },
    }));

  test("that does not suit is refused before a directory is made", async () => {
    await using world = await openWorld();
    const reserved: string[] = [];
    const noting = volumeThatNotes(world, reserved);
    for (let i = 0; i < 2; i++) {
      expect(await refusal(create(noting, world.input({ model_name: "yolo11n" }))))
        .toMatch(/^invalid: Model yolo11n needs/);
    }
    expect(reserved).toEqual([]);
  });

  test("that has gone is refused before a directory is made", async () => {
    await using world = await openWorld();
    const reserved: string[] = [];
    const noting = volumeThatNotes(world, reserved);
    noting.deps.datasets = { ...world.deps.datasets, find: () => Promise.resolve(undefined) };
    expect(await refusal(create(noting, world.input()))).toBe("invalid: Dataset not found: pets");
    expect(reserved).toEqual([]);
    await expectJobs(world, 0);
  });
});

describe("when a step fails, a creation leaves nothing behind:", () => {
  test("the volume", async () => {
    await using world = await openWorld();
    const down = broken(world, () => ({
      volume: { reserve: () => Promise.reject(unavailable("volume")) },
    }));
    expect(await refusal(create(down, world.input(), "key"))).toBe(VOLUME_DOWN);
    await expectJobs(world, 0);
    expect((await create(world, world.input(), "key")).replayed).toBe(false);
  });

  test("the database, before the insert", async () => {
    await using world = await openWorld();
    const down = broken(world, () => ({
      jobs: { insert: () => Promise.reject(unavailable("database")) },
    }));
    expect(await refusal(create(down, world.input(), "key"))).toBe(DATABASE_DOWN);
    await expectJobs(world, 0);
    expect((await create(world, world.input(), "key")).replayed).toBe(false);
  });

  test("a defect in the insert is thrown as it is", async () => {
    await using world = await openWorld();
    const defect = new TypeError("oops");
    const down = broken(world, () => ({ jobs: { insert: () => Promise.reject(defect) } }));
    await expect(create(down, world.input())).rejects.toBe(defect);
    await expectJobs(world, 0);
  });

  test("a name taken by another row: the next name is used", async () => {
    await using world = await openWorld();
    let inserts = 0;
    const contended = broken(world, ({ jobs }) => ({
      jobs: {
        insert: (...args) =>
          ++inserts === 1 ? Promise.reject(new Conflict("taken")) : jobs.insert(...args),
      },
    }));
    const { job } = await create(contended, world.input());
    expect(job.output_dir).toBe(`outputs/${world.projectId}/${FIRST}_2`);
    await expectJobs(world, 1);
  });

  test("the answer of the insert, which was not carried out", async () => {
    await using world = await openWorld();
    const cut = broken(world, () => ({
      jobs: { insert: () => Promise.reject(new OutcomeUnknown({})) },
    }));
    expect(await refusal(create(cut, world.input(), "key"))).toBe(DATABASE_DOWN);
    // The statement may still run: only when it can no longer does the directory go.
    await settleUnknown(world.deps);
    expect(await world.directories()).toHaveLength(1);
    await settleUnknown({ ...world.deps, now: () => MUCH_LATER });
    await expectJobs(world, 0);
    expect(world.deps.unsettled.size).toBe(0);
  });

  test("the answer of the insert, whose row comes late: it keeps its directory", async () => {
    await using world = await openWorld();
    let late: Promise<unknown> = Promise.resolve();
    const cut = broken(world, ({ jobs }) => ({
      jobs: {
        insert: (...args) => {
          late = new Promise((resolve) => setTimeout(resolve, 50)).then(() => jobs.insert(...args));
          return Promise.reject(new OutcomeUnknown({}));
        },
      },
    }));
    expect(await refusal(create(cut, world.input()))).toBe(DATABASE_DOWN);
    await late;
    await settleUnknown({ ...world.deps, now: () => MUCH_LATER });
    await expectJobs(world, 1);
  });

  test("the database for a while: what is unsettled waits until it is back", async () => {
    await using world = await openWorld();
    const away = broken(world, () => ({
      jobs: {
        insert: () => Promise.reject(new OutcomeUnknown({})),
        findByOutputDir: () => Promise.reject(unavailable("database")),
      },
    }));
    expect(await refusal(create(away, world.input()))).toBe(DATABASE_DOWN);
    const ownersOf = () => Promise.reject(unavailable("database"));
    const owners = { ...world.deps.owners, ownersOf };
    await settleUnknown({ ...away.deps, owners, now: () => MUCH_LATER });
    expect(await world.directories()).toHaveLength(1);
    await settleUnknown({ ...world.deps, now: () => MUCH_LATER });
    await expectJobs(world, 0);
  });

  test("the answer of the insert, which was carried out: the creation succeeds", async () => {
    await using world = await openWorld();
    const cut = broken(world, ({ jobs }) => ({
      jobs: {
        async insert(...args) {
          await jobs.insert(...args);
          throw new OutcomeUnknown({});
        },
      },
    }));
    const { job } = await create(cut, world.input(), "key");
    expect(await world.rows()).toStrictEqual([job]);
    await expectJobs(world, 1);
    expect(await create(world, world.input(), "key")).toStrictEqual({ job, replayed: true });
  });

  test("the database for good after the insert: no row is ever without its directory", async () => {
    await using world = await openWorld();
    const gone = broken(world, ({ jobs }) => ({
      jobs: {
        async insert(...args) {
          await jobs.insert(...args);
          throw new OutcomeUnknown({});
        },
        findByOutputDir: () => Promise.reject(unavailable("database")),
      },
    }));
    expect(await refusal(create(gone, world.input()))).toBe(DATABASE_DOWN);
    await expectJobs(world, 1);
  });

  test("the project, deleted between the check and the insert", async () => {
    await using world = await openWorld();
    const raced = broken(world, (deps) => ({
      volume: {
        async reserve(outputDir) {
          const reserved = await deps.volume.reserve(outputDir);
          await deleteProject(deps, { actor: world.actor, id: world.projectId });
          return reserved;
        },
      },
    }));
    expect(await refusal(create(raced, world.input(), "key"))).toBe("not_found: Project not found");
    await expectJobs(world, 0);
  });

  test("the clean-up itself: the first failure is told, the directory is logged", async () => {
    await using world = await openWorld();
    const down = broken(world, () => ({
      jobs: { insert: () => Promise.reject(unavailable("database")) },
      volume: { remove: () => Promise.reject(unavailable("volume")) },
    }));
    expect(await refusal(create(down, world.input()))).toBe(DATABASE_DOWN);
    expect(world.logged).toEqual([
      "warn: an empty output directory was left; it is removed later",
    ]);
    // What was left is harmless: the next creation takes the next name.
    const { job } = await create(world, world.input());
    expect(job.output_dir).toBe(`outputs/${world.projectId}/${FIRST}_2`);
    await settleUnknown({ ...world.deps, now: () => MUCH_LATER });
    await expectJobs(world, 1);
  });
});

describe("an idempotency key", () => {
  test("gives the first answer again, whatever became of the job", async () => {
    await using world = await openWorld();
    const { job } = await create(world, world.input(), "key");
    expect(await create(world, world.input(), "key")).toStrictEqual({ job, replayed: true });
    await deleteTrainingJob(world.deps, { actor: world.actor, id: job.id });
    expect(await create(world, world.input(), "key")).toStrictEqual({ job, replayed: true });
    await expectJobs(world, 0);
  });

  test("is refused with another body, not with one that means the same", async () => {
    await using world = await openWorld();
    await create(world, world.input(), "key");
    const another = create(world, world.input({ epochs: 51 }), "key");
    expect(await refusal(another))
      .toBe("key_reused: Idempotency-Key was used with another request body");
    const same = await create(world, world.input({ epochs: 50, unknown_member: 1 }), "key");
    expect(same.replayed).toBe(true);
    await expectJobs(world, 1);
  });

  test("belongs to one user; another key or none creates anew", async () => {
    await using world = await openWorld();
    await create(world, world.input(), "key");
    for (const key of ["other", undefined, undefined]) {
      expect((await create(world, world.input(), key)).replayed).toBe(false);
    }
    const stranger = strangerIn(world);
    expect(await refusal(create(stranger, world.input(), "key")))
      .toBe("not_found: Project not found");
    await expectJobs(world, 4);
  });

  test("used eight times at once makes one row and one directory", async () => {
    await using world = await openWorld();
    const creations = await Promise.all(
      Array.from({ length: 8 }, () => create(world, world.input(), "key")),
    );
    expect(creations.filter(({ replayed }) => replayed)).toHaveLength(7);
    const [row] = await world.rows();
    for (const { job } of creations) expect(job).toStrictEqual(row);
    await expectJobs(world, 1);
  });

  test("used at the same moment in another process is answered by that one's row", async () => {
    await using world = await openWorld();
    const raced = broken(world, ({ jobs }) => ({
      jobs: {
        async insert(...args) {
          await create(world, world.input(), "key");
          await jobs.insert(...args);
          throw new Conflict("key");
        },
      },
    }));
    const { job, replayed } = await create(raced, world.input(), "key");
    expect(replayed).toBe(true);
    expect(await world.rows()).toStrictEqual([job]);
    await expectJobs(world, 1);
  });
});

describe("forty-eight creations of one model in one second", () => {
  test.each([1, 2])("have directories of their own, from %i server(s)", async (servers) => {
    await using world = await openWorld();
    const names = Array.from({ length: servers }, () => outputDirNames());
    const creations = await Promise.all(
      Array.from({ length: 48 }, (_, i) => {
        const deps = { ...world.deps, nextOutputDir: names[i % servers]! };
        return create({ deps, actor: world.actor }, world.input());
      }),
    );
    const suffixes = Array.from({ length: 48 }, (_, i) => i === 0 ? "" : `_${i + 1}`);
    expect(creations.map(({ job }) => job.output_dir).sort())
      .toEqual(suffixes.map((s) => `outputs/${world.projectId}/${FIRST}${s}`).sort());
    await expectJobs(world, 48);
  });
});
