import { basename, join, relative } from "node:path";
import type {
  Dataset,
  DatasetFormat,
  ImageFile,
  InspectedDataset,
  SampleImage,
} from "../domain/catalog/dataset.ts";
import type { Problem } from "../domain/kernel/errors.ts";
import { readCoco } from "./coco.ts";
import { confine, isBelow, isFile, type Place, realPath, type Root } from "./confine.ts";
import { openDataYaml } from "./data_yaml.ts";
import { isShowable, readImage } from "./image.ts";
import { readImagefolder } from "./imagefolder.ts";
import {
  type Ground,
  type Look,
  type Reading,
  Refusal,
  refusedDataset,
  unreadable,
} from "./reading.ts";
import type { Candidate } from "./samples.ts";
import { byCodePoint } from "./walk.ts";
import { weakSpots } from "./warnings.ts";
import { readYolo } from "./yolo.ts";

const MAX_ENTRIES = 200_000;

type Reader = (ground: Ground, look: Look) => Promise<Reading | undefined>;

/** In the order of recognition: the first reader that finds its format wins. */
const READERS: [DatasetFormat, Reader][] = [
  ["imagefolder", readImagefolder],
  ["coco", readCoco],
  ["yolo", readYolo],
];

/** Reads the datasets below some roots. Runs in the worker; `openDatasets` asks it from outside. */
export type DatasetReader = {
  /** The paths of all folders directly below a root that can be read, ordered by folder name. */
  folders(): Promise<string[]>;
  /** See `Datasets` for these. */
  find(path: string): Promise<Dataset | undefined>;
  inspect(path: string): Promise<InspectedDataset | undefined>;
  image(path: string): Promise<ImageFile | undefined>;
};

/** `folders`: the roots' absolute paths. */
export function readDatasets(folders: readonly string[]): DatasetReader {
  return {
    async folders() {
      const places = await placesIn(await reachable(folders));
      return places.map(({ path }) => path);
    },
    async find(path) {
      const found = await look(path, "glance");
      if (!found) return undefined;
      const { splits: _, warnings: __, samples: ___, ...dataset } = found;
      return dataset;
    },
    inspect: (path) => look(path, "close"),
    async image(path) {
      const roots = await reachable(folders);
      const place = await confine(path, roots, { is: ({ real }) => isFile(real) });
      return place && await readImage(place.real);
    },
  };

  async function look(path: string, how: Look): Promise<InspectedDataset | undefined> {
    const roots = await reachable(folders);
    const place = await confine(path, roots);
    return place && await recognise(place, { roots, how });
  }
}

/** The roots that exist now: an unmounted one must not hide the others. */
async function reachable(folders: readonly string[]): Promise<Root[]> {
  const roots = await Promise.all(
    folders.map(async (path) => ({ path, real: await realPath(path) })),
  );
  return roots.filter((root): root is Root => root.real !== undefined);
}

/** The folders directly below the roots, by name; absolute where an earlier root has the name. */
async function placesIn(roots: Root[]): Promise<Place[]> {
  const places = new Map<string, Place>();
  for (const root of roots) {
    for (const name of await namesIn(root.path)) {
      if (name.startsWith(".")) continue;
      const own = await confine(join(root.path, name), roots);
      if (!own) continue;
      const named = await confine(name, roots);
      const place = named?.real === own.real ? named : own;
      places.set(place.path, place);
    }
  }
  return [...places.values()].sort((one, other) =>
    byCodePoint(basename(one.path), basename(other.path))
  );
}

/** None where the root cannot be listed: it must not hide the others. */
async function namesIn(root: string): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(root));
    return entries.map(({ name }) => name);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return [];
  }
}

async function recognise(
  { path, real }: Place,
  { roots, how }: { roots: Root[]; how: Look },
): Promise<InspectedDataset> {
  const refused = (problem: Problem, format: DatasetFormat | null): InspectedDataset => ({
    ...refusedDataset(path, { problem, format }),
    splits: [],
    warnings: [],
    samples: [],
  });
  for (const [format, read] of READERS) {
    const ground = {
      path,
      folder: real,
      roots: roots.map((root) => root.real),
      entriesLeft: MAX_ENTRIES,
    };
    try {
      const reading = await read(ground, how);
      if (!reading) continue;
      // In every format: a trainer given the folder may still execute its data.yaml.
      await openDataYaml(ground);
      const warnings = doubts(reading, ground);
      const samples = await Promise.all(
        reading.samples.map((sample) => toSampleImage(sample, { reading, ground, roots })),
      );
      return { path, name: basename(path), ...reading, format, refusal: null, warnings, samples };
    } catch (error) {
      if (error instanceof Refusal) return refused(error.problem, format);
      if (!isSystemError(error)) throw error;
      const reason = `a file or folder could not be read (${error.code})`;
      return refused(unreadable(ground, reason).problem, null);
    }
  }
  return refused({ key: "dataset_unrecognised", dataset_path: path }, null);
}

async function toSampleImage(
  { file, split, classes }: Candidate,
  { reading, ground, roots }: { reading: Reading; ground: Ground; roots: Root[] },
): Promise<SampleImage> {
  // Images may lie in another folder below the roots: those are named by their absolute path.
  const path = isBelow(file, [ground.folder])
    ? join(ground.path, relative(ground.folder, file))
    : file;
  const class_names = classes.map((index) => reading.class_names[index]!);
  const place = await confine(path, roots, { is: ({ real }) => isFile(real) });
  const showable = place !== undefined && await isShowable(place.real);
  return { path, split, class_names, showable };
}

function doubts(reading: Reading, ground: Ground): Problem[] {
  // Counts that the limit of entries cut short would cause false warnings.
  const spots = ground.entriesLeft < 0 ? [] : weakSpots(reading);
  return [...spots, ...reading.warnings];
}

/** Whether the file system reported it: a fault of one dataset or root, not of this code. */
function isSystemError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}
