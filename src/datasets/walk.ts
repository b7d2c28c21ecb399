import { Buffer } from "node:buffer";
import { basename, join, relative } from "node:path";
import { isBelow, isFolder, realBelow } from "./confine.ts";
import { type Ground, unreadable } from "./reading.ts";

const MAX_DEPTH = 6;
const IMAGE = /\.(jpe?g|png|bmp|webp|tiff?)$/i;

export interface Entry {
  name: string;
  path: string;
  isFolder: boolean;
}

export function isImage(path: string): boolean {
  return IMAGE.test(path);
}

/** The files below a folder; those directly in it come before those of its subfolders. */
export async function* filesBelow(
  folder: string,
  ground: Ground,
  { depth = MAX_DEPTH }: { depth?: number } = {},
): AsyncGenerator<string> {
  const folders: string[] = [];
  for await (const entry of entriesOf(folder, ground)) {
    if (entry.isFolder) folders.push(entry.path);
    else yield entry.path;
  }
  if (depth === 1) return;
  for (const path of folders) yield* filesBelow(path, ground, { depth: depth - 1 });
}

/** The folders directly in a folder, by name. */
export async function foldersIn(folder: string, ground: Ground): Promise<Entry[]> {
  const entries = await Array.fromAsync(entriesOf(folder, ground));
  return entries.filter((entry) => entry.isFolder);
}

/**
 * The files and folders in a folder, by name. Skips hidden entries, links that lead outside the roots
 * or to a parent folder, and everything else (reading a pipe would never end).
 */
export async function* entriesOf(folder: string, ground: Ground): AsyncGenerator<Entry> {
  const real = await realBelow(folder, ground.roots);
  if (real === undefined || !(await isFolder(real))) return;
  const entries = await Array.fromAsync(Deno.readDir(real));
  entries.sort((one, other) => one.name < other.name ? -1 : 1);
  for (const { name, isDirectory, isFile, isSymlink } of entries) {
    if (ground.entriesLeft-- <= 0) return;
    if (name.startsWith(".")) continue;
    const path = join(folder, name);
    if (!isSymlink) {
      if (isDirectory || isFile) yield { name, path, isFolder: isDirectory };
      continue;
    }
    const target = await realBelow(path, ground.roots);
    if (target === undefined || target === real || isBelow(real, [target])) continue;
    const info = await Deno.stat(target);
    if (info.isDirectory || info.isFile) yield { name, path, isFolder: info.isDirectory };
  }
}

/** Orders by Unicode code point, which the order of UTF-8 bytes is; the order of UTF-16 is not. */
export function byCodePoint(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

/**
 * The text of a file; `undefined` when there is no file inside the roots. Refuses the dataset when
 * the file is larger than `limit` bytes or not UTF-8: trainers drop invalid bytes, and would read
 * another text than this.
 */
export async function readText(
  path: string,
  ground: Ground,
  { limit = 2 ** 20 }: { limit?: number } = {},
): Promise<string | undefined> {
  const real = await realBelow(path, ground.roots);
  if (real === undefined) return undefined;
  const info = await Deno.stat(real);
  if (!info.isFile) return undefined;
  if (info.size > limit) throw unreadable(ground, `${nameOf(path, ground)} is too large`);
  const bytes = await Deno.readFile(real);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw unreadable(ground, `${nameOf(path, ground)} is not UTF-8 text`);
  }
}

/** A file's path for messages: relative to the dataset; only its name when it lies elsewhere. */
export function nameOf(path: string, ground: Ground): string {
  return isBelow(path, [ground.folder]) ? relative(ground.folder, path) : basename(path);
}
