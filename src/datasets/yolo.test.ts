import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readDatasets } from "./read.ts";
import { folderOf, write } from "../../tests/support/dataset_folders.ts";

const YAML = "train: images/train\nval: images/val\nnames: {0: cat, 1: dog}\n";
const BOX = "0 0.5 0.5 0.2 0.2";
const TRIANGLE = "0 0.1 0.1 0.2 0.1 0.2 0.2";
const QUAD = TRIANGLE + " 0.1 0.2";

/** A root with the folder `set`: one image in train and one in val, labelled as told. */
async function rootWith(files: Record<string, string>): Promise<string> {
  const root = await folderOf({});
  await write(join(root, "set"), {
    "data.yaml": YAML,
    "images/train/1.jpg": "",
    "images/val/2.jpg": "",
    "labels/train/1.txt": `${BOX}\n1 0.5 0.5 1 1\n`,
    "labels/val/2.txt": BOX,
    ...files,
  });
  return root;
}

async function inspect(files: Record<string, string>) {
  return (await readDatasets([await rootWith(files)]).inspect("set"))!;
}

async function find(files: Record<string, string>) {
  return (await readDatasets([await rootWith(files)]).find("set"))!;
}

function unreadable(reason: string) {
  return { key: "dataset_unreadable", dataset_path: "set", reason };
}

describe("yolo", () => {
  test("counts images and instances", async () => {
    expect(await inspect({})).toEqual({
      path: "set",
      name: "set",
      format: "yolo",
      task_types: ["detection"],
      num_classes: 2,
      class_names: ["cat", "dog"],
      refusal: null,
      splits: [
        { name: "train", images: 1, class_counts: [1, 1] },
        { name: "val", images: 1, class_counts: [1, 0] },
      ],
      samples: expect.any(Array),
      warnings: [],
    });
  });

  test("reads images/ and labels/ without a data.yaml", async () => {
    const root = await folderOf({
      "flat/images/1.jpg": "",
      "flat/labels/1.txt": "2 0.5 0.5 0.2 0.2",
      "split/images/train/1.jpg": "",
      "split/images/valid/2.jpg": "",
      "split/labels/train/1.txt": BOX,
      "split/labels/valid/2.txt": BOX,
    });
    const datasets = readDatasets([root]);
    expect([await datasets.inspect("flat"), await datasets.inspect("split")]).toMatchObject([
      {
        class_names: ["class_0", "class_1", "class_2"],
        splits: [{ name: "train", images: 1, class_counts: [0, 0, 1] }],
        warnings: [{ key: "no_validation_split" }],
      },
      {
        class_names: ["class_0"],
        splits: [{ name: "train", images: 1 }, { name: "val", images: 1 }],
        warnings: [],
      },
    ]);
  });
});

describe("task types", () => {
  test.each([
    ["boxes", [BOX], ["detection"]],
    ["nothing", [""], ["detection"]],
    ["quads", [QUAD], ["detection", "instance_segmentation", "oriented_detection"]],
    ["triangles", [TRIANGLE], ["detection", "instance_segmentation", "semantic_segmentation"]],
    ["polygons", [TRIANGLE, QUAD], ["detection", "instance_segmentation", "semantic_segmentation"]],
    ["boxes and polygons", [BOX, TRIANGLE], ["detection"]],
  ])("%s", async (_, rows, types) => {
    const files = { "labels/train/1.txt": rows.join("\r\n") + "\r\n\r\n", "labels/val/2.txt": "" };
    expect((await find(files)).task_types).toEqual(types);
    expect((await inspect(files)).task_types).toEqual(types);
  });

  test("keypoints, whose visibility may be 2", async () => {
    const row = `${BOX} 0.1 0.1 2 0.2 0.2 0 0.3 0.3 1`;
    const yaml = `${YAML}kpt_shape: [3, 3]\n`;
    const found = await find({
      "data.yaml": yaml,
      "labels/train/1.txt": row,
      "labels/val/2.txt": row,
    });
    expect(found.task_types).toEqual(["detection", "pose_estimation"]);
    const mixed = await find({ "data.yaml": yaml, "labels/train/1.txt": `${row}\n${BOX}` });
    expect(mixed.task_types).toEqual(["detection"]);
  });
});

