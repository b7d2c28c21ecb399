import { rmdir } from "node:fs/promises";
import { join } from "node:path";
import { OUTPUT_SUBDIRS } from "../domain/outputs/output_dir.ts";
import { comparePaths, type OutputFile } from "../domain/outputs/volume.ts";
import type { Call } from "./calls.ts";

/** `undefined` when what it is about is not there, or goes away meanwhile. */
export async function unlessGone<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    // The latter where a file stands in a directory's place.
    const isGone = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory;
    if (isGone) return undefined;
    throw error;
  }
}

export function lookAt(path: string): Promise<Deno.FileInfo | undefined> {
  return unlessGone(() => Deno.lstat(path));
}

/** Fails when a link or a file is in its place. */
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

/** Files and directories below a directory, sorted by path. What goes away meanwhile is left out. */
export async function* filesIn(
  call: Call,
  { directory, prefix, after, below = "" }: {
    directory: string;
    prefix: string;
    after: string;
    /** The directory's own path, which the paths start with. */
    below?: string;
  },
): AsyncGenerator<OutputFile> {
  const entries = await call(() => unlessGone(() => Array.fromAsync(Deno.readDir(directory))));
  const sorted = (entries ?? [])
    .map(({ name, isDirectory }) => ({
      path: below + name + (isDirectory ? "/" : ""),
      name,
      isDirectory,
    }))
    .sort((a, b) => comparePaths(a.path, b.path));
  for (const { path, name, isDirectory } of sorted) {
    const isBefore = comparePaths(path, after) <= 0;
    if (path.startsWith(prefix) && !isBefore) {
      const found = await call(() => lookAt(join(directory, name)));
      if (!found) continue;
      const modified = found.mtime ?? new Date(0);
      yield { path, size: isDirectory ? 0 : found.size, modified };
    }
    if (!isDirectory || isBefore && !after.startsWith(path)) continue;
    if (!path.startsWith(prefix) && !prefix.startsWith(path)) continue;
    yield* filesIn(call, { directory: join(directory, name), prefix, after, below: path });
  }
}

/** Names of directories in a folder, sorted; none when it is not there. Links are left out. */
export async function namesOfDirectories(call: Call, folder: string): Promise<string[]> {
  const entries = await call(() => unlessGone(() => Array.fromAsync(Deno.readDir(folder))));
  return (entries ?? []).filter(({ isDirectory }) => isDirectory).map(({ name }) => name).sort();
}

/** `false`: a part of it was gone before its turn came. */
export async function removeAll(directory: string): Promise<boolean> {
  try {
    await Deno.remove(directory, { recursive: true });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Whether it holds empty standard directories at most, all of them unchanged since `before`. */
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
    // Gone: another process removes it at the same time.
    if (!found || found.mtime !== null && found.mtime >= before) return false;
    if (path !== directory && (await namesIn(path))?.length !== 0) return false;
  }
  return true;
}

const NOT_EMPTY = new Set<string | undefined>(["ENOTEMPTY", "EEXIST", "ENOTDIR"]);

/**
 * Removes an output directory by `rmdir`, which removes empty directories only. `false`: it was gone,
 * or something is in it; what was removed before that is made again.
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
