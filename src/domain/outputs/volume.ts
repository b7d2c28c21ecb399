import { parseOutputDir } from "./output_dir.ts";

/** A file or directory inside an output directory. */
export interface OutputFile {
  /** Relative to the output directory, parts separated by `/`; a directory's path ends in `/`. */
  path: string;
  /** Bytes; 0 for a directory. */
  size: number;
  /** When it was last written, by the clock of the disk or bucket. A bucket may round to seconds. */
  modified: Date;
}

export interface ListOptions {
  /** Only paths that start with this text, such as `checkpoints/` or `logs/train.log`. */
  prefix?: string;
  /** Only paths that sort after this text: the last path of the page before. */
  after?: string;
  /** At most so many entries, 1 or more; all of them by default. */
  limit?: number;
}

/** Bytes of a file, counted from 0: `start` is included, `end` is not. Without `end`: to the end. */
export interface ByteRange {
  start: number;
  end?: number | undefined;
}

/** A file that is open for reading. */
export interface OutputContent {
  /** Bytes in the whole file. */
  size: number;
  modified: Date;
  /** Opaque; changes whenever the file's content is replaced. */
  version: string;
  /**
   * The bytes in `body`. A range that ends after the end of the file is cut. `undefined`, with an
   * empty `body`: the requested range starts at the end of the file or after it.
   */
  range: { start: number; end: number } | undefined;
  /** Read it to its end or cancel it. It fails with a `DomainError` `unavailable`. */
  body: ReadableStream<Uint8Array>;
}

/** A file to be written. */
export interface NewOutputFile {
  path: string;
  content: ReadableStream<Uint8Array>;
  /** Bytes. When given, `content` must have exactly so many, or the write fails. */
  size?: number | undefined;
}

/**
 * Where output directories live. Methods take an `output_dir` (`outputs/{project}/{leaf}`), some of
 * them also a path inside it, as `list` returns it. They throw a `TypeError` for any other text, and a
 * `DomainError` `unavailable` when the disk or bucket cannot be reached, refuses, or does not answer
 * in time. A call that failed because no answer came may still take effect.
 *
 * Links are listed but never followed; they are not files.
 */
export interface Volume {
  /**
   * Makes the directory with `checkpoints/`, `logs/` and `results/`. `false`: the name is taken, and
   * nothing was changed. A disk never shows it in part; a bucket may for a moment.
   */
  reserve(outputDir: string): Promise<boolean>;
  /**
   * What is inside, sorted by the UTF-8 bytes of the paths; `undefined` when there is no such
   * directory. A page with fewer entries than `limit` is the last one. Entries that stay are on
   * exactly one page, whatever comes and goes meanwhile.
   */
  list(outputDir: string, options?: ListOptions): Promise<OutputFile[] | undefined>;
  /** Removes the directory with everything in it. One that is not there is no error. */
  remove(outputDir: string): Promise<void>;
  /**
   * Removes a directory that contains only empty `checkpoints/`, `logs/` and `results/`, piece by
   * piece, so that a file written meanwhile stays. `false`, and nothing is changed: there is no such
   * directory, something else is in it, or it or one of the three was changed at `before` or later.
   */
  removeEmpty(outputDir: string, options: { before: Date }): Promise<boolean>;
  /**
   * Removes what killed processes left: on a disk temporary directories and files last changed before
   * `before`, in a bucket uploads begun a day or more before `before`.
   */
  tidy(options: { before: Date }): Promise<void>;
  /** Every output directory. Throws when a part of the volume cannot be read. */
  directories(): AsyncIterable<string>;
  /** Opens a file; `undefined` when there is none. Throws a `TypeError` for an invalid range. */
  read(
    outputDir: string,
    path: string,
    options?: { range?: ByteRange | undefined },
  ): Promise<OutputContent | undefined>;
  /** MD5 of a file's content in hex; `undefined` when there is none or the bucket does not know. */
  md5(outputDir: string, path: string): Promise<string | undefined>;
  /**
   * Writes a file durably and returns its size in bytes. Readers see the old content or all of the
   * new, never a mixture; of several writers of one file the last to complete wins. The output
   * directory must exist, which a bucket does not check; directories inside it are made as needed.
   *
   * When it fails, nothing was changed, unless an answer was lost. Nothing is published before
   * `content` has ended without an error; a `DomainError` that it throws is passed on. There is no
   * deadline for `content`, except that a bucket gives up after a pause of 30 s when `size` is given.
   */
  write(outputDir: string, file: NewOutputFile): Promise<number>;
  /** Removes one file. A path that is missing or a directory is no error, and nothing is changed. */
  removeFile(outputDir: string, path: string): Promise<void>;
  /** Makes a directory inside, and those above it. One that is there is no error. */
  makeDirectory(outputDir: string, path: string): Promise<void>;
  /** Resolves when directories can be made here. */
  ping(): Promise<void>;
  /** Closes connections. Nothing may be called after it. */
  close(): Promise<void>;
}

/** Whether a text is an `output_dir`. */
export function isOutputDir(text: string): boolean {
  try {
    parseOutputDir(text);
    return true;
  } catch {
    return false;
  }
}

/** The parts of a path. Throws a `TypeError` for one that could lead out of it on any system. */
export function parseOutputPath(path: string): string[] {
  const parts = path.replace(/\/$/, "").split("/");
  if (!parts.every(isName)) throw new TypeError("not a path inside an output directory");
  return parts;
}

/** The same for a file; throws for a directory's path too. */
export function parseFilePath(path: string): string[] {
  if (path.endsWith("/")) throw new TypeError("not a path of a file");
  return parseOutputPath(path);
}

function isName(part: string): boolean {
  return !/^\.{0,2}$|[\\\0]/.test(part);
}

/** Throws a `TypeError` for a prefix that no path can have. */
export function checkPrefix(prefix: string): void {
  const parts = prefix.split("/");
  // The last part may be an incomplete name.
  if (!parts.slice(0, -1).every(isName) || /[\\\0]/.test(parts.at(-1)!)) {
    throw new TypeError("not a prefix of paths inside an output directory");
  }
}

/** Throws a `TypeError` for an invalid range. */
export function checkRange({ start, end = Infinity }: ByteRange): void {
  const isSound = Number.isSafeInteger(start) && start >= 0 && end > start &&
    (end === Infinity || Number.isSafeInteger(end));
  if (!isSound) throw new TypeError("not a range of bytes");
}

/** Compares paths by their UTF-8 bytes, as `list` sorts them. */
export function comparePaths(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = utf8Rank(a.charCodeAt(i)) - utf8Rank(b.charCodeAt(i));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** UTF-16 sorts surrogates before U+E000 to U+FFFF, UTF-8 sorts the characters they encode after. */
function utf8Rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

/**
 * Passes content on and fails when it does not have the given size. Holds the last chunk back until
 * the content has ended without an error, as a bucket publishes a file on receiving its last byte.
 */
export async function* exactly(
  size: number | undefined,
  content: ReadableStream<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let taken = 0;
  let held: Uint8Array | undefined;
  for await (const chunk of content) {
    taken += chunk.byteLength;
    if (size !== undefined && taken > size) break;
    if (held) yield held;
    held = chunk;
  }
  if (size !== undefined && taken !== size) {
    throw new Error("the file has another size than expected");
  }
  if (held) yield held;
}