describe("rows", () => {
  test.each([
    "0",
    "0 0.5 0.5 0.2",
    "0 0.5 0.5 0.2 0.2 0.9",
    `${QUAD} 0.5`,
    "cat 0.5 0.5 0.2 0.2",
    "0 0.5 0.5 0.2 x",
    "0,0.5,0.5,0.2,0.2",
    "0 0.5 0.5 0.2 nan",
    "2 0.5 0.5 0.2 0.2",
    "-1 0.5 0.5 0.2 0.2",
    "0.5 0.5 0.5 0.2 0.2",
    "0 -0.1 0.5 0.2 0.2",
    "0 0.5 0.5 0.2 1.1",
    "0 320 240 64 64",
  ])("refuses %j", async (row) => {
    const files = { "labels/train/1.txt": `${BOX}\n\n${row}\n` };
    const refusal = unreadable("labels/train/1.txt, line 3: malformed row");
    expect((await find(files)).refusal).toEqual(refusal);
    expect(await inspect(files)).toMatchObject({
      format: "yolo",
      refusal,
      splits: [],
      warnings: [],
    });
  });

  test("refuses a label file that is huge, or not text", async () => {
    const huge = await find({ "labels/train/1.txt": "\n".repeat(2 ** 20 + 1) });
    expect(huge.refusal).toEqual(unreadable("labels/train/1.txt is too large"));
    const root = await rootWith({});
    await Deno.writeFile(join(root, "set/labels/train/1.txt"), new Uint8Array([0xff]));
    expect((await readDatasets([root]).find("set"))?.refusal)
      .toEqual(unreadable("labels/train/1.txt is not UTF-8 text"));
  });

  test("swaps the last images folder, and finds labels beside images without one", async () => {
    const root = await folderOf({
      "a/data.yaml": "train: images/x/images\nval: pics\nnc: 1\n",
      "a/images/x/images/1.v2.jpg": "",
      "a/images/x/labels/1.v2.txt": BOX,
      "a/pics/2.jpg": "",
      "a/pics/2.txt": BOX,
    });
    expect(await readDatasets([root]).inspect("a")).toMatchObject({
      splits: [{ class_counts: [1] }, { class_counts: [1] }],
      warnings: [],
    });
  });
});

