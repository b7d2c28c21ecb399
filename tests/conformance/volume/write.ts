import { describe, expect, test } from "vitest";
import { DomainError } from "../../../src/domain/kernel/errors.ts";
import {
  bytes,
  DIRECTORY,
  freshVolume,
  type OpenFresh,
  pathsOf,
  read,
  sizesOf,
  STANDARD,
  streamOf,
  write,
} from "./fresh.ts";

const PATH = "logs/a.txt";
const LARGE = 40_000_000;

/** Writing and removing single files. */
export function writeConformance(open: OpenFresh): void {
  describe("write", () => {
    const place = freshVolume(open);

    test("replaces, and leaves nothing next to it", async () => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      for (const size of [100, 7]) await write(place, PATH, bytes(size));
      expect(sizesOf(await volume.list(DIRECTORY)))
        .toEqual([["checkpoints/", 0], ["logs/", 0], [PATH, 7], ["results/", 0]]);
      expect(await read(place, PATH)).toEqual(bytes(7));
      expect(await place.leftovers()).toEqual([]);
    });

    test.each([
      ["nothing", [0]],
      ["a little", [1, 2, 3]],
      ["a megabyte in many chunks", Array(1000).fill(1000)],
      ["several parts of an upload", [5_000_000, 17_000_000, 16_777_216, 1]],
      ["exactly one part of an upload", [16_777_216]],
    ])("takes content of unknown size: %s", async (_, sizes) => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      const total = sizes.reduce((sum, size) => sum + size, 0);
      const content = bytes(total);
      let taken = 0;
      const chunks = sizes.map((size) => content.subarray(taken, taken += size));
      expect(await volume.write(DIRECTORY, { path: PATH, content: streamOf(chunks) })).toBe(total);
      // The bytes are compared as buffers, as a matcher takes minutes for millions.
      expect(Buffer.compare((await read(place, PATH))!, content)).toBe(0);
      expect(await place.leftovers()).toEqual([]);
    });

    test("answers the size", async () => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      const file = { path: PATH, size: 5, content: streamOf([bytes(2), bytes(3)]) };
      expect(await volume.write(DIRECTORY, file)).toBe(5);
    });

    test.each<[string, number | undefined, () => ReadableStream<Uint8Array>]>([
      ["shorter than said", 2_000_000, () => streamOf([bytes(1_999_999)])],
      ["longer than said", 1_999_999, () => streamOf([bytes(2_000_000)])],
      ["longer than said by one more chunk", 1000, () => streamOf([bytes(1000), bytes(1)])],
      ["not empty as said", 0, () => streamOf([bytes(1)])],
      ["cut off", 2_000_000, () => streamOf([bytes(1_000_000)], new Error("gone"))],
      ["cut off at the end", 1000, () => streamOf([bytes(1000)], new Error("gone"))],
      ["cut off at the start", undefined, () => streamOf([], new Error("gone"))],
      ["of unknown size and cut off", undefined, () => streamOf([bytes(9)], new Error("gone"))],
      [
        "large, of unknown size and cut off",
        undefined,
        // The last chunk is never sent, those before it are.
        () => streamOf([bytes(LARGE), bytes(1)], new Error("gone")),
      ],
    ])("of a file whose content is %s changes nothing", async (_, size, open) => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      await write(place, PATH, bytes(7));
      const before = await volume.list(DIRECTORY);
      const writing = volume.write(DIRECTORY, { path: PATH, content: open(), size });
      await expect(writing).rejects.toMatchObject({ code: "unavailable" });
      expect(await read(place, PATH)).toEqual(bytes(7));
      expect(sizesOf(await volume.list(DIRECTORY))).toEqual(sizesOf(before));
      expect(await place.leftovers()).toEqual([]);
    });

    test.each([1000, undefined])(
      "passes on what the content's owner throws, size said: %s",
      async (size) => {
        const { volume } = place;
        await volume.reserve(DIRECTORY);
        const refusal = new DomainError("too_large", { key: "body_too_large", limit: 1 });
        const content = streamOf([bytes(1000)], refusal);
        await expect(volume.write(DIRECTORY, { path: PATH, content, size })).rejects.toBe(refusal);
        expect(await read(place, PATH)).toBeUndefined();
      },
    );

    test("that fails cancels its content", async () => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      const cancelled = Promise.withResolvers<void>();
      const content = new ReadableStream<Uint8Array>({
        pull: (controller) => controller.enqueue(bytes(1000)),
        cancel: () => cancelled.resolve(),
      });
      await expect(volume.write(DIRECTORY, { path: PATH, content, size: 5000 }))
        .rejects.toMatchObject({ code: "unavailable" });
      await cancelled.promise;
    });
  });

  describe("removeFile", () => {
    const place = freshVolume(open);

    test("removes one file, and nothing next to it", async () => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      for (const path of ["logs/a", "logs/a.txt", "logs/b/c"]) await write(place, path, bytes(1));
      await volume.removeFile(DIRECTORY, "logs/a");
      expect(pathsOf(await volume.list(DIRECTORY)))
        .toEqual(expect.arrayContaining([...STANDARD, "logs/a.txt", "logs/b/c"]));
      expect(await read(place, "logs/a")).toBeUndefined();
    });

    test("of what is no file is no error, and changes nothing", async () => {
      const { volume } = place;
      await volume.removeFile(DIRECTORY, PATH);
      await volume.reserve(DIRECTORY);
      await volume.makeDirectory(DIRECTORY, "logs/empty/");
      await write(place, PATH, bytes(1));
      const before = pathsOf(await volume.list(DIRECTORY));
      for (const path of ["logs", "logs/empty", "x", "x/y", `${PATH}/x`]) {
        await volume.removeFile(DIRECTORY, path);
      }
      expect(pathsOf(await volume.list(DIRECTORY))).toEqual(before);
    });

    test("may be called by eight at once", async () => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      await write(place, PATH, bytes(1));
      await Promise.all(Array.from({ length: 8 }, () => volume.removeFile(DIRECTORY, PATH)));
      expect(await read(place, PATH)).toBeUndefined();
    });
  });
}
