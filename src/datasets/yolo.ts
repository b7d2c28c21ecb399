import { dirname, extname, isAbsolute, join, resolve } from "node:path";
import type { Problem } from "../domain/kernel/errors.ts";
import { isBelow, isFolder, realBelow, realPath } from "./confine.ts";
import { type DataYaml, readDataYaml } from "./data_yaml.ts";
import { type Ground, type Look, outside, type Reading, unreadable } from "./reading.ts";
import { SPLIT_NAMES, type SplitName, splitOfFolder } from "./splits.ts";
import { type Candidate, chooseSamples } from "./samples.ts";
import { filesBelow, foldersIn, isImage, readText } from "./walk.ts";
import { readRows, type RowRules, taskTypesOf } from "./yolo_labels.ts";

/** How many label files are read. */
const LABELS = { glance: 200, close: 5000 };
const MAX_LIST_BYTES = 32 * 2 ** 20;

/** The folders of images, and `.txt` lists of images, of each split. */
type Sources = Map<SplitName, string[]>;

interface Tally {
  name: SplitName;
  images: string[];
  classCounts: number[];
  withoutLabels: number;
}

/** Reads a folder with a `data.yaml`, or with `images/` and `labels/`. */
export async function readYolo(ground: Ground, look: Look): Promise<Reading | undefined> {
  const yaml = await readDataYaml(ground);
  const sources = yaml ? await namedSources(yaml, ground) : await conventionalSources(ground);
  if (!sources) return undefined;

  const share = look === "close" ? Infinity : Math.ceil(LABELS.glance / sources.size);
  const tallies: Tally[] = [];
  for (const [name, paths] of sources) {
    const images = await take(imagesOf(paths, { split: name, ground }), share);
    tallies.push({ name, images, classCounts: [], withoutLabels: 0 });
  }
  const rules = { numClasses: yaml?.classNames.length, keypoints: yaml?.keypoints };
  const { columns, candidates, total } = await readLabels(tallies, {
    rules,
    limit: LABELS[look],
    ground,
  });

  const classNames = yaml?.classNames ?? numbered(tallies);
  const warnings = tallies.flatMap(imagesWithoutLabels);
  const read = candidates.length;
  if (read < total) warnings.push({ key: "labels_sampled", read, total });
  return {
    task_types: taskTypesOf(columns, rules),
    num_classes: classNames.length,
    class_names: classNames,
    splits: tallies.map(({ name, images, classCounts }) => ({
      name,
      images: images.length,
      class_counts: classNames.map((_, index) => classCounts[index] ?? 0),
    })),
    warnings,
    samples: look === "close" ? chooseSamples(candidates) : [],
  };
}

async function namedSources(yaml: DataYaml, ground: Ground): Promise<Sources> {
  const sources: Sources = new Map();
  for (const split of SPLIT_NAMES) {
    const paths: string[] = [];
    for (const value of yaml[split]) {
      const path = await locate(value, { base: from(ground.folder, yaml.path), split, ground });
      if (path !== undefined) paths.push(path);
      // Exports often name a test split that they do not contain, and training does not need it.
      else if (split !== "test") throw unreadable(ground, `its ${split} folder does not exist`);
    }
    if (paths.length > 0) sources.set(split, paths);
  }
  return sources;
}

async function locate(
  value: string,
  { base, split, ground }: { base: string; split: string; ground: Ground },
): Promise<string | undefined> {
  const candidates = [from(base, value)];
  // Roboflow writes `../train/images` for `train/images`, and Ultralytics accepts it.
  if (value.startsWith("../")) candidates.push(from(base, value.slice("../".length)));
  for (const spelled of candidates) {
    const path = resolve(spelled);
    if (!isBelow(path, ground.roots)) throw outside(ground, split);
    const real = await realPath(spelled);
    if (real === undefined) continue;
    if (!isBelow(real, ground.roots)) throw outside(ground, split);
    if (extname(path) === ".txt" || await isFolder(real)) return path;
  }
  return undefined;
}