describe("data.yaml", () => {
  test.each<[string, string, string[]]>([
    ["names as a list", "names: [cat, 1, N]", ["cat", "1", "N"]],
    ["names as a map", "names: {0: cat, 1: dog}", ["cat", "dog"]],
    ["nc alone", "nc: 2", ["class_0", "class_1"]],
    ["both", "nc: 1\nnames: [cat]", ["cat"]],
    ["members of no meaning here", "nc: 1\nroboflow: {url: x}", ["class_0"]],
  ])("takes %s", async (_, text, names) => {
    const found = await find({
      "data.yaml": `train: images/train\nval: images/val\n${text}\n`,
      "labels/train/1.txt": BOX,
    });
    expect(found).toMatchObject({ refusal: null, class_names: names, num_classes: names.length });
  });

  test.each([
    ["train", "train: images/train", "", "data.yaml: train is missing or malformed"],
    ["val", "val: images/val", "", "data.yaml: val is missing or malformed"],
    ["val", "val: images/val", "val:", "data.yaml: val is missing or malformed"],
    ["a val that is there", "images/val", "images/vla", "its val folder does not exist"],
    ["names", "names: {0: cat, 1: dog}", "", "data.yaml: names or nc is missing"],
    ["any names", "{0: cat, 1: dog}", "[]", "data.yaml: names is empty"],
    ["plain names", "{0: cat, 1: dog}", "[[cat]]", "data.yaml: names is missing or malformed"],
    ["names from 0", "{0: cat, 1: dog}", "{1: cat}", "data.yaml: names are not numbered from 0 on"],
    ["agreement", "names", "nc: 3\nnames", "data.yaml: nc is 3, but there are 2 names"],
    ["a sane nc", "names", "nc: 1e9\nnames", "data.yaml: nc is missing or malformed"],
    ["a map", YAML, "- train", "data.yaml is not valid YAML"],
    ["content", YAML, "", "data.yaml is not valid YAML"],
    ["YAML", YAML, "{", "data.yaml is not valid YAML"],
    ["one document", YAML, `${YAML}---\n${YAML}`, "data.yaml is not valid YAML"],
    ["known tags", "cat", "!!python/object:os.system x", "data.yaml is not valid YAML"],
    ["few levels", "cat", "? ".repeat(100_000), "data.yaml is not valid YAML"],
    [
      "few aliases",
      "names",
      `a: &a [${"x,".repeat(50)}]\nb: &b [${"*a,".repeat(50)}]\nc: [${"*b,".repeat(50)}]\nnames`,
      "data.yaml is not valid YAML",
    ],
    ["a small file", YAML, `${YAML}#${" ".repeat(2 ** 20)}`, "data.yaml is too large"],
  ])("needs %s", async (_, part, instead, reason) => {
    const found = await find({ "data.yaml": YAML.replace(part, instead) });
    expect(found).toMatchObject({ format: "yolo", refusal: unreadable(reason) });
  });

  test.each([
    "download: https://example.com/a.zip",
    "download:",
    '"\\x64ownload": x',
    "a: &a {download: x}\n<<: *a",
    "# comment\rdownload: x",
  ])("with %j runs code", async (text) => {
    const found = await find({ "data.yaml": `${YAML}${text}\n` });
    expect(found.refusal).toEqual({ key: "dataset_runs_code", dataset_path: "set" });
  });

  test.each(["%YAML 1.1", "%YAML 1.2"])(
    "with a merged download runs code in %s",
    async (version) => {
      const found = await find({ "data.yaml": `${version}\n---\n<<: {download: x}\n${YAML}` });
      expect(found.refusal).toEqual({ key: "dataset_runs_code", dataset_path: "set" });
    },
  );

  test.each(["# \u2028download: x", "# \u0085download: x", "down\u0001load: x"])(
    "that hides %j is refused",
    async (text) => {
      const found = await find({ "data.yaml": `${YAML}${text}\n` });
      expect(found.refusal).toEqual(unreadable("data.yaml is not valid YAML"));
    },
  );

  test("that is a folder is refused", async () => {
    const root = await folderOf({ "set/data.yaml/x": "" });
    expect((await readDatasets([root]).find("set"))?.refusal)
      .toEqual(unreadable("data.yaml is not a file of this dataset"));
  });

  test("may name a path, several folders, lists, and a test split that is not there", async () => {
    const found = await inspect({
      "data.yaml": "path: all\ntrain: [a/images, b/images]\nval: val.txt\ntest: nowhere\nnc: 1\n",
      "all/a/images/1.jpg": "",
      "all/b/images/2.jpg": "",
      "all/val.txt": "./v/images/3.jpg\nv/images/4.jpg\nv/images/missing.jpg\n\nval.txt\n",
      "all/v/images/3.jpg": "",
      "all/v/images/4.jpg": "",
      "all/a/labels/1.txt": BOX,
      "all/b/labels/2.txt": BOX,
      "all/v/labels/3.txt": BOX,
      "all/v/labels/4.txt": BOX,
    });
    expect(found).toMatchObject({
      refusal: null,
      splits: [
        { name: "train", images: 2, class_counts: [2] },
        { name: "val", images: 2, class_counts: [2] },
      ],
      warnings: [],
    });
  });

  test("may point beside itself, as Roboflow's exports do", async () => {
    const root = await folderOf({
      "set/data.yaml": "train: ../train/images\nval: ../valid/images\nnc: 1\n",
      "set/train/images/1.jpg": "",
      "set/train/labels/1.txt": BOX,
      "set/valid/images/1.jpg": "",
      "set/valid/labels/1.txt": BOX,
    });
    expect(await readDatasets([root]).inspect("set")).toMatchObject({
      refusal: null,
      splits: [{ images: 1 }, { images: 1 }],
    });
  });
});

