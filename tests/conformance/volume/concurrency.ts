import { describe, expect, test } from "vitest";
import {
  bytes,
  bytesOf,
  DIRECTORY,
  freshVolume,
  type OpenFresh,
  pathsOf,
  read,
  streamOf,
} from "./fresh.ts";

const PATH = "checkpoints/last.pt";

/** Several writers and readers of one output directory. */
export function concurrencyConformance(open: OpenFresh): void {
  describe("at the same time", () => {
    const place = freshVolume(open);

    test("different files can be written into one directory, new ones too", async () => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      const paths = Array.from({ length: 48 }, (_, i) => `results/new/${i % 4}/${i}.bin`);
      await Promise.all(
        paths.map((path, i) =>
          volume.write(DIRECTORY, { path, content: streamOf([bytes(1000 + i)]), size: 1000 + i })
        ),
      );
      expect(pathsOf(await volume.list(DIRECTORY))).toEqual(expect.arrayContaining(paths));
      for (const [i, path] of paths.entries()) {
        expect(await read(place, path)).toEqual(bytes(1000 + i));
      }
      expect(await place.leftovers()).toEqual([]);
    });

    test("one file can be written by many: readers see one content or another, whole", async () => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      // A content is one byte, repeated; each writer has a length of its own.
      const contentOf = (i: number) => new Uint8Array(200_000 + i * 1000).fill(i);
      const isWhole = (found: Uint8Array) =>
        found.length === contentOf(found[0]!).length && found.every((byte) => byte === found[0]);
      let isDone = false;
      const reading = (async () => {
        while (!isDone) {
          const found = await bytesOf(await volume.read(DIRECTORY, PATH));
          if (found) expect(isWhole(found)).toBe(true);
        }
      })();
      await Promise.all(Array.from({ length: 24 }, async (_, i) => {
        const whole = contentOf(i);
        // Known sizes and unknown ones, in several chunks.
        const size = i % 2 === 0 ? whole.length : undefined;
        const content = streamOf([whole.subarray(0, 90_000), whole.subarray(90_000)]);
        await volume.write(DIRECTORY, { path: PATH, content, size });
      }));
      isDone = true;
      await reading;
      expect(isWhole((await read(place, PATH))!)).toBe(true);
      expect(await place.leftovers()).toEqual([]);
    });

    test("the writer that completes last wins", async () => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      const source = Promise.withResolvers<void>();
      const content = ReadableStream.from((async function* () {
        yield bytes(100_000, 3);
        await source.promise;
        yield bytes(100_000, 3);
      })());
      const slow = volume.write(DIRECTORY, { path: PATH, content });
      await volume.write(DIRECTORY, { path: PATH, content: streamOf([bytes(10)]), size: 10 });
      expect(await read(place, PATH)).toEqual(bytes(10));
      source.resolve();
      expect(await slow).toBe(200_000);
      expect((await read(place, PATH))!.length).toBe(200_000);
    });
  });
}
