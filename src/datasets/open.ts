import { resolve } from "node:path";
import type { Dataset, Datasets } from "../domain/catalog/dataset.ts";
import { DomainError } from "../domain/kernel/errors.ts";
import { openWorker } from "../worker_client.ts";
import type { DatasetReader } from "./read.ts";
import { refusedDataset } from "./reading.ts";

/** A look reads a few hundred files, an image is one file: slower than this, the disk hangs. */
const LOOK_MS = 10_000;
/** An inspection walks up to 200,000 entries and reads up to 64 MiB of annotations. */
const INSPECT_MS = 60_000;
/** Each may need several hundred MiB; two, so that one that hangs does not hold up all others. */
const MAX_INSPECTIONS = 2;
/** Parsing the largest annotations that are read, 64 MiB, takes less than 600. */
const WORKER_HEAP_MB = 1024;

/** How long after it was asked for an answer of `find` is reused. */
const MAX_AGE_MS = 1000;
const MAX_REMEMBERED = 100;

export interface DatasetsClient extends Datasets {
  /** Starts the worker ahead of the first question. */
  start(): void;
  /** Ends the worker. Later questions fail. */
  close(): Promise<void>;
}

/**
 * The datasets below some folders, read in a worker that the first question starts. All methods throw
 * a `DomainError` `unavailable` when the worker fails or takes too long, except that a list contains
 * such a dataset as refused.
 */
export function openDatasets(
  folders: string[],
  { lookMs = LOOK_MS, inspectMs = INSPECT_MS }: { lookMs?: number; inspectMs?: number } = {},
): DatasetsClient {
  const worker = openWorker<DatasetReader>(
    new URL("./worker.ts", import.meta.url),
    {
      what: "datasets",
      data: { folders: folders.map((folder) => resolve(folder)) },
      heapMb: WORKER_HEAP_MB,
    },
  );
  const find = share(remember((path) => worker.ask("find", [path], { deadlineMs: lookMs })));
  const listFolders = share(async () => {
    const datasets: Dataset[] = [];
    for (const path of await worker.ask("folders", [], { deadlineMs: lookMs })) {
      const dataset = await find(path).catch((error) => refusedInList(path, error));
      // It may have been removed in the meantime.
      if (dataset) datasets.push(dataset);
    }
    return datasets;
  });
  return {
    async list() {
      const datasets = await listFolders("");
      return datasets.filter(({ refusal }) => refusal?.key !== "dataset_unrecognised");
    },
    listFolders: () => listFolders(""),
    find,
    inspect: share(
      limit(MAX_INSPECTIONS, (path) => worker.ask("inspect", [path], { deadlineMs: inspectMs })),
    ),
    image: (path) => worker.ask("image", [path], { deadlineMs: lookMs }),
    start: worker.start,
    close: worker.close,
  };
}

/** A dataset that makes the worker hang or fail must not take the others off the list. */
function refusedInList(path: string, error: unknown): Dataset {
  if (!(error instanceof DomainError && error.code === "unavailable")) throw error;
  const reason = "reading it failed or took too long";
  const problem = { key: "dataset_unreadable", dataset_path: path, reason } as const;
  return refusedDataset(path, { problem });
}

/** Callers that ask for the same while it is under way share one answer. */
function share<T>(work: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const underWay = new Map<string, Promise<T>>();
  return (key) => {
    const known = underWay.get(key);
    if (known) return known;
    const answer = work(key).finally(() => underWay.delete(key));
    underWay.set(key, answer);
    return answer;
  };
}

/** Runs at most `max` at once; the others wait, in order. */
function limit<T>(max: number, work: (key: string) => Promise<T>): (key: string) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (key) => {
    if (running === max) await new Promise<void>((begin) => waiting.push(begin));
    else running++;
    try {
      return await work(key);
    } finally {
      const begin = waiting.shift();
      if (begin) begin();
      else running--;
    }
  };
}

/**
 * Reuses what was found for a second, so that creating jobs by the thousand does not ask the worker
 * for each. Refused and missing datasets are not remembered: people repair them and try again.
 */
function remember(
  find: (path: string) => Promise<Dataset | undefined>,
): (path: string) => Promise<Dataset | undefined> {
  const remembered = new Map<string, { dataset: Dataset; askedAt: number }>();
  return async (path) => {
    const askedAt = performance.now();
    const known = remembered.get(path);
    if (known && askedAt - known.askedAt < MAX_AGE_MS) return known.dataset;
    const dataset = await find(path);
    remembered.delete(path);
    if (!dataset || dataset.refusal) return dataset;
    remembered.set(path, { dataset, askedAt });
    if (remembered.size > MAX_REMEMBERED) remembered.delete(remembered.keys().next().value!);
    return dataset;
  };
}
