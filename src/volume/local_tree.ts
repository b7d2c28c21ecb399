import { rmdir } from "node:fs/promises";
import { join } from "node:path";
import { OUTPUT_SUBDIRS } from "../domain/outputs/output_dir.ts";
import { comparePaths, type OutputFile } from "../domain/outputs/volume.ts";
import type { Call } from "./calls.ts";

/** `undefined` when the path does not exist, or no longer. */
export async function unlessGone<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    // The latter when a directory on the path is a file.
    const isGone = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory;
    if (isGone) return undefined;
    throw error;
  }
}

export function lookAt(path: string): Promise<Deno.FileInfo | undefined> {
  return unlessGone(() => Deno.lstat(path));
}

/** A directory that is there is no error; a link or a file is. */
export async function makeDirectory(call: Call, path: string): Promise<void> {
  if (await call(() => mkdirUnlessThere(path))) return;
  const found = await call(() => lookAt(path));
  if (!found?.isDirectory) throw new Error("a link or file is in the way");
}

async function mkdirUnlessThere(path: string): Promise<boolean> {
  try {
    await Deno.mkdir(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
}

/** Files and directories below a directory, sorted by path. Skips what disappears meanwhile. */
export async function* filesIn(
  call: Call,
  { directory, prefix, after, below = "" }: {
    directory: string;
    prefix: string;
    after: string;
    /** The directory's path, with which the paths inside start. */
    below?: string;
  },
): AsyncGenerator<OutputFile> {
  const entries = await call(() => unlessGone(() => Array.fromAsync(Deno.readDir(directory))));
  const found = (entries ?? [])
    .map(({ name, isDirectory }) => {
      const path = below + name + (isDirectory ? "/" : "");
      const isAfter = comparePaths(path, after) > 0;
      return {
        path,
        name,
        isListed: isAfter && path.startsWith(prefix),
        // A directory's content sorts right after the directory.
        isEntered: isDirectory && (isAfter || after.startsWith(path)) &&
          (path.startsWith(prefix) || prefix.startsWith(path)),
      };
    })
    .filter(({ isListed, isEntered }) => isListed || isEntered)
    .sort((a, b) => comparePaths(a.path, b.path));
  for (const { path, name, isListed, isEntered } of found) {
    const info = isListed ? await call(() => lookAt(join(directory, name))) : undefined;
    if (info) {
      const size = info.isDirectory ? 0 : info.size;
      yield { path, size, modified: info.mtime ?? new Date(0) };
    }
    if (!isEntered || isListed && !info) continue;
    yield* filesIn(call, { directory: join(directory, name), prefix, after, below: path });
  }
}

/** Sorted names of the directories in a folder, without links; none when there is no folder. */
export async function namesOfDirectories(call: Call, folder: string): Promise<string[]> {
  const entries = await call(() => unlessGone(() => Array.fromAsync(Deno.readDir(folder))));
  return (entries ?? []).filter(({ isDirectory }) => isDirectory).map(({ name }) => name).sort();
}

/** `false`: part of it was gone already. */
export async function removeAll(directory: string): Promise<boolean> {
  try {
    await Deno.remove(directory, { recursive: true });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Whether it contains at most the standard directories, all empty and unchanged since `before`. */
export async function isEmptySince(
  call: Call,
  { directory, before }: { directory: string; before: Date },
): Promise<boolean> {
  const namesIn = async (path: string) =>
    await call(() => unlessGone(() => Array.fromAsync(Deno.readDir(path))));
  const inside = await namesIn(directory);
  const isStandard = ({ name, isDirectory }: Deno.DirEntry) =>
    isDirectory && (OUTPUT_SUBDIRS as readonly string[]).includes(name);
  if (!inside?.every(isStandard)) return false;
  for (const path of [directory, ...inside.map(({ name }) => join(directory, name))]) {
    const found = await call(() => lookAt(path));
    // It is gone when another process removes it at the same time.
    if (!found || found.mtime !== null && found.mtime >= before) return false;
    if (path !== directory && (await namesIn(path))?.length !== 0) return false;
  }
  return true;
}

const NOT_EMPTY = new Set<string | undefined>(["ENOTEMPTY", "EEXIST", "ENOTDIR"]);

/**
 * Removes an output directory with `rmdir`, which removes only empty directories. `false`: it was gone,
 * or something is in it; then directories that were removed already are made again.
 */
export async function removeDirectories(call: Call, directory: string): Promise<boolean> {
  const removed: string[] = [];
  try {
    for (const name of OUTPUT_SUBDIRS) {
      const path = join(directory, name);
      if (await call(() => rmdirIfThere(path))) removed.push(path);
    }
    return await call(() => rmdirIfThere(directory));
  } catch (error) {
    for (const path of removed) await call(() => Deno.mkdir(path)).catch(() => {});
    if (NOT_EMPTY.has((error as NodeJS.ErrnoException).code)) return false;
    throw error;
  }
}

async function rmdirIfThere(path: string): Promise<boolean> {
  try {
    await rmdir(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
