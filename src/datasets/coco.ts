import { basename, isAbsolute, join, relative } from "node:path";
import { z } from "zod";
import type { Split } from "../domain/catalog/dataset.ts";
import type { Problem } from "../domain/kernel/errors.ts";
import type { TaskType } from "../domain/catalog/task.ts";
import { type Ground, type Look, outside, type Reading, unreadable } from "./reading.ts";
import { type Candidate, chooseSamples } from "./samples.ts";
import { SPLIT_NAMES, type SplitName } from "./splits.ts";
import { entriesOf, filesBelow, isImage, nameOf, readText } from "./walk.ts";

/** Parsing takes ten times the memory and blocks the worker: larger annotations stay unread. */
const MAX_BYTES = 64 * 2 ** 20;

const Id = z.union([z.number(), z.string()]);
const Annotations = z.object({
  images: z.array(z.object({ id: Id, file_name: z.string() })),
  categories: z.array(z.object({ id: z.number(), name: z.string() })).default([]),
  annotations: z.array(z.object({
    image_id: Id,
    /** Captions have none. */
    category_id: z.number().optional(),
    bbox: z.unknown().optional(),
    /** Polygons are a list; an object is a run-length mask. */
    segmentation: z.unknown().optional(),
    keypoints: z.unknown().optional(),
  })).default([]),
});

interface AnnotationFile extends z.infer<typeof Annotations> {
  name: string;
  split: SplitName;
}

/** Reads `annotations/*.json` with images anywhere beside it. */
export async function readCoco(ground: Ground, look: Look): Promise<Reading | undefined> {
  const paths: string[] = [];
  for await (const entry of entriesOf(join(ground.folder, "annotations"), ground)) {
    if (!entry.isFolder && /\.json$/i.test(entry.name)) paths.push(entry.path);
  }
  if (paths.length === 0 || !(await hasImages(ground))) return undefined;

  const sizes = await Promise.all(paths.map(async (path) => (await Deno.stat(path)).size));
  if (sizes.reduce((sum, size) => sum + size) > MAX_BYTES) {
    return {
      task_types: ["detection", "instance_segmentation"],
      num_classes: null,
      class_names: [],
      splits: [],
      warnings: [],
      samples: [],
    };
  }
  const files: AnnotationFile[] = [];
  for (const path of paths) files.push(await readAnnotations(path, ground));
  const categories = categoriesOf(files, ground);
  const { splits, warnings, candidates } = count(files, {
    categories: [...categories.keys()],
    ground,
  });
  return {
    task_types: taskTypesOf(files),
    num_classes: categories.size,
    class_names: [...categories.values()],
    splits,
    warnings,
    samples: look === "close" ? await locate(chooseSamples(candidates), ground) : [],
  };
}

async function hasImages(ground: Ground): Promise<boolean> {
  for await (const file of filesBelow(ground.folder, ground)) if (isImage(file)) return true;
  return false;
}

async function readAnnotations(path: string, ground: Ground): Promise<AnnotationFile> {
  const name = nameOf(path, ground);
  const split = SPLIT_NAMES.find((split) => name.toLowerCase().includes(split)) ?? "train";
  const text = await readText(path, ground, { limit: MAX_BYTES });
  const annotations = Annotations.safeParse(parseJson(text));
  if (!annotations.success) throw unreadable(ground, `${name} is not a COCO annotation file`);
  const { images } = annotations.data;
  if (images.some((image) => leadsOut(image.file_name))) throw outside(ground, split);
  return { ...annotations.data, name, split };
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}

/** Trainers append the name to a folder of images, so it must stay below it. */
function leadsOut(fileName: string): boolean {
  return isAbsolute(fileName) || fileName.split(/[/\\]/).includes("..");
}

/** Names by id, ordered by id, as trainers number the classes. */
function categoriesOf(files: AnnotationFile[], ground: Ground): Map<number, string> {
  const categories = files.flatMap((file) => file.categories);
  if (categories.length === 0) throw unreadable(ground, "annotations name no categories");
  categories.sort((one, other) => one.id - other.id);
  return new Map(categories.map(({ id, name }) => [id, name]));
}

function taskTypesOf(files: AnnotationFile[]): TaskType[] {
  const carry = (member: "segmentation" | "keypoints") =>
    files.some((file) =>
      file.annotations.some(({ [member]: value }) => Array.isArray(value) && value.length > 0)
    );
  const types: TaskType[] = ["detection"];
  if (carry("segmentation")) types.push("instance_segmentation", "semantic_segmentation");
  if (carry("keypoints")) types.push("pose_estimation");
  return types;
}

function count(
  files: AnnotationFile[],
  { categories, ground }: { categories: number[]; ground: Ground },
): { splits: Split[]; warnings: Problem[]; candidates: Candidate[] } {
  const candidates: Candidate[] = [];
  const splits: Split[] = [];
  const warnings: Problem[] = [];
  for (const name of SPLIT_NAMES) {
    const ofSplit = files.filter((file) => file.split === name);
    if (ofSplit.length === 0) continue;
    const images = new Set(ofSplit.flatMap((file) => file.images.map((image) => image.file_name)));
    const instances = ofSplit.flatMap((file) => instancesOf(file, { categories, ground }));
    // The instances file and the keypoints file of a split contain the same instances.
    const distinct = new Map(instances.map((instance) => [JSON.stringify(instance), instance]));
    const counts = categories.map(() => 0);
    for (const { category } of distinct.values()) counts[category]!++;
    splits.push({ name, images: images.size, class_counts: counts });

    const classes = new Map([...images].map((image) => [image, new Set<number>()]));
    for (const { image, category } of instances) classes.get(image)!.add(category);
    for (const [file, of] of classes) candidates.push({ file, split: name, classes: [...of] });
    const without = [...classes.values()].filter((of) => of.size === 0).length;
    if (without > 0) warnings.push({ key: "images_without_labels", split: name, count: without });
  }
  return { splits, warnings, candidates };
}

/** Finds the files that annotations name, in any folder, preferably one named after the split. */
async function locate(candidates: Candidate[], ground: Ground): Promise<Candidate[]> {
  const names = new Set(candidates.map(({ file }) => basename(file)));
  const files: string[] = [];
  // On a copy of the ground: this walk must not use up the entries left for counting.
  for await (const file of filesBelow(ground.folder, { ...ground })) {
    if (names.has(basename(file))) files.push(file);
  }
  return candidates.flatMap((candidate) => {
    const named = files.filter((file) => file.endsWith(`/${candidate.file}`));
    const file = named.find((file) => relative(ground.folder, file).includes(candidate.split)) ??
      named[0];
    return file === undefined ? [] : [{ ...candidate, file }];
  });
}

interface Instance {
  image: string;
  category: number;
  bbox: unknown;
}

function instancesOf(
  file: AnnotationFile,
  { categories, ground }: { categories: number[]; ground: Ground },
): Instance[] {
  const images = new Map(file.images.map((image) => [image.id, image.file_name]));
  const indexes = new Map(categories.map((id, index) => [id, index]));
  const instances: Instance[] = [];
  for (const { image_id, category_id, bbox } of file.annotations) {
    if (category_id === undefined) continue;
    const image = images.get(image_id);
    const category = indexes.get(category_id);
    if (image === undefined) throw unreadable(ground, `${file.name} lacks image ${image_id}`);
    if (category === undefined) {
      throw unreadable(ground, `${file.name} lacks category ${category_id}`);
    }
    instances.push({ image, category, bbox });
  }
  return instances;
}
