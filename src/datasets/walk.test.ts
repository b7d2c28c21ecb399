import { describe, expect, test } from "vitest";
import { folderOf } from "../../tests/support/dataset_folders.ts";
import { filesBelow } from "./walk.ts";

describe("a walk", () => {
  test("ends when it has looked at as many entries as it may", async () => {
    const folder = await folderOf({ "set/1": "", "set/2": "", "set/a/3": "", "set/b/4": "" });
    const ground = {
      path: "set",
      folder: `${folder}/set`,
      roots: [folder],
      entriesLeft: 5,
    };
    const files = await Array.fromAsync(filesBelow(ground.folder, ground));
    expect(files).toEqual(["1", "2", "a/3"].map((name) => `${folder}/set/${name}`));
    expect(ground.entriesLeft).toBeLessThan(0);
  });

  test("reads nothing outside the roots", async () => {
    const folder = await folderOf({ "set/1": "", "outside/2": "" });
    const ground = {
      path: "set",
      folder: `${folder}/set`,
      roots: [`${folder}/set`],
      entriesLeft: 9,
    };
    expect(await Array.fromAsync(filesBelow(`${folder}/outside`, ground))).toEqual([]);
  });
});
