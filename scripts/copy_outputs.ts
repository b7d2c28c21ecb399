import { setTimeout as delay } from "node:timers/promises";
import { loadVolumeLocation } from "../src/config.ts";
import { StartupError } from "../src/domain/kernel/errors.ts";
import type { OutputFile, Volume } from "../src/domain/outputs/volume.ts";
import { openVolume, type VolumeLocation } from "../src/volume/open.ts";
import { clearProgress, oneLine, parseFromTo, showProgress } from "./copying.ts";

const USAGE = "usage: deno task copy-outputs --from file:./outputs --to s3://…";

/** Files copied at once. */
const CONCURRENCY = 8;
/** Per file, in case a disk or bucket is out of reach for a moment. */
const ATTEMPTS = 3;

interface Place {
  volume: Volume;
  kind: VolumeLocation["kind"];
  /** Its address without secrets. */
  shown: string;
}

interface Sides {
  source: Place;
  target: Place;
}

/** Files and directories by output directory. */
type Listing = Map<string, OutputFile[]>;

interface Summary {
  copied: number;
  copiedBytes: number;
  skipped: number;
  /** `output_dir/path` of links, which are not copied. */
  links: Set<string>;
}

/**
 * Copies every output directory to another volume. Run again after an interruption, it skips files
 * that are there with the same size and content.
 */
try {
  const { from, to } = parseFromTo(Deno.args, USAGE);
  const source = await openPlace(from, "--from");
  const target = await openPlace(to, "--to");
  await checkReachable({ source, target });

  const start = performance.now();
  const listing = await listAll(source);
  const summary = await copyVerified(listing, { source, target });
  await Promise.all([source.volume.close(), target.volume.close()]);
  const seconds = (performance.now() - start) / 1000;

  clearProgress();
  for (const link of summary.links) console.error(`not copied, as it is a link: ${link}`);
  console.log(
    `copied ${summary.copied} files (${
      megabytes(summary.copiedBytes)
    }) of ${listing.size} output ` +
      `directories from ${source.shown} to ${target.shown} in ${seconds.toFixed(1)} s; ` +
      `${summary.skipped} were there already; paths and sizes agree`,
  );
} catch (error) {
  clearProgress();
  console.error(oneLine(error));
  Deno.exit(1);
}

async function copyVerified(listing: Listing, sides: Sides): Promise<Summary> {
  const summary = await copyAll(listing, sides);
  await verify([...listing.keys()], { ...sides, links: summary.links });
  return summary;
}

async function openPlace(url: string, option: string): Promise<Place> {
  try {
    const location = loadVolumeLocation({ ...Deno.env.toObject(), OUTPUTS_URL: url });
    const shown = location.kind === "local"
      ? location.root
      : `s3://${location.bucket}/${location.prefix}`;
    return { volume: await openVolume(location), kind: location.kind, shown };
  } catch (error) {
    if (!(error instanceof StartupError)) throw error;
    // The message names the variable that settings usually come from.
    throw new StartupError(error.message.replace("OUTPUTS_URL", option), { cause: error });
  }
}

