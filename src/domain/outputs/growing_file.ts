import { DomainError } from "../kernel/errors.ts";
import type { ByteRange, OutputContent, OutputFile, Volume } from "./volume.ts";

/** Largest part. Bounds how far back a read has to look for the part that contains its first byte. */
export const MAX_PART_BYTES = 4 * 2 ** 20;

/** How far back a read looks, nearest first: most reads start where a part starts. */
const LOOK_BACK = [0, 4096, 64 * 1024, MAX_PART_BYTES];
/** Parts listed at once: few for a short read, more and more for a long one. */
const FIRST_PAGE = 16;
const LARGEST_PAGE = 1000;
const GROWTH = 4;
/** How often in a row a read looks again for bytes that were moved while it read. */
const MAX_MISSES = 5;
const REMOVALS_AT_ONCE = 16;

const PART = /\.part-(\d{15})-(\d+)$/;

/**
 * A growing file, such as a log, on a volume that cannot append. It is stored as parts next to its
 * path and joined at the end. A part's name has its offset and length:
 * `train.log.part-000000000001024-200`. There is no other state, so several processes may use one
 * file at the same time.
 *
 * One rule for callers: the file is one sequence of bytes, and every writer writes at an offset the
 * bytes that belong there. Then parts may be written twice, overlap, or exist next to the joined file,
 * and every method can be repeated after a crash at any step.
 *
 * All methods throw a `DomainError` `unavailable` when the volume does; the stream of `read` fails
 * with it.
 */
export interface GrowingFile {
  /**
   * Stores bytes durably, in one write without a listing. `offset` is the size so far, which the
   * caller keeps. Empty `bytes` store nothing. Throws a `RangeError` for more than `MAX_PART_BYTES`
   * and for an invalid offset.
   */
  append(options: { offset: number; bytes: Uint8Array<ArrayBuffer> }): Promise<void>;
  /**
   * The bytes of a range; without `end`, to the end. Ends early where the next byte is not stored: at
   * the end of the file or at a missing part.
   */
  read(range: ByteRange): ReadableStream<Uint8Array>;
  /** Bytes stored from the start up to the first gap. Lists all parts. */
  size(): Promise<number>;
  /**
   * Replaces the parts inside a range by one part; the range has at most `MAX_PART_BYTES`, else it
   * throws a `RangeError`. Call it about once per appended megabyte: more than a thousand parts are
   * slow to list and to join. Throws, and changes nothing, when a byte of the range is missing; does
   * nothing when no part is inside.
   */
  merge(range: { start: number; end: number }): Promise<void>;
  /**
   * Publishes all bytes up to the first gap as one file at the path, then removes their parts, and
   * returns the file's size. Without parts it makes an empty file. Call it when the file has stopped
   * growing; several calls at the same time are harmless then. If parts are appended later after all,
   * `read` and `size` find them, and another call joins them.
   */
  join(): Promise<number>;
}

interface Part {
  path: string;
  start: number;
  end: number;
}

