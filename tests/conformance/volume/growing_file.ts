import { describe, expect, test } from "vitest";
import { growingFile, isPart, MAX_PART_BYTES } from "../../../src/domain/outputs/growing_file.ts";
import type { Volume } from "../../../src/domain/outputs/volume.ts";
import { bytes, DIRECTORY, freshVolume, type OpenFresh, pathsOf, read, write } from "./fresh.ts";

const PATH = "logs/train.log";
const CONTENT = bytes(5000);

const logOf = (volume: Volume) => growingFile(volume, { outputDir: DIRECTORY, path: PATH });

/** Appends what CONTENT has from offset to offset, one part each. */
async function append(volume: Volume, ...offsets: number[]): Promise<void> {
  for (let i = 1; i < offsets.length; i++) {
    const [offset, end] = [offsets[i - 1]!, offsets[i]!];
    await logOf(volume).append({ offset, bytes: CONTENT.slice(offset, end) });
  }
}

async function readLog(volume: Volume, start: number, end?: number): Promise<Uint8Array> {
  return await new Response(
    logOf(volume).read({ start, end }) as ReadableStream<Uint8Array<ArrayBuffer>>,
  ).bytes();
}

async function partsIn(volume: Volume): Promise<string[]> {
  return pathsOf(await volume.list(DIRECTORY, { prefix: PATH }))!.filter(isPart);
}

/** The volume, in which something happens right before a call of one method. */
function interrupted<K extends "write" | "removeFile" | "read">(
  volume: Volume,
  method: K,
  work: (...args: Parameters<Volume[K]>) => Promise<void>,
): Volume {
  const call = volume[method] as (...args: unknown[]) => Promise<unknown>;
  return {
    ...volume,
    [method]: async (...args: Parameters<Volume[K]>) => {
      await work(...args);
      return await call(...args);
    },
  };
}

