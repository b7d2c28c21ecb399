import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readDatasets } from "./read.ts";
import { folderOf } from "../../tests/support/dataset_folders.ts";

async function inspect(files: Record<string, string>) {
  const root = await folderOf(
    Object.fromEntries(Object.entries(files).map(([path, text]) => [`set/${path}`, text])),
  );
  return (await readDatasets([root]).inspect("set"))!;
}

function images(folder: string, count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`${folder}/${i}.png`, ""]));
}

describe("imagefolder", () => {
  test("counts the images of each class and split", async () => {
    const found = await inspect({
      ...images("train/cat", 3),
      ...images("train/dog/puppies", 2),
      ...images("valid/cat", 1),
      ...images("validation/dog", 1),
      ...images("test/dog", 4),
      "train/cat/notes.txt": "",
      "train/cat/._0.png": "",
      "val/readme": "",
    });
    expect(found.class_names).toEqual(["cat", "dog"]);
    expect(found.splits).toEqual([
      { name: "train", images: 5, class_counts: [3, 2] },
      { name: "val", images: 2, class_counts: [1, 1] },
      { name: "test", images: 4, class_counts: [0, 4] },
    ]);
    expect(found.warnings).toEqual([]);
  });

  test("without train/ all images are for training", async () => {
    const found = await inspect({ ...images("cat", 1), ...images("dog", 1), ...images("val", 1) });
    expect(found.class_names).toEqual(["cat", "dog"]);
    expect(found.splits).toEqual([{ name: "train", images: 2, class_counts: [1, 1] }]);
    expect(found.warnings).toEqual([{ key: "no_validation_split" }]);
  });

  test("warns of too few classes", async () => {
    const found = await inspect({ ...images("train/cat", 1), ...images("val/cat", 1) });
    expect(found.warnings).toEqual([{ key: "too_few_classes", num_classes: 1 }]);
  });

  test.each([
    [9, 3, undefined],
    [10, 3, 3.3],
    [4, 0, 4],
  ])("%i to %i images are out of balance by %j", async (most, least, ratio) => {
    const found = await inspect({
      ...images("train/a", most),
      ...images("train/b", least),
      "train/b/keep.txt": "",
      ...images("val/a", 1),
    });
    expect(found.warnings).toEqual(
      ratio === undefined ? [] : [{ key: "imbalanced_classes", most: "a", least: "b", ratio }],
    );
  });

  test("warns of a class that only val has", async () => {
    const found = await inspect({ ...images("train/a", 1), ...images("val/b", 1) });
    expect(found.class_names).toEqual(["a", "b"]);
    expect(found.warnings).toEqual([{ key: "classes_missing_in_train", classes: ["b"] }]);
  });

  test("does not count what links lead to outside the roots, nor loops", async () => {
    const outside = await folderOf({ ...images("cat", 2) });
    const root = await folderOf({ ...images("set/train/cat", 1), ...images("shared", 2) });
    const train = join(root, "set/train");
    await Deno.symlink(join(outside, "cat"), join(train, "dog"));
    await Deno.symlink(join(outside, "cat"), join(train, "cat/more"));
    await Deno.symlink(join(outside, "cat/0.png"), join(train, "cat/out.png"));
    await Deno.symlink(join(root, "shared/0.png"), join(train, "cat/in.png"));
    await Deno.symlink(join(root, "shared"), join(train, "cow"));
    await Deno.symlink(train, join(train, "cat/loop"));
    await Deno.symlink(join(root, "nowhere"), join(train, "cat/broken.png"));
    const found = await readDatasets([root]).inspect("set");
    expect(found).toMatchObject({
      class_names: ["cat", "cow"],
      splits: [{ name: "train", images: 4, class_counts: [2, 2] }],
    });
  });

  test("walks six folders deep", async () => {
    const found = await inspect({
      "cat/0.jpg": "",
      "cat/2/3/4/5/6/1.jpg": "",
      "cat/2/3/4/5/6/7/1.jpg": "",
    });
    expect(found.splits).toMatchObject([{ images: 2 }]);
  });

  test("refuses a data.yaml that runs code here too", async () => {
    const found = await inspect({ ...images("train/a", 1), "data.yaml": "download: x" });
    expect(found).toMatchObject({
      format: "imagefolder",
      refusal: { key: "dataset_runs_code", dataset_path: "set" },
      splits: [],
    });
  });
});
