import type { Split } from "../domain/catalog/dataset.ts";
import type { Ground, Look, Reading } from "./reading.ts";
import { type Candidate, chooseSamples, SAMPLE_COUNT } from "./samples.ts";
import { SPLIT_NAMES, type SplitName, splitOfFolder } from "./splits.ts";
import { byCodePoint, entriesOf, type Entry, filesBelow, isImage } from "./walk.ts";

/** Folders of the other formats; never classes. */
const RESERVED = ["images", "labels", "annotations"];
/** With one of these a folder is another format's, unless its `train/` holds classes. */
const FOREIGN = ["labels", "annotations", "data.yaml", "data.yml"];

type ClassFolders = Map<SplitName, Entry[]>;

/** Reads `train/<class>/*.jpg`, or `<class>/*.jpg`, whose images are all for training. */
export async function readImagefolder(ground: Ground, look: Look): Promise<Reading | undefined> {
  const folders = await classFolders(ground);
  if (!folders) return undefined;
  const names = [...folders.values()].flat().map((folder) => folder.name);
  const classNames = [...new Set(names)].sort(byCodePoint);
  const { splits, candidates } = look === "close"
    ? await countImages(folders, { classNames, ground })
    : { splits: [], candidates: [] };
  return {
    task_types: ["image_classification"],
    num_classes: classNames.length,
    class_names: classNames,
    splits,
    warnings: [],
    samples: chooseSamples(candidates),
  };
}

/**
 * The class folders of each split. Once one holds an image, all are classes, also empty ones:
 * so the trainers number them.
 */
async function classFolders(ground: Ground): Promise<ClassFolders | undefined> {
  const entries = await Array.fromAsync(entriesOf(ground.folder, ground));
  const folders = entries.filter((entry) => entry.isFolder);
  const splits: ClassFolders = new Map();
  for (const split of SPLIT_NAMES) {
    const ofSplit = folders.filter((folder) => splitOfFolder(folder.name) === split);
    const classes = await classesIn(ofSplit, ground);
    if (classes.length > 0) splits.set(split, classes);
  }
  if (await someHoldImages(splits.get("train") ?? [], ground)) return splits;

  if (entries.some((entry) => FOREIGN.includes(entry.name))) return undefined;
  const classes = folders.filter((folder) => isClass(folder) && !splitOfFolder(folder.name));
  return await someHoldImages(classes, ground) ? new Map([["train", classes]]) : undefined;
}

async function classesIn(folders: Entry[], ground: Ground): Promise<Entry[]> {
  const classes: Entry[] = [];
  for (const folder of folders) {
    for await (const entry of entriesOf(folder.path, ground)) {
      if (isClass(entry)) classes.push(entry);
    }
  }
  return classes;
}

function isClass(entry: Entry): boolean {
  return entry.isFolder && !RESERVED.includes(entry.name);
}

async function someHoldImages(folders: Entry[], ground: Ground): Promise<boolean> {
  for (const folder of folders) {
    for await (const entry of entriesOf(folder.path, ground)) {
      if (!entry.isFolder && isImage(entry.path)) return true;
    }
  }
  return false;
}

async function countImages(
  folders: ClassFolders,
  { classNames, ground }: { classNames: string[]; ground: Ground },
): Promise<{ splits: Split[]; candidates: Candidate[] }> {
  const splits: Split[] = [];
  const candidates: Candidate[] = [];
  for (const [split, classes] of folders) {
    const counts = classNames.map(() => 0);
    let images = 0;
    for (const { path, name } of classes) {
      const index = classNames.indexOf(name);
      for await (const file of filesBelow(path, ground)) {
        if (!isImage(file)) continue;
        // The first of each class are choice enough.
        if (counts[index]! < SAMPLE_COUNT) candidates.push({ file, split, classes: [index] });
        counts[index]!++;
        images++;
      }
    }
    splits.push({ name: split, images, class_counts: counts });
  }
  return { splits, candidates };
}
