import { observeInThread } from "../disk.ts";
import { basename, join, relative, resolve } from "node:path";
import type {
  Dataset,
  DatasetFormat,
  Datasets,
  InspectedDataset,
  SampleImage,
} from "../domain/catalog/dataset.ts";
import type { Problem } from "../domain/kernel/errors.ts";
import { readCoco } from "./coco.ts";
import { confine, isBelow, isFile, type Place, type Root } from "./confine.ts";
import { openDataYaml } from "./data_yaml.ts";
import { rememberGlances, takeTurns } from "./glances.ts";
import { observe } from "./observe.ts";
import { isShowable, readImage } from "./image.ts";
import { readImagefolder } from "./imagefolder.ts";
import { type Ground, type Look, type Reading, Refusal, unreadable } from "./reading.ts";
import type { Candidate } from "./samples.ts";
import { byCodePoint } from "./walk.ts";
import { weakSpots } from "./warnings.ts";
import { readYolo } from "./yolo.ts";

const MAX_ENTRIES = 200_000;

type Reader = (ground: Ground, look: Look) => Promise<Reading | undefined>;

/** In the order of recognition: the first that finds its format has it. */
const READERS: [DatasetFormat, Reader][] = [
  ["imagefolder", readImagefolder],
  ["coco", readCoco],
  ["yolo", readYolo],
];

/** The datasets below folders that exist. */
export function openDatasets(folders: string[]): Datasets {
  const roots = folders.map((folder) => ({
    path: resolve(folder),
    real: Deno.realPathSync(folder),
  }));
  const glances = rememberGlances(async (path, { leads, seen }) => {
    const place = await confine(path, roots, { leads });
    return place && { real: place.real, dataset: await glanceAt(place, { roots, seen }) };
  });
  return {
    async list() {
      const folders = await glanceAtAll();
      return folders.filter((dataset) => dataset.refusal?.key !== "dataset_unrecognised");
    },
    listFolders: glanceAtAll,
    find: takeTurns((path) => glances.at(path, observeInThread)),
    async inspect(path) {
      const place = await confine(path, roots);
      return place && await look(place, { roots, how: "close", seen: new Set() });
    },
    async image(path) {
      const place = await confine(path, roots, { is: ({ real }) => isFile(real) });
      return place && await readImage(place.real);
    },
  };

  async function glanceAtAll(): Promise<Dataset[]> {
    const datasets: Dataset[] = [];
    for (const { path } of await placesIn(roots)) {
      const dataset = await glances.at(path, observe);
      // It may have gone since.
      if (dataset) datasets.push(dataset);
    }
    return datasets;
  }
}

/** The folders directly below the roots, by name; absolute where an earlier root has the name. */
async function placesIn(roots: Root[]): Promise<Place[]> {
  const places = new Map<string, Place>();
  for (const root of roots) {
    for await (const { name } of Deno.readDir(root.path)) {
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

async function glanceAt(
  place: Place,
  { roots, seen }: { roots: Root[]; seen: Set<string> },
): Promise<Dataset> {
  const found = await look(place, { roots, how: "glance", seen });
  const { splits: _, warnings: __, samples: ___, ...dataset } = found;
  return dataset;
}

async function look(
  { path, real }: Place,
  { roots, how, seen }: { roots: Root[]; how: Look; seen: Set<string> },
): Promise<InspectedDataset> {
  const unknown: InspectedDataset = {
    path,
    name: basename(path),
    format: null,
    task_types: [],
    num_classes: null,
    class_names: [],
    refusal: { key: "dataset_unrecognised", dataset_path: path },
    splits: [],
    warnings: [],
    samples: [],
  };
  for (const [format, read] of READERS) {
    const ground = {
      path,
      folder: real,
      roots: roots.map((root) => root.real),
      entriesLeft: MAX_ENTRIES,
      seen,
    };
    try {
      const reading = await read(ground, how);
      if (!reading) continue;
      // Whatever the format: a trainer given the folder may still find its data.yaml.
      await openDataYaml(ground);
      const warnings = doubts(reading, ground);
      const samples = await Promise.all(
        reading.samples.map((sample) => toSampleImage(sample, { reading, ground, roots })),
      );
      return { ...unknown, ...reading, format, refusal: null, warnings, samples };
    } catch (error) {
      if (error instanceof Refusal) return { ...unknown, format, refusal: error.problem };
      if (!isSystemError(error)) throw error;
      const reason = `a file or folder could not be read (${error.code})`;
      return { ...unknown, refusal: unreadable(ground, reason).problem };
    }
  }
  return unknown;
}

async function toSampleImage(
  { file, split, classes }: Candidate,
  { reading, ground, roots }: { reading: Reading; ground: Ground; roots: Root[] },
): Promise<SampleImage> {
  // Images may lie below another folder of the roots: an absolute path names those.
  const path = isBelow(file, [ground.folder])
    ? join(ground.path, relative(ground.folder, file))
    : file;
  const class_names = classes.map((index) => reading.class_names[index]!);
  const place = await confine(path, roots, { is: ({ real }) => isFile(real) });
  const showable = place !== undefined && await isShowable(place.real);
  return { path, split, class_names, showable };
}

function doubts(reading: Reading, ground: Ground): Problem[] {
  // Counts cut short by the limit would raise doubts of their own.
  const spots = ground.entriesLeft < 0 ? [] : weakSpots(reading);
  return [...spots, ...reading.warnings];
}

/** Whether the file system said no: to one dataset, which must not hide the others. */
function isSystemError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && "code" in error && typeof error.code === "string";
}
