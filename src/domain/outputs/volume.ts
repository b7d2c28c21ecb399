import { parseOutputDir } from "./output_dir.ts";

/** A file below an output directory. */
export interface OutputFile {
  /** Relative to the output directory, `/` between its parts; a directory ends in `/`. */
  path: string;
  /** Bytes; 0 for a directory. */
  size: number;
}

/** A file to be written. */
export interface NewOutputFile extends OutputFile {
  /** Exactly `size` bytes; fewer or more fail the write. */
  content: ReadableStream<Uint8Array>;
}

/**
 * Where output directories live. Methods take an `output_dir` (`outputs/{project}/{leaf}`), some of
 * them a path inside as `list` gives it. They throw a `TypeError` for any other text, and a
 * `DomainError` `unavailable` when the place cannot be reached or written.
 */
export interface Volume {
  /**
   * Makes the directory with `checkpoints/`, `logs/` and `results/`. `false`: the name is taken, and
   * nothing was touched. When it throws, it has taken away again what it could.
   */
  reserve(outputDir: string): Promise<boolean>;
  /** What is inside, in order of path; `undefined` when there is no such directory. */
  list(outputDir: string): Promise<OutputFile[] | undefined>;
  /** Removes the directory and all that is in it; one that is not there is no error. */
  remove(outputDir: string): Promise<void>;
  /**
   * Removes a directory that nobody has put anything into, piece by piece, so that what appears
   * meanwhile stays. `false`, and nothing is changed: there is no such directory, something beside
   * empty `checkpoints/`, `logs/` and `results/` is in it, or the place says that it or one of them
   * was changed at `before` or later.
   */
  removeEmpty(outputDir: string, options: { before: Date }): Promise<boolean>;
  /** Removes what a process that is gone has left beside the output directories for itself, if nothing
   * is in it and it was not changed at `before` or later. */
  tidy(options: { before: Date }): Promise<void>;
  /** Every output directory there is; throws when one part of the place cannot be read. */
  directories(): AsyncIterable<string>;
  /** What is in a file; `undefined` when there is none. A link is none. */
  read(outputDir: string, path: string): Promise<ReadableStream<Uint8Array> | undefined>;
  /** MD5 of what is in a file, in hex; `undefined` when there is none or the place does not know. */
  md5(outputDir: string, path: string): Promise<string | undefined>;
  /** Puts a file into a directory that is there: whole or not at all, over one of the same name. */
  write(outputDir: string, file: NewOutputFile): Promise<void>;
  /** Makes a directory inside (its path ends in `/`); one that is there is no error. */
  makeDirectory(outputDir: string, path: string): Promise<void>;
  /** Resolves when directories can be made here. */
  ping(): Promise<void>;
  /** Nothing is asked of it any more: leaves nothing but output directories. */
  close(): Promise<void>;
}

/** Whether a place's folder is one of this product's. */
export function isOutputDir(text: string): boolean {
  try {
    parseOutputDir(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * The parts of a path inside an output directory. Throws a `TypeError` for a path that could lead out
 * of it on any system.
 */
export function parseOutputPath(path: string): string[] {
  const parts = path.replace(/\/$/, "").split("/");
  const isName = (part: string) => !/^\.{0,2}$|[\\\0]/.test(part);
  if (!parts.every(isName)) throw new TypeError("not a path inside an output directory");
  return parts;
}

/** Passes a file's content on, and fails when it is not as long as it was said to be. */
export async function* exactly(
  size: number,
  content: ReadableStream<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let left = size;
  for await (const chunk of content) {
    left -= chunk.byteLength;
    if (left < 0) break;
    yield chunk;
  }
  if (left !== 0) throw new Error("the file has another size than expected");
}
