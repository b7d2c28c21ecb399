import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readDatasets } from "./read.ts";
import { type Candidate, chooseSamples } from "./samples.ts";
import { folderOf } from "../../tests/support/dataset_folders.ts";

const COCO = JSON.stringify({
  images: [{ id: 1, file_name: "1.jpg" }, { id: 2, file_name: "deep/2.jpg" }, {
    id: 3,
    file_name: "absent.jpg",
  }],
  categories: [{ id: 5, name: "cat" }, { id: 9, name: "dog" }],
  annotations: [{ image_id: 1, category_id: 9 }, { image_id: 1, category_id: 5 }],
});
const PNG = "\x89PNG\r\n\x1a\n";

describe("choosing", () => {
  const candidate = (text: string): Candidate => {
    const [split, classes, file] = text.split(" ") as [Candidate["split"], string, string];
    return { split, classes: classes === "-" ? [] : classes.split(",").map(Number), file };
  };
  const choose = (...texts: string[]) =>
    chooseSamples(texts.map(candidate))
      .map(({ split, classes, file }) => `${split} ${classes.join(",") || "-"} ${file}`);

  test("takes each class and each split before it repeats itself", () => {
    expect(choose(
      ...["a", "b", "c"].flatMap((name) => [`train 0 ${name}`, `train 1 ${name}`]),
      ...["d", "e", "f"].flatMap((name) => [`val 0 ${name}`, `val 1 ${name}`]),
    )).toEqual([
      "train 0 a",
      "val 1 d",
      "train 1 a",
      "val 0 d",
      "train 0 b",
      "val 1 e",
      "train 1 b",
      "val 0 e",
    ]);
  });

  test("prefers a class not seen to a second image of one, wherever it comes", () => {
    expect(choose("train 0 a", "train 0,1 b", "train 1,2 c", "train 2 d", "train - e").slice(0, 3))
      .toEqual(["train 0 a", "train 1,2 c", "train - e"]);
  });

  test("takes all of few, and copes with very many", () => {
    expect(choose()).toEqual([]);
    expect(choose("val - a", "val - b")).toEqual(["val - a", "val - b"]);
    const many = Array.from({ length: 200_000 }, (_, index) => candidate(`train ${index % 9} x`));
    expect(chooseSamples(many).map(({ classes }) => classes[0])).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
});

describe("the samples of", () => {
  const samplesOf = async (files: Record<string, string>) => {
    const root = await folderOf(files);
    const datasets = readDatasets([root]);
    const { samples } = (await datasets.inspect("set"))!;
    expect((await datasets.inspect("set"))!.samples).toEqual(samples);
    return samples;
  };

  test("an imagefolder are named by their folders", async () => {
    expect(
      await samplesOf({
        "set/train/cat/a.jpg": "",
        "set/train/cat/b.jpg": "",
        "set/val/dog/deep/c.jpg": "\xff",
      }),
    ).toEqual([
      { path: "set/train/cat/a.jpg", split: "train", class_names: ["cat"], showable: false },
      { path: "set/val/dog/deep/c.jpg", split: "val", class_names: ["dog"], showable: false },
      { path: "set/train/cat/b.jpg", split: "train", class_names: ["cat"], showable: false },
    ]);
  });

  test("a yolo folder carry the classes of their labels, each once", async () => {
    expect(
      await samplesOf({
        "set/data.yaml": "train: images/train\nval: images/val\nnames: [cat, dog]\n",
        "set/images/train/1.jpg": "",
        "set/labels/train/1.txt": "1 .5 .5 .1 .1\n1 .2 .2 .1 .1\n0 .5 .5 .1 .1\n",
        "set/images/val/2.jpg": "",
      }),
    ).toMatchObject([
      { path: "set/images/train/1.jpg", split: "train", class_names: ["dog", "cat"] },
      { path: "set/images/val/2.jpg", split: "val", class_names: [] },
    ]);
  });

  test("a yolo folder that keeps its images beside it are named from the top", async () => {
    const root = await folderOf({
      "set/data.yaml": "path: ../shared\ntrain: images\nval: images\nnames: [cat]\n",
      "shared/images/1.jpg": "",
    });
    const datasets = readDatasets([root]);
    expect((await datasets.inspect("set"))!.samples.map(({ path }) => path))
      .toContain(join(root, "shared/images/1.jpg"));
  });

  test("coco annotations are found wherever they lie, and left out where they do not", async () => {
    expect(
      await samplesOf({
        "set/annotations/instances_train2017.json": COCO,
        "set/annotations/instances_val2017.json": COCO,
        "set/train2017/1.jpg": "",
        "set/train2017/deep/2.jpg": "",
        "set/val2017/1.jpg": "",
        "set/val2017/2.jpg": "",
      }),
    ).toMatchObject([
      { path: "set/train2017/1.jpg", split: "train", class_names: ["dog", "cat"] },
      { path: "set/train2017/deep/2.jpg", split: "val", class_names: [] },
      { path: "set/train2017/deep/2.jpg", split: "train", class_names: [] },
      { path: "set/val2017/1.jpg", split: "val", class_names: ["dog", "cat"] },
    ]);
  });

  test("any dataset say whether they can be shown", async () => {
    const root = await folderOf({ "set/cat/b.jpg": "<svg/>", "set/cat/c.jpg": "" });
    await Deno.writeFile(
      join(root, "set/cat/a.jpg"),
      Uint8Array.from(PNG, (char) => char.charCodeAt(0)),
    );
    expect((await readDatasets([root]).inspect("set"))!.samples.map(({ showable }) => showable))
      .toEqual([true, false, false]);
  });
});