/** A log on a volume that cannot append. */
export function growingFileConformance(open: OpenFresh): void {
  describe("a growing file", () => {
    const place = freshVolume(open);

    test("can be read while it grows, in any range", async () => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      const log = logOf(volume);
      expect(await log.size()).toBe(0);
      expect(await readLog(volume, 0)).toEqual(bytes(0));
      const offsets = [0, 1, 2, 500, 1000, 1001, 3000];
      await append(volume, ...offsets);
      expect(await log.size()).toBe(3000);
      expect(await readLog(volume, 0)).toEqual(CONTENT.subarray(0, 3000));
      for (const start of [...offsets, 250, 999, 2999, 4000]) {
        for (const end of [1, 2, 750, 1001, 2999, 3000, 4000]) {
          if (start >= end) continue;
          expect(await readLog(volume, start, end), `${start} to ${end}`)
            .toEqual(CONTENT.subarray(start, Math.min(end, 3000)));
        }
      }
      await append(volume, 3000, 5000);
      expect(await readLog(volume, 2900)).toEqual(CONTENT.subarray(2900));
      expect(await log.size()).toBe(5000);
    });

    test("is joined into one file, and its parts are gone", async () => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      // A neighbour whose name begins alike is another file.
      await write(place, `${PATH}.1`, bytes(3));
      await append(volume, 0, 100, 200, 5000);
      expect(await partsIn(volume)).toHaveLength(3);
      for (let i = 0; i < 2; i++) expect(await logOf(volume).join()).toBe(5000);
      expect(await read(place, PATH)).toEqual(CONTENT);
      expect(pathsOf(await volume.list(DIRECTORY, { prefix: "logs/" })))
        .toEqual(["logs/", PATH, `${PATH}.1`]);
      expect(await logOf(volume).size()).toBe(5000);
      expect(await readLog(volume, 150, 250)).toEqual(CONTENT.subarray(150, 250));
      expect(await readLog(volume, 4990)).toEqual(CONTENT.subarray(4990));
      expect(await readLog(volume, 5000)).toEqual(bytes(0));
    });

    test("to which nothing was appended is joined into an empty file", async () => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      for (let i = 0; i < 2; i++) expect(await logOf(volume).join()).toBe(0);
      expect(await read(place, PATH)).toEqual(bytes(0));
    });

    test("takes a part twice, longer, shorter and overlapping", async () => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      await append(volume, 0, 100, 200);
      await append(volume, 100, 200);
      await append(volume, 100, 150);
      await append(volume, 100, 300);
      await append(volume, 50, 120);
      await append(volume, 0, 300, 301);
      expect(await logOf(volume).size()).toBe(301);
      for (const start of [0, 60, 110, 160, 300]) {
        expect(await readLog(volume, start)).toEqual(CONTENT.subarray(start, 301));
      }
      expect(await logOf(volume).join()).toBe(301);
      expect(await read(place, PATH)).toEqual(CONTENT.subarray(0, 301));
      expect(await partsIn(volume)).toEqual([]);
    });

    test("ends before a part that is missing, and goes on when it comes", async () => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      await append(volume, 0, 100);
      await append(volume, 200, 300);
      expect(await logOf(volume).size()).toBe(100);
      expect(await readLog(volume, 50)).toEqual(CONTENT.subarray(50, 100));
      expect(await readLog(volume, 150)).toEqual(bytes(0));
      expect(await readLog(volume, 250)).toEqual(CONTENT.subarray(250, 300));
      expect(await logOf(volume).join()).toBe(100);
      expect(await partsIn(volume)).toHaveLength(1);
      await append(volume, 100, 200);
      expect(await readLog(volume, 0)).toEqual(CONTENT.subarray(0, 300));
      expect(await logOf(volume).join()).toBe(300);
      expect(await read(place, PATH)).toEqual(CONTENT.subarray(0, 300));
      expect(await partsIn(volume)).toEqual([]);
    });

    test("refuses offsets and parts that are none", async () => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      const log = logOf(volume);
      for (const offset of [-1, 0.5, NaN]) {
        await expect(log.append({ offset, bytes: bytes(1) })).rejects.toBeInstanceOf(RangeError);
      }
      await expect(log.append({ offset: 0, bytes: new Uint8Array(MAX_PART_BYTES + 1) }))
        .rejects.toBeInstanceOf(RangeError);
      await log.append({ offset: 0, bytes: bytes(0) });
      expect(await partsIn(volume)).toEqual([]);
      await expect(log.merge({ start: 0, end: MAX_PART_BYTES + 1 }))
        .rejects.toBeInstanceOf(RangeError);
    });

    test("finds a range in the largest part, however far back it begins", async () => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      const content = bytes(MAX_PART_BYTES);
      await logOf(volume).append({ offset: 0, bytes: content });
      await logOf(volume).append({ offset: MAX_PART_BYTES, bytes: bytes(10) });
      const last = MAX_PART_BYTES - 1;
      expect(await readLog(volume, last, last + 2))
        .toEqual(Uint8Array.of(content[last]!, bytes(1)[0]!));
    });

    test("of many parts is merged by ranges, and reads the same", async () => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      await append(volume, ...Array.from({ length: 51 }, (_, i) => i * 100));
      for (let i = 0; i < 2; i++) await logOf(volume).merge({ start: 0, end: 2000 });
      await logOf(volume).merge({ start: 2000, end: 4000 });
      expect(await partsIn(volume)).toHaveLength(12);
      for (const start of [0, 1999, 2000, 3950, 4001]) {
        expect(await readLog(volume, start)).toEqual(CONTENT.subarray(start));
      }
      await logOf(volume).merge({ start: 0, end: 4000 });
      expect(await partsIn(volume)).toHaveLength(11);
      expect(await logOf(volume).join()).toBe(5000);
      expect(await read(place, PATH)).toEqual(CONTENT);
      // There is nothing left to merge.
      await logOf(volume).merge({ start: 0, end: 4000 });
      expect(await partsIn(volume)).toEqual([]);
    });

    test("is not merged over a part that is missing", async () => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      await append(volume, 0, 100);
      await append(volume, 200, 300);
      await expect(logOf(volume).merge({ start: 0, end: 300 }))
        .rejects.toMatchObject({ code: "unavailable" });
      expect(await partsIn(volume)).toHaveLength(2);
    });

    test.each(["write", "removeFile"] as const)(
      "is joined by another call after a crash at any %s",
      async (method) => {
        const { volume } = place;
        for (let crashAt = 1; crashAt <= 5; crashAt++) {
          await volume.remove(DIRECTORY);
          await volume.reserve(DIRECTORY);
          await append(volume, 0, 100, 200, 300, 400);
          let calls = 0;
          const crashing = interrupted(
            volume,
            method,
            () => ++calls >= crashAt ? Promise.reject(new Error("crash")) : Promise.resolve(),
          );
          await logOf(crashing).merge({ start: 0, end: 200 }).catch(() => {});
          await logOf(crashing).join().catch(() => {});
          expect(await readLog(volume, 0), `crash ${crashAt}`).toEqual(CONTENT.subarray(0, 400));
          expect(await logOf(volume).size()).toBe(400);
          expect(await logOf(volume).join()).toBe(400);
          expect(await read(place, PATH)).toEqual(CONTENT.subarray(0, 400));
          expect(await partsIn(volume)).toEqual([]);
        }
      },
    );

    test("whose bytes come after it was joined can be read and joined again", async () => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      await append(volume, 0, 100);
      await logOf(volume).join();
      await append(volume, 100, 150, 200);
      expect(await logOf(volume).size()).toBe(200);
      expect(await readLog(volume, 50)).toEqual(CONTENT.subarray(50, 200));
      expect(await readLog(volume, 120, 180)).toEqual(CONTENT.subarray(120, 180));
      expect(await logOf(volume).join()).toBe(200);
      expect(await read(place, PATH)).toEqual(CONTENT.subarray(0, 200));
      expect(await partsIn(volume)).toEqual([]);
    });

    test.each(["merge", "join"] as const)("can be read through a %s", async (method) => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      await append(volume, ...Array.from({ length: 21 }, (_, i) => i * 100));
      let reads = 0;
      // Right before the fifth part is read, all of them go.
      const moving = interrupted(volume, "read", async (_, path) => {
        if (!isPart(path) || ++reads !== 5) return;
        if (method === "merge") await logOf(volume).merge({ start: 0, end: 2000 });
        else await logOf(volume).join();
      });
      expect(await readLog(moving, 0)).toEqual(CONTENT.subarray(0, 2000));
      expect(reads).toBeGreaterThanOrEqual(5);
    });

    test("may be joined by several at once", async () => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      await append(volume, ...Array.from({ length: 21 }, (_, i) => i * 100));
      const sizes = await Promise.all(Array.from({ length: 4 }, () => logOf(volume).join()));
      expect(sizes).toEqual(Array(4).fill(2000));
      expect(await read(place, PATH)).toEqual(CONTENT.subarray(0, 2000));
      expect(await partsIn(volume)).toEqual([]);
    });

    test("fails rather than end early when a part is listed but cannot be read", async () => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      await append(volume, 0, 100, 200);
      const broken = {
        ...volume,
        read: (...args: Parameters<Volume["read"]>) =>
          args[1].includes("0100-100") ? Promise.resolve(undefined) : volume.read(...args),
      };
      await expect(readLog(broken, 0)).rejects.toMatchObject({ code: "unavailable" });
    });
  });
}