describe("confinement", () => {
  test.each([
    ["train", "train: ../../secret"],
    ["train", "train: /"],
    ["train", "path: ../..\ntrain: secret/images"],
    ["train", "train: images/link"],
    ["val", "val: [images/val, /etc]"],
    ["test", "test: ../../nowhere"],
    ["train", "train: up/../../secret/images"],
    ["train", "path: up/../..\ntrain: secret/images"],
    ["val", "val: list.txt"],
    ["val", "val: linked.txt"],
    ["val", "val: linked-image.txt"],
  ])("refuses a %s outside the roots: %s", async (split, text) => {
    const members = { train: "images/train", val: "images/val", nc: "2" };
    const yaml = Object.entries(members)
      .filter(([name]) => !text.includes(`${name}:`))
      .map(([name, value]) => `${name}: ${value}\n`).join("") + text;
    const parent = await folderOf({ "secret/images/1.jpg": "" });
    const root = join(parent, "root");
    await write(join(root, "set"), {
      "data.yaml": yaml,
      "images/train/1.jpg": "",
      "images/val/1.jpg": "",
      "list.txt": "images/val/1.jpg\n../../secret/images/1.jpg\n",
      "linked-image.txt": "images/link/1.jpg\n",
    });
    await Deno.symlink(join(parent, "secret/images"), join(root, "set/images/link"));
    await write(parent, { "list.txt": "x.jpg" });
    await Deno.symlink(join(parent, "list.txt"), join(root, "set/linked.txt"));
    // As text, `up/../../secret` stays in the root; through the link it does not.
    await write(join(root, "set/secret/images"), { "1.jpg": "" });
    await write(root, { "secret/images/1.jpg": "", "other/1.jpg": "" });
    await Deno.symlink(join(root, "other"), join(root, "set/up"));
    const refusal = { key: "dataset_outside", dataset_path: "set", split };
    expect((await readDatasets([root]).find("set"))?.refusal).toEqual(refusal);
    expect((await readDatasets([root]).inspect("set"))?.refusal).toEqual(refusal);
  });

  test("follows no link out of the roots for a data.yaml", async () => {
    const outside = await folderOf({ "data.yaml": YAML });
    const root = await rootWith({});
    await Deno.remove(join(root, "set/data.yaml"));
    await Deno.symlink(join(outside, "data.yaml"), join(root, "set/data.yaml"));
    expect((await readDatasets([root]).find("set"))?.refusal)
      .toEqual(unreadable("data.yaml is not a file of this dataset"));
  });

  test("follows no link out of the roots for images and labels", async () => {
    const outside = await folderOf({ "1.jpg": "", "1.txt": "not a label" });
    const root = await rootWith({ "images/train/3.jpg": "" });
    await Deno.remove(join(root, "set/labels/train/1.txt"));
    await Deno.symlink(join(outside, "1.txt"), join(root, "set/labels/train/1.txt"));
    await Deno.symlink(outside, join(root, "set/images/train/folder"));
    await Deno.symlink(join(outside, "1.jpg"), join(root, "set/images/train/4.jpg"));
    expect(await readDatasets([root]).inspect("set")).toMatchObject({
      refusal: null,
      splits: [{ name: "train", images: 2, class_counts: [0, 0] }, { name: "val" }],
      warnings: [
        { key: "classes_missing_in_train", classes: ["cat"] },
        { key: "images_without_labels", split: "train", count: 2 },
      ],
    });
  });

  test("follows links inside the roots", async () => {
    const root = await rootWith({});
    await Deno.mkdir(join(root, "linked"));
    for (const name of ["data.yaml", "images", "labels"]) {
      await Deno.symlink(`../set/${name}`, join(root, "linked", name));
    }
    const datasets = readDatasets([root]);
    const { splits, warnings } = (await datasets.inspect("set"))!;
    expect(await datasets.inspect("linked")).toMatchObject({ splits, warnings });
  });
});

describe("warnings", () => {
  test("no validation, balance, classes missing in train, images without labels", async () => {
    const found = await inspect({
      "data.yaml": YAML + "test: images/test\n",
      "labels/train/1.txt": `${BOX}\n`.repeat(4),
      "labels/val/2.txt": "1 0.5 0.5 0.2 0.2\n",
      "images/train/3.jpg": "",
      "images/train/4.jpg": "",
      "labels/train/4.txt": "\n",
      "images/test/5.jpg": "",
    });
    expect(found.warnings).toEqual([
      { key: "imbalanced_classes", most: "cat", least: "dog", ratio: 4 },
      { key: "classes_missing_in_train", classes: ["dog"] },
      { key: "images_without_labels", split: "train", count: 2 },
      { key: "images_without_labels", split: "test", count: 1 },
    ]);
    const root = await rootWith({});
    await Deno.remove(join(root, "set/images/val/2.jpg"));
    expect((await readDatasets([root]).inspect("set"))?.warnings)
      .toEqual([{ key: "no_validation_split" }]);
  });

  test("reads 5,000 label files of more, evenly; a glance only the first", async () => {
    const total = 6000;
    const files: Record<string, string> = {};
    for (let i = 0; i < total; i++) {
      const name = String(i).padStart(4, "0");
      files[`images/train/${name}.jpg`] = "";
      files[`labels/train/${name}.txt`] = i < total / 2 ? BOX : "1 0.5 0.5 0.2 0.2";
    }
    // 300 is beyond a glance; every sixth image is left out of a close look.
    const root = await rootWith({
      ...files,
      "labels/train/0300.txt": TRIANGLE,
      "labels/train/0005.txt": "",
    });
    const datasets = readDatasets([root]);
    expect(await datasets.find("set")).toMatchObject({ refusal: null, task_types: ["detection"] });
    const found = (await datasets.inspect("set"))!;
    expect(found.warnings).toEqual([{ key: "labels_sampled", read: 5000, total: 6002 }]);
    expect(found.splits[0]).toMatchObject({ name: "train", images: 6001 });
    const [cats, dogs] = found.splits[0]!.class_counts as [number, number];
    expect(Math.abs(cats - dogs)).toBeLessThan(5);
  }, 60_000);
});
