import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { openDatasets } from "./open.ts";
import { datasetsIn, folderOf, write } from "../../tests/support/dataset_folders.ts";

const YOLO = "train: images\nval: images\nnc: 1\n";
const COCO = JSON.stringify({ images: [], categories: [{ id: 1, name: "cat" }] });

describe("recognition", async () => {
  const root = await folderOf({});
  const datasets = openDatasets([root]);
  afterAll(() => datasets.close());
  let sets = 0;

  test.each<[string, string | null, Record<string, string>]>([
    ["classes in train", "imagefolder", { "train/cat/1.JPG": "" }],
    ["classes alone", "imagefolder", { "cat/1.webp": "" }],
    ["classes in train before coco and yolo", "imagefolder", {
      "train/cat/1.jpg": "",
      "annotations/instances.json": COCO,
      "data.yaml": YOLO,
    }],
    ["coco beside folders of images", "coco", {
      "train2017/1.jpg": "",
      "annotations/instances.json": COCO,
    }],
    ["coco before yolo", "coco", {
      "images/1.jpg": "",
      "labels/1.txt": "",
      "annotations/instances.json": COCO,
      "data.yaml": YOLO,
    }],
    ["yolo with images/ and labels/", "yolo", { "images/1.jpg": "", "labels/1.txt": "" }],
    ["yolo beside other pictures", "yolo", {
      "images/1.jpg": "",
      "labels/1.txt": "",
      "plots/1.png": "",
    }],
    ["yolo with data.yaml", "yolo", { "images/1.jpg": "", "data.yaml": YOLO }],
    ["yolo with data.yml", "yolo", { "images/1.jpg": "", "data.yml": YOLO }],
    ["yolo with train/images", "yolo", {
      "train/images/1.jpg": "",
      "train/labels/1.txt": "",
      "data.yaml": "train: train/images\nval: train/images\nnc: 1\n",
    }],
    ["images in no folder", null, { "1.jpg": "" }],
    ["images/ without labels/", null, { "images/1.jpg": "" }],
    ["labels/ without images/", null, { "labels/1.txt": "" }],
    ["annotations without images", null, { "annotations/instances.json": COCO }],
    ["splits without classes", null, { "train/1.jpg": "", "test/1.jpg": "" }],
    ["classes without images", null, { "cat/1.txt": "", "train/cat/1.txt": "" }],
    ["nothing", null, { "readme": "" }],
  ])("%s: %s", async (_, format, files) => {
    const set = `set-${++sets}`;
    await write(join(root, set), files);
    const found = await datasets.find(set);
    const refusal = format === null ? { key: "dataset_unrecognised", dataset_path: set } : null;
    expect(found).toMatchObject({ format, refusal });
    const { splits: _splits, warnings: _warnings, samples: _samples, ...inspected } =
      (await datasets.inspect(set))!;
    expect(inspected).toEqual(found);
    const listed = (await datasets.list()).filter(({ path }) => path === set);
    expect(listed).toEqual(format === null ? [] : [found]);
    const folders = (await datasets.listFolders()).filter(({ path }) => path === set);
    expect(folders).toEqual([found]);
  });

  test("finds without counting", async () => {
    await write(root, { "dogs/a/1.jpg": "" });
    expect(await datasets.find("dogs")).toEqual({
      path: "dogs",
      name: "dogs",
      format: "imagefolder",
      task_types: ["image_classification"],
      num_classes: 1,
      class_names: ["a"],
      refusal: null,
    });
  });
});

describe("list", () => {
  test("finds each dataset, in the order of code points", async () => {
    const files = ["z", "a", "\u{1f415}", "\uffee", ".hidden"]
      .map((name): [string, string] => [`${name}/cat/1.jpg`, ""]);
    const root = await folderOf({
      ...Object.fromEntries(files),
      "file.jpg": "",
      "notes/a.txt": "",
    });
    const datasets = datasetsIn([root]);
    const list = await datasets.list();
    expect(list.map((dataset) => dataset.path)).toEqual(["a", "z", "\uffee", "\u{1f415}"]);
    expect(list[0]).toEqual(await datasets.find("a"));
  });

  test("gives the absolute path where an earlier root has the name", async () => {
    const first = await folderOf({ "dogs/a/1.jpg": "", "notes/a.txt": "", "file": "" });
    const second = await folderOf({ "dogs/b/1.jpg": "", "notes/b/1.jpg": "", "file/b/1.jpg": "" });
    const datasets = datasetsIn([first, second]);
    const list = await datasets.list();
    expect(list.map(({ path, class_names }) => [path, class_names])).toEqual([
      ["dogs", ["a"]],
      [join(second, "dogs"), ["b"]],
      ["file", ["b"]],
      [join(second, "notes"), ["b"]],
    ]);
    for (const dataset of list) expect(await datasets.find(dataset.path)).toEqual(dataset);
  });

  test("leaves out a root that is gone or cannot be listed, and no other", async () => {
    const first = await folderOf({ "cats/a/1.jpg": "" });
    const second = await folderOf({ "dogs/a/1.jpg": "" });
    const datasets = datasetsIn([first, second]);
    const names = async () => (await datasets.list()).map(({ name }) => name);
    expect(await names()).toEqual(["cats", "dogs"]);
    await Deno.rename(first, `${first}.away`);
    expect(await names()).toEqual(["dogs"]);
    await Deno.writeTextFile(first, "");
    expect(await names()).toEqual(["dogs"]);
    await Deno.remove(first);
    await Deno.rename(`${first}.away`, first);
    expect(await names()).toEqual(["cats", "dogs"]);
  });

  test("leaves out names that no path can spell", async () => {
    const root = await folderOf({
      "a\\b/cat/1.jpg": "",
      "a:b/cat/1.jpg": "",
      "a\nb/cat/1.jpg": "",
    });
    const list = await datasetsIn([root]).list();
    expect(list.map((dataset) => dataset.path)).toEqual([join(root, "a:b")]);
  });

  test("keeps refused datasets, and those the file system withholds", async (context) => {
    if (Deno.uid() === 0) context.skip("root may read everything");
    const root = await folderOf({
      "code/data.yaml": YOLO + "download: curl evil | sh\n",
      "dogs/a/1.jpg": "",
      "locked/a/1.jpg": "",
    });
    await Deno.chmod(join(root, "locked"), 0);
    const list = await datasetsIn([root]).list();
    await Deno.chmod(join(root, "locked"), 0o700);
    expect(list.map(({ path, refusal }) => [path, refusal])).toEqual([
      ["code", { key: "dataset_runs_code", dataset_path: "code" }],
      ["dogs", null],
      ["locked", {
        key: "dataset_unreadable",
        dataset_path: "locked",
        reason: "a file or folder could not be read (EACCES)",
      }],
    ]);
  });
});
