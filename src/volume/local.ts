import { createHash } from "node:crypto";
import { rmdir } from "node:fs/promises";
import { join } from "node:path";
import { putAwayInThread, reserveInThread } from "../disk.ts";
import { DomainError } from "../domain/kernel/errors.ts";
import { OUTPUT_SUBDIRS, parseOutputDir } from "../domain/outputs/output_dir.ts";
import {
  exactly,
  isOutputDir,
  type OutputFile,
  parseOutputPath,
  type Volume,
} from "../domain/outputs/volume.ts";
import { SPARE_FOLDER } from "./reserve.ts";

/**
 * Output directories on a disk: `outputs/1/…` lives at `{root}/1/…`. `spare` are kept ready while many
 * are reserved. Who reserves must close it in the end.
 */
export function openLocalVolume(
  root: string,
  { spare = 0 }: { spare?: number } = {},
): Volume {
  let hasReserved = false;
  return {
    async reserve(outputDir) {
      const parts = parseOutputDir(outputDir);
      hasReserved = true;
      return await orUnavailable(() => reserveInThread({ root, ...parts, spare }));
    },

    async list(outputDir) {
      const { project, leaf } = parseOutputDir(outputDir);
      return await orUnavailable(async () => {
        const directory = await ownDirectory(root, { project, leaf });
        if (!directory) return undefined;
        const files: OutputFile[] = [];
        await collect(directory, { prefix: "", files });
        return files.sort((a, b) => a.path < b.path ? -1 : 1);
      });
    },

    async remove(outputDir) {
      const { project, leaf } = parseOutputDir(outputDir);
      await orUnavailable(async () => {
        // Who finds a part of it gone already is not alone in removing it, and looks again.
        while (true) {
          const directory = await ownDirectory(root, { project, leaf });
          if (!directory || await removeAll(directory)) return;
        }
      });
    },

    async removeEmpty(outputDir, { before }) {
      const { project, leaf } = parseOutputDir(outputDir);
      return await orUnavailable(async () => {
        const directory = await ownDirectory(root, { project, leaf });
        try {
          if (!directory || !await isEmptySince(directory, before)) return false;
        } catch (error) {
          // Another process removes it at the same time.
          if (error instanceof Deno.errors.NotFound) return false;
          throw error;
        }
        return await removeDirectories(directory);
      });
    },

    async tidy({ before }) {
      await orUnavailable(async () => {
        for (const name of await directoriesIn(root)) {
          const folder = join(root, name);
          if (SPARE_FOLDER.test(name)) await removeSpare(folder, { before });
        }
      });
    },

    async *directories() {
      for (const project of await directoriesIn(root)) {
        // One at a time: there may be a million.
        for await (const leaf of walk(join(root, project))) {
          const outputDir = `outputs/${project}/${leaf}`;
          if (isOutputDir(outputDir)) yield outputDir;
        }
      }
    },

    async read(outputDir, path) {
      const file = await openFile(outputDir, path);
      return file?.readable;
    },

    async md5(outputDir, path) {
      const file = await openFile(outputDir, path);
      if (!file) return undefined;
      return await orUnavailable(async () => {
        const hash = createHash("md5");
        for await (const chunk of file.readable) hash.update(chunk);
        return hash.digest("hex");
      });
    },

    async write(outputDir, { path, size, content }) {
      const parts = parseOutputPath(path);
      const { project, leaf } = parseOutputDir(outputDir);
      await orUnavailable(async () => {
        const directory = await makeDirectories({ project, leaf }, parts.slice(0, -1));
        // Beside the directories, where a write that was cut off is seen by nobody and found again by
        // the next of the same file.
        const name = createHash("sha256").update(`${outputDir}/${path}`).digest("hex").slice(0, 32);
        const temporary = join(root, `.write-${name}`);
        await writeAll(temporary, exactly(size, content));
        await Deno.rename(temporary, join(directory, parts.at(-1)!));
      });
    },

    async makeDirectory(outputDir, path) {
      const parts = parseOutputPath(path);
      const { project, leaf } = parseOutputDir(outputDir);
      await orUnavailable(() => makeDirectories({ project, leaf }, parts));
    },

    async ping() {
      await orUnavailable(async () => {
        await Deno.mkdir(root, { recursive: true });
        await Deno.remove(await Deno.makeTempDir({ dir: root, prefix: ".ping-" }));
      });
    },

    async close() {
      if (hasReserved) await putAwayInThread(root);
    },
  };

  /** `undefined`: there is no such file, or a link is on the way. */
  async function openFile(outputDir: string, path: string): Promise<Deno.FsFile | undefined> {
    const parts = parseOutputPath(path);
    const { project, leaf } = parseOutputDir(outputDir);
    return await orUnavailable(async () => {
      const directory = await ownDirectory(root, { project, leaf });
      if (!directory) return undefined;
      const file = join(directory, ...parts);
      try {
        const { isFile } = await Deno.lstat(file);
        return isFile && await Deno.realPath(file) === file ? await Deno.open(file) : undefined;
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return undefined;
        throw error;
      }
    });
  }

  /** Directories inside an output directory, each below the one before; answers the last's path. */
  async function makeDirectories(
    names: { project: string; leaf: string },
    parts: string[],
  ): Promise<string> {
    let directory = await ownDirectory(root, names);
    if (!directory) throw new Error("there is no such output directory");
    for (const part of parts) {
      directory = join(directory, part);
      if (await makeUnlessThere(directory)) continue;
      if (!(await Deno.lstat(directory)).isDirectory) throw new Error("a link is in the way");
    }
    return directory;
  }
}