async function checkReachable({ source, target }: Sides): Promise<void> {
  // `ping` would make the folder, and a mistyped name would look like nothing to copy.
  if (source.kind === "local" && !await isDirectory(source.shown)) {
    throw new StartupError(`--from: there is no folder ${source.shown}`);
  }
  await target.volume.ping().catch((error) => {
    throw new Error(`--to: nothing can be written to ${target.shown}: ${oneLine(error)}`);
  });
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function listAll({ volume, shown }: Place): Promise<Listing> {
  const listing: Listing = new Map();
  try {
    for await (const outputDir of volume.directories()) {
      listing.set(outputDir, await volume.list(outputDir) ?? []);
      showProgress(`${listing.size} output directories found`);
    }
  } catch (error) {
    throw new Error(`--from: ${shown} cannot be listed: ${oneLine(error)}`);
  }
  return listing;
}

async function copyAll(listing: Listing, sides: Sides): Promise<Summary> {
  const summary: Summary = { copied: 0, copiedBytes: 0, skipped: 0, links: new Set() };
  const total = [...listing.values()].flat().filter(isFile).length;
  const tasks = fileTasks(listing, sides.target);
  const workers = Array.from({ length: CONCURRENCY }, async () => {
    // All workers take from one generator; the first failure ends the copy.
    for await (const { outputDir, file, there } of tasks) {
      try {
        await copyFile(file, { ...sides, outputDir, there, summary });
      } catch (error) {
        throw new Error(
          `${outputDir}/${file.path}: ${oneLine(error)}; run the task again to go on`,
        );
      }
      const done = summary.copied + summary.skipped + summary.links.size;
      showProgress(`${done} / ${total} files, ${megabytes(summary.copiedBytes)} copied`);
    }
  });
  await Promise.all(workers);
  return summary;
}

interface FileTask {
  outputDir: string;
  file: OutputFile;
  /** The target's file of the same path. */
  there: OutputFile | undefined;
}

/** Makes each output directory in the target, then yields its files. */
async function* fileTasks(listing: Listing, { volume }: Place): AsyncGenerator<FileTask> {
  for (const [outputDir, files] of listing) {
    const there = new Map<string, OutputFile>();
    try {
      await volume.reserve(outputDir);
      for (const file of await volume.list(outputDir) ?? []) there.set(file.path, file);
      for (const { path } of files) {
        if (path.endsWith("/") && !there.has(path)) await volume.makeDirectory(outputDir, path);
      }
    } catch (error) {
      throw new Error(`${outputDir}: ${oneLine(error)}; run the task again to go on`);
    }
    for (const file of files.filter(isFile)) {
      yield { outputDir, file, there: there.get(file.path) };
    }
  }
}

type FileOptions = Sides & Omit<FileTask, "file"> & { summary: Summary };

async function copyFile({ path, size }: OutputFile, options: FileOptions): Promise<void> {
  const { source, target, outputDir, there, summary } = options;
  for (let attempt = 1;; attempt++) {
    try {
      if (there?.size === size && await isSame(path, options)) {
        summary.skipped++;
        return;
      }
      const found = await source.volume.read(outputDir, path);
      if (found) {
        await target.volume.write(outputDir, { path, size, content: found.body });
        summary.copied++;
        summary.copiedBytes += size;
      } else {
        summary.links.add(`${outputDir}/${path}`);
      }
      return;
    } catch (error) {
      // An invalid path stays invalid.
      if (attempt === ATTEMPTS || error instanceof TypeError) throw error;
      await delay(attempt * 1000);
    }
  }
}

/** A rewritten checkpoint has the same size. Where a bucket knows no MD5, the size has to do. */
async function isSame(path: string, { source, target, outputDir }: FileOptions): Promise<boolean> {
  const there = await target.volume.md5(outputDir, path);
  if (there === undefined) return true;
  const here = await source.volume.md5(outputDir, path);
  return here === undefined || here === there;
}

/** Lists both again: the target must have what the source has, and no other file. */
async function verify(
  outputDirs: string[],
  { source, target, links }: Sides & { links: Set<string> },
): Promise<void> {
  for (const [i, outputDir] of outputDirs.entries()) {
    showProgress(`${i} / ${outputDirs.length} output directories verified`);
    const files = await source.volume.list(outputDir) ?? [];
    const there = await target.volume.list(outputDir) ?? [];
    const sizes = new Map(there.map(({ path, size }) => [path, size]));
    for (const { path, size } of files) {
      if (!links.has(`${outputDir}/${path}`) && sizes.get(path) !== size) {
        throw new Error(
          `${outputDir}/${path} has ${size} bytes but ${
            sizes.get(path) ?? "none"
          } at ${target.shown}; run the task again when nothing writes to it`,
        );
      }
    }
    const paths = new Set(files.map(({ path }) => path));
    const strange = there.find((file) => isFile(file) && !paths.has(file.path));
    if (strange) {
      throw new Error(`${outputDir}/${strange.path} is at ${target.shown} but not at the source`);
    }
  }
}

function isFile({ path }: OutputFile): boolean {
  return !path.endsWith("/");
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
