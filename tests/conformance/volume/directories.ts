import { describe, expect, test } from "vitest";
import {
  bytes,
  DIRECTORY,
  freshVolume,
  type OpenFresh,
  OTHER,
  pathsOf,
  STANDARD,
  streamOf,
} from "./fresh.ts";

const DAY_MS = 24 * 60 * 60_000;
const LATER = { before: new Date(Date.now() + DAY_MS) };
const EARLIER = { before: new Date(Date.now() - DAY_MS) };

/** Making, finding and removing whole output directories. */
export function directoryConformance(open: OpenFresh): void {
  describe("directories", () => {
    const place = freshVolume(open);

    test("reserve makes exactly checkpoints/, logs/ and results/", async () => {
      const { volume } = place;
      expect(await volume.reserve(DIRECTORY)).toBe(true);
      expect(pathsOf(await volume.list(DIRECTORY))).toEqual(STANDARD);
      expect(await volume.list(OTHER)).toBeUndefined();
      expect(await place.leftovers()).toEqual([]);
    });

    test("a name is reserved once, and what is there stays untouched", async () => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      await place.put(DIRECTORY, "logs/train.log", "epoch 1");
      const before = await volume.list(DIRECTORY);
      expect(await volume.reserve(DIRECTORY)).toBe(false);
      expect(await volume.list(DIRECTORY)).toStrictEqual(before);
      expect(await place.leftovers()).toEqual([]);
      expect(await volume.reserve(OTHER)).toBe(true);
      expect(await volume.reserve(`${DIRECTORY}_2`)).toBe(true);
    });

    test("of forty-eight who want one name exactly one gets it", async () => {
      const { volume } = place;
      const got = await Promise.all(Array.from({ length: 48 }, () => volume.reserve(DIRECTORY)));
      expect(got.filter(Boolean)).toHaveLength(1);
      expect(pathsOf(await volume.list(DIRECTORY))).toEqual(STANDARD);
      expect(await place.leftovers()).toEqual([]);
    });

    test("forty-eight who want different names in a new project all get them", async () => {
      const { volume } = place;
      const names = Array.from({ length: 48 }, (_, i) => `${DIRECTORY}_${i + 2}`);
      const got = await Promise.all(names.map((name) => volume.reserve(name)));
      expect(got).toEqual(Array(48).fill(true));
      for (const name of names) expect(pathsOf(await volume.list(name))).toEqual(STANDARD);
    });

    test("directories gives every output directory, also one that nobody reserved here", async () => {
      const { volume } = place;
      expect(await Array.fromAsync(volume.directories())).toEqual([]);
      const names = [DIRECTORY, `${DIRECTORY}_2`, OTHER, "outputs/10/20240118_153000_m"];
      for (const name of names) await volume.reserve(name);
      const found = "outputs/3/20240118_153000_found";
      await place.put(found, "logs/train.log", "epoch 1");
      await place.put("outputs/notes", "20240118_153000_m/a.txt", "not of this product");
      await place.put("outputs/4/notes", "a.txt", "not of this product");
      expect((await Array.fromAsync(volume.directories())).sort())
        .toEqual([...names, found].sort());
    });

    test("remove takes all that is inside, and nothing next to it", async () => {
      const { volume } = place;
      const neighbour = `${DIRECTORY}_2`;
      for (const name of [DIRECTORY, neighbour]) {
        await volume.reserve(name);
        await place.put(name, "checkpoints/best.pt", "weights");
      }
      await volume.remove(DIRECTORY);
      expect(await volume.list(DIRECTORY)).toBeUndefined();
      expect(await volume.list(neighbour)).toHaveLength(4);
      expect(await volume.reserve(DIRECTORY)).toBe(true);
      expect(pathsOf(await volume.list(DIRECTORY))).toEqual(STANDARD);
    });

    test("removing what is not there is no error", async () => {
      const { volume } = place;
      await volume.remove(DIRECTORY);
      await volume.reserve(DIRECTORY);
      await volume.remove(DIRECTORY);
      await volume.remove(DIRECTORY);
      expect(await volume.list(DIRECTORY)).toBeUndefined();
    });

    test("eight may remove one directory at once", async () => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      await Promise.all(Array.from({ length: 8 }, () => volume.remove(DIRECTORY)));
      expect(await volume.list(DIRECTORY)).toBeUndefined();
    });

    test("makeDirectory makes an empty one, those above it and no second", async () => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      for (let i = 0; i < 2; i++) await volume.makeDirectory(DIRECTORY, "logs/events/");
      expect(pathsOf(await volume.list(DIRECTORY)))
        .toEqual(["checkpoints/", "logs/", "logs/events/", "results/"]);
    });

    test("ping resolves, and leaves nothing", async () => {
      await expect(place.volume.ping()).resolves.toBeUndefined();
      expect(await place.volume.list(DIRECTORY)).toBeUndefined();
      expect(await place.leftovers()).toEqual([]);
    });

    test("tidying and closing take no output directory", async () => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      await place.put(DIRECTORY, "logs/train.log", "epoch 1");
      const before = await volume.list(DIRECTORY);
      await volume.tidy({ before: new Date(Date.now() + 3 * DAY_MS) });
      expect(await volume.list(DIRECTORY)).toStrictEqual(before);
      await volume.close();
    });

    test("tidying leaves a write that is under way, and takes it once it is old", async () => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      const source = Promise.withResolvers<void>();
      const begun = Promise.withResolvers<void>();
      const content = ReadableStream.from((async function* () {
        yield bytes(20_000_000);
        yield bytes(20_000_000);
        begun.resolve();
        await source.promise;
        yield bytes(1);
      })());
      const writing = volume.write(DIRECTORY, { path: "results/a.bin", content });
      await begun.promise;
      await expect.poll(() => place.leftovers()).toHaveLength(1);
      await volume.tidy({ before: new Date(Date.now() - 60_000) });
      expect(await place.leftovers()).toHaveLength(1);
      // As if the writer had been killed.
      await volume.tidy({ before: new Date(Date.now() + 3 * DAY_MS) });
      expect(await place.leftovers()).toEqual([]);
      source.resolve();
      await expect(writing).rejects.toMatchObject({ code: "unavailable" });
      expect(pathsOf(await volume.list(DIRECTORY))).toEqual(STANDARD);
    });
  });

  describe("removeEmpty", () => {
    const place = freshVolume(open);

    test("takes an empty directory, and nothing next to it", async () => {
      const { volume } = place;
      const neighbour = `${DIRECTORY}_2`;
      for (const name of [DIRECTORY, neighbour]) await volume.reserve(name);
      expect(await volume.removeEmpty(DIRECTORY, LATER)).toBe(true);
      expect(await volume.list(DIRECTORY)).toBeUndefined();
      expect(await Array.fromAsync(volume.directories())).toEqual([neighbour]);
      expect(await volume.removeEmpty(DIRECTORY, LATER)).toBe(false);
    });

    test("leaves one that is too young", async () => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      expect(await volume.removeEmpty(DIRECTORY, EARLIER)).toBe(false);
      expect(pathsOf(await volume.list(DIRECTORY))).toEqual(STANDARD);
    });

    test.each(["logs/train.log", "args.yaml", "checkpoints/a/b.pt", "results/.hidden", "empty/x"])(
      "leaves one with %s in it as it is",
      async (path) => {
        const { volume } = place;
        await volume.reserve(DIRECTORY);
        await place.put(DIRECTORY, path, "");
        const before = await volume.list(DIRECTORY);
        expect(await volume.removeEmpty(DIRECTORY, LATER)).toBe(false);
        expect(await volume.list(DIRECTORY)).toStrictEqual(before);
      },
    );

    test.each(["logs/events/", "more/"])("leaves one with a directory %s in it", async (path) => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      await volume.makeDirectory(DIRECTORY, path);
      const before = pathsOf(await volume.list(DIRECTORY));
      expect(await volume.removeEmpty(DIRECTORY, LATER)).toBe(false);
      expect(pathsOf(await volume.list(DIRECTORY))).toEqual(before);
    });

    test("called by eight at once takes it once at least, and is no error", async () => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      const took = await Promise.all(
        Array.from({ length: 8 }, () => volume.removeEmpty(DIRECTORY, LATER)),
      );
      expect(took).toContain(true);
      expect(await volume.list(DIRECTORY)).toBeUndefined();
    });

    test("leaves a file that is written at the same time", async () => {
      const { volume } = place;
      for (let i = 2; i < 22; i++) {
        const name = `${DIRECTORY}_${i}`;
        await volume.reserve(name);
        const file = { path: "results/a.txt", content: streamOf([bytes(3)]) };
        const [written] = await Promise.all([
          volume.write(name, file).then(() => true, () => false),
          volume.removeEmpty(name, LATER),
        ]);
        if (written) expect(pathsOf(await volume.list(name))).toContain(file.path);
      }
    });
  });
}