/**
 * A path as the system resolves it for a trainer: `..` after a link leads to the parent of the link's
 * target, so it must not be resolved as text before the real path is known.
 */
function from(base: string, path: string): string {
  return isAbsolute(path) ? path : `${base}/${path}`;
}

/** Without a `data.yaml`: `images/train` and so on; otherwise all of `images/` is for training. */
async function conventionalSources(ground: Ground): Promise<Sources | undefined> {
  const images = join(ground.folder, "images");
  if (!(await hasText(join(ground.folder, "labels"), ground))) return undefined;
  if (await realBelow(images, ground.roots) === undefined) return undefined;
  const sources: Sources = new Map();
  const folders = await foldersIn(images, ground);
  for (const split of SPLIT_NAMES) {
    const ofSplit = folders.filter((folder) => splitOfFolder(folder.name) === split);
    if (ofSplit.length > 0) sources.set(split, ofSplit.map((folder) => folder.path));
  }
  return sources.has("train") ? sources : new Map([["train", [images]]]);
}

async function hasText(folder: string, ground: Ground): Promise<boolean> {
  for await (const file of filesBelow(folder, ground)) if (extname(file) === ".txt") return true;
  return false;
}

async function* imagesOf(
  paths: string[],
  { split, ground }: { split: SplitName; ground: Ground },
): AsyncGenerator<string> {
  for (const path of paths) {
    const files = extname(path) === ".txt"
      ? imagesListed(path, { split, ground })
      : filesBelow(path, ground);
    for await (const file of files) if (isImage(file)) yield file;
  }
}

/** The existing images that a list names; relative paths start at the list's folder. */
async function* imagesListed(
  list: string,
  { split, ground }: { split: SplitName; ground: Ground },
): AsyncGenerator<string> {
  const text = await readText(list, ground, { limit: MAX_LIST_BYTES }) ?? "";
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    if (ground.entriesLeft-- <= 0) return;
    const spelled = from(dirname(list), line.trim());
    const real = await realPath(spelled);
    if (!isBelow(real ?? resolve(spelled), ground.roots)) throw outside(ground, split);
    if (real !== undefined) yield resolve(spelled);
  }
}

async function take<T>(items: AsyncIterable<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  for await (const item of items) {
    if (taken.push(item) >= count) break;
  }
  return taken;
}

/** Reads the labels of at most `limit` images, evenly spread over all, and adds to the tallies. */
async function readLabels(
  tallies: Tally[],
  { rules, limit, ground }: { rules: RowRules; limit: number; ground: Ground },
): Promise<{ columns: Set<number>; candidates: Candidate[]; total: number }> {
  const all = tallies.flatMap((tally) => tally.images.map((image) => ({ tally, image })));
  const read = Math.min(limit, all.length);
  const columns = new Set<number>();
  const candidates: Candidate[] = [];
  for (let index = 0; index < read; index++) {
    const { tally, image } = all[Math.floor(index * all.length / read)]!;
    const rows = await readRows(image, { rules, ground });
    const classes = new Set(rows.map((row) => row.classIndex));
    candidates.push({ file: image, split: tally.name, classes: [...classes] });
    if (rows.length === 0) tally.withoutLabels++;
    for (const row of rows) {
      columns.add(row.columns);
      tally.classCounts[row.classIndex] = (tally.classCounts[row.classIndex] ?? 0) + 1;
    }
  }
  return { columns, candidates, total: all.length };
}

/** Names for classes that are only known from label rows, as Ultralytics makes them. */
function numbered(tallies: Tally[]): string[] {
  const length = Math.max(...tallies.map((tally) => tally.classCounts.length));
  return Array.from({ length }, (_, index) => `class_${index}`);
}

function imagesWithoutLabels({ name, withoutLabels }: Tally): Problem[] {
  if (withoutLabels === 0) return [];
  return [{ key: "images_without_labels", split: name, count: withoutLabels }];
}