/** `false`: something is there. */
async function makeUnlessThere(directory: string): Promise<boolean> {
  try {
    await Deno.mkdir(directory);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
}

/** `false`: a part of it was gone before this came to it. */
async function removeAll(directory: string): Promise<boolean> {
  try {
    await Deno.remove(directory, { recursive: true });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Whether it holds empty standard directories at most, all of them unchanged since `before`. */
async function isEmptySince(directory: string, before: Date): Promise<boolean> {
  const inside = await Array.fromAsync(Deno.readDir(directory));
  const isStandard = ({ name, isDirectory }: Deno.DirEntry) =>
    isDirectory && (OUTPUT_SUBDIRS as readonly string[]).includes(name);
  if (!inside.every(isStandard)) return false;
  for (const path of [directory, ...inside.map(({ name }) => join(directory, name))]) {
    const { mtime } = await Deno.lstat(path);
    if (mtime !== null && mtime >= before) return false;
    if (path !== directory && (await Array.fromAsync(Deno.readDir(path))).length > 0) return false;
  }
  return true;
}

/** A folder of spare directories in use changes all the time. */
async function removeSpare(folder: string, { before }: { before: Date }): Promise<void> {
  try {
    const { mtime } = await Deno.lstat(folder);
    if (mtime === null || mtime >= before) return;
    for (const name of await directoriesIn(folder)) await removeDirectories(join(folder, name));
    await rmdirIfThere(folder);
  } catch (error) {
    // Something has been put into it.
    if (!NOT_EMPTY.has((error as NodeJS.ErrnoException).code)) throw error;
  }
}

/** `rmdir` takes nothing but an empty directory; `false`: something has come into one, and whatever
 * was removed before is there again. */
async function removeDirectories(directory: string): Promise<boolean> {
  const removed: string[] = [];
  try {
    for (const name of OUTPUT_SUBDIRS) {
      const path = join(directory, name);
      if (await rmdirIfThere(path)) removed.push(path);
    }
    return await rmdirIfThere(directory);
  } catch (error) {
    for (const path of removed) await Deno.mkdir(path).catch(() => {});
    if (NOT_EMPTY.has((error as NodeJS.ErrnoException).code)) return false;
    throw error;
  }
}

const NOT_EMPTY = new Set<string | undefined>(["ENOTEMPTY", "EEXIST", "ENOTDIR"]);

async function rmdirIfThere(path: string): Promise<boolean> {
  try {
    await rmdir(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

/** The directory's real path, provided that no link on the way leads elsewhere. */
async function ownDirectory(
  root: string,
  { project, leaf }: { project: string; leaf: string },
): Promise<string | undefined> {
  try {
    const real = await Deno.realPath(join(root, project, leaf));
    return real === join(await Deno.realPath(root), project, leaf) ? real : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Links are named but neither measured nor followed. */
async function collect(
  directory: string,
  { prefix, files }: { prefix: string; files: OutputFile[] },
): Promise<void> {
  for await (const entry of Deno.readDir(directory)) {
    const path = prefix + entry.name;
    if (entry.isDirectory) {
      files.push({ path: `${path}/`, size: 0 });
      await collect(join(directory, entry.name), { prefix: `${path}/`, files });
    } else {
      const { size } = await Deno.lstat(join(directory, entry.name));
      files.push({ path, size });
    }
  }
}

async function directoriesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(walk(folder))).sort();
}

/** The names of the directories in a folder, if it is there. Links are none. */
async function* walk(folder: string): AsyncGenerator<string> {
  try {
    for await (const { name, isDirectory } of Deno.readDir(folder)) if (isDirectory) yield name;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw unavailable(error);
  }
}

/** Throws when another process writes the same file. */
async function writeAll(path: string, content: AsyncIterable<Uint8Array>): Promise<void> {
  using file = await Deno.open(path, { create: true, write: true });
  if (!await file.tryLock(true)) throw new Error("another process writes this file");
  await file.truncate();
  for await (const chunk of content) {
    // It may take a part at a time.
    for (let taken = 0; taken < chunk.length;) taken += await file.write(chunk.subarray(taken));
  }
  await file.syncData();
}

async function orUnavailable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw unavailable(cause);
  }
}

function unavailable(cause: unknown): DomainError {
  return new DomainError("unavailable", { key: "unavailable", what: "volume" }, { cause });
}
