import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readDatasets } from "./read.ts";
import { datasetsIn, folderOf, write } from "../../tests/support/dataset_folders.ts";

const DOGS = { "dogs/a/1.jpg": "", "dogs/b/1.jpg": "" };

describe("paths", () => {
  test.each([
    ["dogs", "dogs"],
    ["./dogs/", "dogs"],
    ["dogs//", "dogs"],
    ["x//y/../../dogs", "dogs"],
    ["deep/dogs", "deep/dogs"],
    ["100%/dogs", "100%/dogs"],
  ])("%j is found as %j", async (path, stored) => {
    const root = await folderOf({ ...DOGS, "deep/dogs/a/1.jpg": "", "100%/dogs/a/1.jpg": "" });
    expect(await readDatasets([root]).find(path)).toMatchObject({
      path: stored,
      name: "dogs",
      format: "imagefolder",
    });
  });

  test("an absolute path below a root stays absolute", async () => {
    const root = await folderOf(DOGS);
    const found = await readDatasets([root]).find(`${root}//dogs/`);
    expect(found).toMatchObject({ path: join(root, "dogs"), name: "dogs" });
  });

  test("a root may be relative to the working directory, and a link", async () => {
    const root = await folderOf(DOGS);
    const other = await folderOf({});
    await Deno.symlink(root, join(other, "root"));
    const datasets = datasetsIn([join(other, "root")]);
    expect(await datasets.find("dogs")).toBeDefined();
    expect(await datasets.find(join(other, "root/dogs"))).toBeDefined();
    expect(await datasets.find(join(root, "dogs"))).toBeDefined();

    const up = "../".repeat(Deno.cwd().split("/").length);
    expect(await datasetsIn([join(up, root)]).find(join(root, "dogs"))).toBeDefined();
  });

  test.each([
    "",
    ".",
    "./",
    "..",
    "../",
    "dogs/..",
    "../{root}/dogs/../..",
    "../outside",
    "dogs/../../outside",
    "/outside",
    "/",
    "/etc",
    "{abs}",
    "{abs}/",
    "{abs}/../outside",
    "{abs}-twin/dogs",
    "dogs\0",
    "dogs\n",
    "dogs\u0085",
    "\\dogs",
    "..\\outside",
    "C:/dogs",
    "C:dogs",
    "%2e%2e/outside",
    "dog%73",
    "dogs/a/1.jpg",
    "nowhere",
    "n".repeat(5000),
  ])("%j is refused", async (path) => {
    const parent = await folderOf({ "root/dogs/a/1.jpg": "", "outside/a/1.jpg": "" });
    await write(parent, { "root-twin/dogs/a/1.jpg": "" });
    const root = join(parent, "root");
    const asked = path.replace("{abs}", root).replace("{root}", "root");
    const datasets = readDatasets([root]);
    expect(await datasets.find(asked)).toBeUndefined();
    expect(await datasets.inspect(asked)).toBeUndefined();
  });

  test("a link is followed inside the roots, not out of them", async () => {
    const root = await folderOf(DOGS);
    const otherRoot = await folderOf({ "cats/a/1.jpg": "" });
    const outside = await folderOf({ "secret/a/1.jpg": "" });
    await Deno.symlink(join(root, "dogs"), join(root, "inside"));
    await Deno.symlink(join(otherRoot, "cats"), join(root, "across"));
    await Deno.symlink(join(outside, "secret"), join(root, "out"));
    await Deno.symlink(outside, join(root, "out-parent"));
    await Deno.symlink(root, join(root, "self"));
    await Deno.symlink(join(root, "loop"), join(root, "loop"));
    await Deno.symlink(join(root, "dogs"), join(outside, "back"));
    const datasets = datasetsIn([root, otherRoot]);
    expect(await datasets.find("inside")).toBeDefined();
    expect(await datasets.find("across")).toBeDefined();
    expect(await datasets.find("self/dogs")).toBeDefined();
    for (const path of ["out", "out-parent/secret", "self", "loop"]) {
      expect(await datasets.find(path), path).toBeUndefined();
    }
    expect(await datasets.find(join(outside, "back"))).toBeUndefined();
    const names = (await datasets.list()).map((dataset) => dataset.path);
    expect(names).toEqual(["across", "cats", "dogs", "inside"]);
  });
});
