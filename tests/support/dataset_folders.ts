import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { type DatasetsClient, openDatasets } from "../../src/datasets/open.ts";

/** Makes a new folder of real files: `{"a/b.txt": "text"}`. Images need no pixels here. */
export async function folderOf(files: Record<string, string>): Promise<string> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  await write(folder, files);
  return folder;
}

export async function write(folder: string, files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await Deno.mkdir(dirname(join(folder, path)), { recursive: true });
    await Deno.writeTextFile(join(folder, path), text);
  }
}

/** The datasets below some roots, closed when the test ends. */
export function datasetsIn(
  roots: string[],
  deadlines: { lookMs?: number; inspectMs?: number } = {},
): DatasetsClient {
  const datasets = openDatasets(roots, deadlines);
  onTestFinished(() => datasets.close());
  return datasets;
}
