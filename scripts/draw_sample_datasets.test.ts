import { join, relative } from "node:path";
import { describe, expect, test } from "vitest";
import { openDatasets } from "../src/datasets/open.ts";

const ROOT = join(import.meta.dirname!, "..");
const SHIPPED = join(ROOT, "sample_datasets");

describe("sample datasets", () => {
  test("match the script's output byte for byte", async () => {
    const drawn = await Deno.makeTempDir();
    // The script's packages are in tests/deno.json.
    const script = ["--config", "tests/deno.json", "--frozen", "scripts/draw_sample_datasets.ts"];
    const args = ["run", "-A", ...script, drawn];
    const { success } = await new Deno.Command(Deno.execPath(), { args, cwd: ROOT }).output();
    expect(success).toBe(true);
    expect(await filesIn(drawn)).toEqual(await filesIn(SHIPPED));
  }, 60_000);

  test("are usable and have no warnings", async () => {
    const datasets = openDatasets([SHIPPED]);
    const names = ["dog-vs-cat", "seg-coco8", "shapes-det"];
    const inspected = await Promise.all(names.map((name) => datasets.inspect(name)));
    const segmentation = ["detection", "instance_segmentation", "semantic_segmentation"];
    expect(inspected).toMatchObject([
      { path: "dog-vs-cat", format: "imagefolder", task_types: ["image_classification"] },
      { path: "seg-coco8", format: "yolo", task_types: segmentation },
      { path: "shapes-det", format: "yolo", task_types: ["detection"] },
    ]);
    expect(inspected.map((dataset) => [dataset?.refusal, dataset?.warnings]))
      .toEqual(names.map(() => [null, []]));
    expect(inspected.map((dataset) => dataset?.splits.map(({ images }) => images))).toEqual([
      [16, 6],
      [4, 4],
      [12, 4],
    ]);
  });
});

/** The files below a folder as hex, by path. */
async function filesIn(folder: string, top = folder): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) Object.assign(files, await filesIn(path, top));
    else files[relative(top, path)] = (await Deno.readFile(path)).toHex();
  }
  return files;
}