export function growingFile(
  volume: Volume,
  { outputDir, path }: { outputDir: string; path: string },
): GrowingFile {
  return {
    async append({ offset, bytes }) {
      if (!Number.isSafeInteger(offset) || offset < 0) throw new RangeError("not an offset");
      if (bytes.length > MAX_PART_BYTES) throw new RangeError("too many bytes for one part");
      if (bytes.length === 0) return;
      const content = new Blob([bytes]).stream();
      const size = bytes.length;
      await volume.write(outputDir, { path: partPath(offset, size), size, content });
    },

    read: ({ start, end = Infinity }) => ReadableStream.from(bytesBetween(start, end)),

    size,

    async merge({ start, end }) {
      const length = end - start;
      if (length > MAX_PART_BYTES) throw new RangeError("too many bytes for one part");
      const merged = partPath(start, length);
      const parts = await partsWithin({ start, end });
      if (parts.every((part) => part.path === merged)) return;
      const content = ReadableStream.from(bytesBetween(start, end));
      await volume.write(outputDir, { path: merged, size: length, content });
      await removeParts(parts.filter((part) => part.path !== merged));
    },

    async join() {
      const total = await size();
      if (await joinedSize() !== total) {
        const content = ReadableStream.from(bytesBetween(0, total));
        await volume.write(outputDir, { path, size: total, content });
      }
      await removeParts(await partsWithin({ start: 0, end: total }));
      return total;
    },
  };

  function partPath(offset: number, length: number): string {
    return `${partsFrom(offset)}-${length}`;
  }

  /** Sorts before all parts that start at this offset or later, and after all others. */
  function partsFrom(offset: number): string {
    return `${path}.part-${String(offset).padStart(15, "0")}`;
  }

  async function size(): Promise<number> {
    let total = await joinedSize() ?? 0;
    while (true) {
      const last = (await chainAt(total, LARGEST_PAGE)).at(-1);
      if (!last) return total;
      total = last.end;
    }
  }

  /** `undefined`: not joined yet. */
  async function joinedSize(): Promise<number | undefined> {
    const [first] = await list({ prefix: path, limit: 1 });
    return first?.path === path ? first.size : undefined;
  }

  async function* bytesBetween(start: number, end: number): AsyncGenerator<Uint8Array> {
    let position = start;
    let misses = 0;
    for (let limit = FIRST_PAGE; position < end; limit = larger(limit)) {
      const joined = await open({ path, start: 0, end: Infinity }, { position, end });
      const sources = joined ? [] : await chainAt(position, limit);
      if (!joined && sources.length === 0) return;
      // A missing part was merged or joined meanwhile: look again.
      const before = position;
      if (joined) position += yield* pass(joined);
      for (const part of sources) {
        const content = position < end && await open(part, { position, end });
        if (!content) break;
        position += yield* pass(content);
      }
      misses = position === before ? misses + 1 : 0;
      if (misses === MAX_MISSES) {
        throw new DomainError("unavailable", { key: "unavailable", what: "volume" });
      }
    }
  }

  /** `undefined` when the source has no byte at the position. */
  async function open(
    source: Part,
    { position, end }: { position: number; end: number },
  ): Promise<OutputContent | undefined> {
    const last = Math.min(end, source.end);
    const range = {
      start: position - source.start,
      end: last === Infinity ? undefined : last - source.start,
    };
    const content = await volume.read(outputDir, source.path, { range });
    return content?.range && content;
  }

  async function* pass({ body }: OutputContent): AsyncGenerator<Uint8Array, number> {
    let passed = 0;
    for await (const chunk of body) {
      yield chunk;
      passed += chunk.length;
    }
    return passed;
  }

  /** Parts that contain the bytes from a position on, as far as one listing shows; empty when no part
   * contains the byte at the position. */
  async function chainAt(position: number, limit: number): Promise<Part[]> {
    for (const back of LOOK_BACK) {
      const from = Math.max(0, position - back);
      for await (const parts of pages(from, limit)) {
        const chain = chainOf(parts, position);
        if (chain.length > 0) return chain;
        if (parts.at(-1)!.start > position) break;
      }
      if (from === 0) break;
    }
    return [];
  }

  async function partsWithin({ start, end }: { start: number; end: number }): Promise<Part[]> {
    const within: Part[] = [];
    for await (const parts of pages(start, LARGEST_PAGE)) {
      within.push(...parts.filter((part) => part.end <= end));
      if (parts.at(-1)!.start >= end) break;
    }
    return within;
  }

  /** Parts that start at an offset or later, in order, in pages that are never empty. */
  async function* pages(from: number, firstLimit: number): AsyncGenerator<Part[]> {
    let after = partsFrom(from);
    for (let limit = firstLimit;; limit = larger(limit)) {
      const files = await list({ prefix: `${path}.part-`, after, limit });
      const parts = files.flatMap(({ path }) => parsePart(path));
      if (parts.length > 0) yield parts;
      if (files.length < limit) return;
      after = files.at(-1)!.path;
    }
  }

  async function list(options: Parameters<Volume["list"]>[1]): Promise<OutputFile[]> {
    return await volume.list(outputDir, options) ?? [];
  }

  async function removeParts(parts: Part[]): Promise<void> {
    for (let i = 0; i < parts.length; i += REMOVALS_AT_ONCE) {
      const some = parts.slice(i, i + REMOVALS_AT_ONCE);
      await Promise.all(some.map((part) => volume.removeFile(outputDir, part.path)));
    }
  }
}

/** Whether a path is a part of a growing file. Lists of files for users leave these out. */
export function isPart(path: string): boolean {
  return PART.test(path);
}

function larger(limit: number): number {
  return Math.min(limit * GROWTH, LARGEST_PAGE);
}

function parsePart(path: string): Part[] {
  const match = PART.exec(path);
  if (!match) return [];
  const start = Number(match[1]);
  return [{ path, start, end: start + Number(match[2]) }];
}

/** Those of some sorted parts that contain the bytes from a position on without a gap. */
function chainOf(parts: Part[], position: number): Part[] {
  const chain: Part[] = [];
  let end = position;
  for (const part of parts) {
    if (part.start > end) break;
    if (part.end <= end) continue;
    chain.push(part);
    end = part.end;
  }
  return chain;
}
