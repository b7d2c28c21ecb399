import { DomainError } from "../kernel/errors.ts";
import type { ByteRange, OutputContent, OutputFile, Volume } from "./volume.ts";

/** The most bytes of one part; bounds how far a read has to look back for the part it begins in. */
export const MAX_PART_BYTES = 4 * 2 ** 20;

/** How far a read looks back, first little: most begin where a part begins. */
const LOOK_BACK = [0, 64 * 1024, MAX_PART_BYTES];
const PAGE = 1000;
/** How often a read looks for bytes again that were moved while it read. */
const MAX_MISSES = 5;
const REMOVALS_AT_ONCE = 16;

const PART = /\.part-(\d{15})-(\d+)$/;

/**
 * A file that grows, such as a log, on a volume that cannot append. It is stored as parts beside its
 * path, named by where they begin and how long they are (`train.log.part-000000000001024-200`), and
 * joined at the end. It keeps no state: any number of processes may use one file at the same time.
 *
 * The one rule for callers: the file is one sequence of bytes, and whoever writes at an offset writes
 * the bytes that belong there. Then parts may be written twice, overlap, or exist beside the joined
 * file, and every method can be repeated after a crash at any step.
 *
 * All methods throw a `DomainError` `unavailable` when the volume does.
 */
export interface GrowingFile {
  /**
   * Stores bytes durably: one write, no listing. The caller knows the offset, which is the size so
   * far. No bytes store nothing. Throws a `RangeError` for more than `MAX_PART_BYTES` and for an
   * offset that is none.
   */
  append(options: { offset: number; bytes: Uint8Array<ArrayBuffer> }): Promise<void>;
  /**
   * The bytes of a range; without `end`, to the end. It ends early where the next byte is not stored:
   * at the end of the file, or before a part that is missing.
   */
  read(range: ByteRange): ReadableStream<Uint8Array>;
  /** Bytes stored without a gap from the beginning; 0 when there are none. Lists all the parts. */
  size(): Promise<number>;
  /**
   * Replaces the parts that lie in a range, of `MAX_PART_BYTES` at most, by one. To be called now and
   * then for a file of many small parts, which are slow to list and to join. Throws when there are
   * parts but a byte of the range is missing, and changes nothing then.
   */
  merge(range: { start: number; end: number }): Promise<void>;
  /**
   * Publishes all bytes up to the first gap as one file at the path, then removes their parts, and
   * answers that file's size. Without parts it makes an empty file. To be called when the file has
   * stopped growing: calls at the same time then do the same. Should parts come later all the same,
   * `read` and `size` find them, and another call joins them too.
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

  /** Sorts before all parts that begin at this offset or later, and after all others. */
  function partsFrom(offset: number): string {
    return `${path}.part-${String(offset).padStart(15, "0")}`;
  }

  async function size(): Promise<number> {
    let total = await joinedSize() ?? 0;
    while (true) {
      const last = (await chainAt(total)).at(-1);
      if (!last) return total;
      total = last.end;
    }
  }

  /** `undefined`: it has not been joined yet. */
  async function joinedSize(): Promise<number | undefined> {
    const [first] = await list({ prefix: path, limit: 1 });
    return first?.path === path ? first.size : undefined;
  }

  async function* bytesBetween(start: number, end: number): AsyncGenerator<Uint8Array> {
    let position = start;
    let misses = 0;
    while (position < end) {
      const joined = await open({ path, start: 0, end: Infinity }, { position, end });
      const sources = joined ? [] : await chainAt(position);
      if (!joined && sources.length === 0) return;
      // A part that is gone was merged or joined meanwhile: look again.
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

  /** `undefined` when it has no byte at the position. */
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

  /** Parts that together hold the bytes from a position on, as far as one listing tells; none when
   * nobody holds the byte at the position. */
  async function chainAt(position: number): Promise<Part[]> {
    for (const back of LOOK_BACK) {
      const from = Math.max(0, position - back);
      for await (const parts of pages(from)) {
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
    for await (const parts of pages(start)) {
      within.push(...parts.filter((part) => part.end <= end));
      if (parts.at(-1)!.start >= end) break;
    }
    return within;
  }

  /** Parts that begin at an offset or later, in order, a page at a time and never an empty page. */
  async function* pages(from: number): AsyncGenerator<Part[]> {
    let after = partsFrom(from);
    while (true) {
      const files = await list({ prefix: `${path}.part-`, after, limit: PAGE });
      const parts = files.flatMap(({ path }) => parsePart(path));
      if (parts.length > 0) yield parts;
      if (files.length < PAGE) return;
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

/** Whether a path is that of a part of a growing file, which lists of files for people leave out. */
export function isPart(path: string): boolean {
  return PART.test(path);
}

function parsePart(path: string): Part[] {
  const match = PART.exec(path);
  if (!match) return [];
  const start = Number(match[1]);
  return [{ path, start, end: start + Number(match[2]) }];
}

/** Of parts in order, those that hold the bytes from a position on without a gap. */
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
