import { basename, join, resolve } from "node:path";
import type { Dataset, DatasetFormat, Datasets, InspectedDataset } from "../domain/dataset.ts";
import type { Problem } from "../domain/errors.ts";
import { readCoco } from "./coco.ts";
import { confine, type Place, type Root } from "./confine.ts";
import { openDataYaml } from "./data_yaml.ts";
import { rememberGlances, takeTurns } from "./glances.ts";
import { readImagefolder } from "./imagefolder.ts";
import { type Ground, type Look, type Reading, Refusal, unreadable } from "./reading.ts";
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
  const glance = rememberGlances((place, seen) => glanceAt(place, { roots, seen }));
  return {
    async list() {
      const places = await placesIn(roots);
      const datasets: Dataset[] = [];
      for (const place of places) datasets.push(await glance(place));
      return datasets.filter((dataset) => dataset.refusal?.key !== "dataset_unrecognised");
    },
    find: takeTurns(async (path) => {
      const place = await confine(path, roots);
      return place && await glance(place);
    }),
    async inspect(path) {
      const place = await confine(path, roots);
      return place && await look(place, { roots, how: "close", seen: new Set() });
    },
  };
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
  const { splits: _, warnings: __, ...dataset } = found;
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
      return { ...unknown, ...reading, format, refusal: null, warnings: doubts(reading, ground) };
    } catch (error) {
      if (error instanceof Refusal) return { ...unknown, format, refusal: error.problem };
      if (!isSystemError(error)) throw error;
      const reason = `a file or folder could not be read (${error.code})`;
      return { ...unknown, refusal: unreadable(ground, reason).problem };
    }
  }
  return unknown;
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
