import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readDatasets } from "./read.ts";
import { folderOf } from "../../tests/support/dataset_folders.ts";

const CATEGORIES = [{ id: 7, name: "dog" }, { id: 2, name: "cat" }];

function annotation(image: number, category: number, more: object = {}) {
  return { image_id: image, category_id: category, bbox: [image, 0, 1, 1], ...more };
}

function annotations(count: number, list: object[], more: object = {}): string {
  const images = Array.from({ length: count }, (_, id) => ({ id, file_name: `${id}.jpg` }));
  return JSON.stringify({ images, annotations: list, categories: CATEGORIES, ...more });
}

async function inspect(files: Record<string, string>) {
  const entries = Object.entries(files).map(([name, text]) => [`set/annotations/${name}`, text]);
  const root = await folderOf({ ...Object.fromEntries(entries), "set/val/0.jpg": "" });
  return (await readDatasets([root]).inspect("set"))!;
}

describe("coco", () => {
  test("counts instances by category id, once however many files name them", async () => {
    const list = [annotation(0, 7), annotation(0, 2), annotation(1, 2)];
    const found = await inspect({
      "instances_train2017.json": annotations(2, list),
      "person_keypoints_train2017.json": annotations(2, list.slice(0, 1)),
      "captions_train2017.json": JSON.stringify({
        images: [{ id: 0, file_name: "0.jpg" }],
        annotations: [{ image_id: 0, caption: "a dog" }],
      }),
      "instances_val2017.json": annotations(1, [annotation(0, 7)]),
      "notes.txt": "",
    });
    expect(found).toMatchObject({
      format: "coco",
      task_types: ["detection"],
      num_classes: 2,
      class_names: ["cat", "dog"],
      splits: [
        { name: "train", images: 2, class_counts: [2, 1] },
        { name: "val", images: 1, class_counts: [0, 1] },
      ],
      refusal: null,
      warnings: [],
    });
  });

  test("one file of any name is for training", async () => {
    const found = await inspect({ "instances.json": annotations(3, [annotation(0, 2)]) });
    expect(found.splits).toEqual([{ name: "train", images: 3, class_counts: [1, 0] }]);
    expect(found.warnings).toEqual([
      { key: "no_validation_split" },
      { key: "images_without_labels", split: "train", count: 2 },
    ]);
  });

  test.each([
    [{ segmentation: [[0, 0, 1, 0, 1, 1]] }, ["instance_segmentation", "semantic_segmentation"]],
    [{ keypoints: [1, 1, 2] }, ["pose_estimation"]],
    [{ segmentation: { counts: [1], size: [1, 1] }, keypoints: [] }, []],
  ])("%j suits detection and %j", async (more, types) => {
    const found = await inspect({ "train.json": annotations(1, [annotation(0, 2, more)]) });
    expect(found.task_types).toEqual(["detection", ...types]);
  });

  test.each([
    ["not JSON", "{", "annotations/train.json is not a COCO annotation file"],
    ["another shape", "[]", "annotations/train.json is not a COCO annotation file"],
    [
      "an unknown image",
      annotations(0, [annotation(5, 2)]),
      "annotations/train.json lacks image 5",
    ],
    [
      "an unknown category",
      annotations(1, [annotation(0, 5)]),
      "annotations/train.json lacks category 5",
    ],
    ["no categories", annotations(1, [], { categories: [] }), "annotations name no categories"],
  ])("refuses %s", async (_, text, reason) => {
    const found = await inspect({ "train.json": text });
    expect(found).toMatchObject({
      format: "coco",
      refusal: { key: "dataset_unreadable", dataset_path: "set", reason },
    });
  });

  test.each(["/etc/passwd.jpg", "../x.jpg", "a\\..\\..\\x.jpg"])(
    "refuses an image at %j",
    async (file_name) => {
      const found = await inspect({
        "val.json": annotations(0, [], { images: [{ id: 0, file_name }] }),
      });
      expect(found.refusal).toEqual({ key: "dataset_outside", dataset_path: "set", split: "val" });
    },
  );

  test("does not parse more than 64 MiB", async () => {
    const root = await folderOf({ "set/annotations/train.json": "", "set/train/0.jpg": "" });
    await Deno.truncate(join(root, "set/annotations/train.json"), 64 * 2 ** 20 + 1);
    expect(await readDatasets([root]).inspect("set")).toMatchObject({
      format: "coco",
      task_types: ["detection", "instance_segmentation"],
      num_classes: null,
      class_names: [],
      refusal: null,
      splits: [],
      warnings: [],
    });
  });
});
