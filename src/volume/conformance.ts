import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Volume } from "../domain/volume.ts";

const DIRECTORY = "outputs/1/20240118_153000_yolo11n-seg";
const OTHER = "outputs/2/20240118_153000_yolo11n-seg";

const FRESH = [
  { path: "checkpoints/", size: 0 },
  { path: "logs/", size: 0 },
  { path: "results/", size: 0 },
];

const BAD_NAMES = [
  "",
  "outputs",
  "outputs/1",
  "outputs/1/",
  "outputs/1/name",
  "outputs/x/20240118_153000_m",
  "outputs/../20240118_153000_m",
  "outputs/1/20240118_153000_m/..",
  "outputs/1/20240118_153000_m/../../2",
  "outputs/1/20240118_153000_m/checkpoints",
  "outputs/1/20240118_153000_..%2f..",
  "outputs%2f1%2f20240118_153000_m",
  "outputs\\1\\20240118_153000_m",
  "outputs/1/20240118_153000_m\\..",
  "outputs/1/20240118_153000_m\0",
  "outputs/1/20240118_153000_m\n",
  "/outputs/1/20240118_153000_m",
  "//outputs/1/20240118_153000_m",
  "C:\\outputs\\1\\20240118_153000_m",
  "file:///outputs/1/20240118_153000_m",
  "../outputs/1/20240118_153000_m",
  "/etc",
];

export interface OpenVolume {
  /** Empty. */
  volume: Volume;
  /** Puts a file into an output directory, as a trainer does; `path` is relative to it. */
  put(outputDir: string, path: string, text: string): Promise<void>;
  /** Takes the volume's place away. */
  close(): Promise<void>;
  /** Why this place cannot make a name one caller's alone; the database's unique names do it then. */
  notExclusive?: string;
}

/** What every place for output directories must do behind the `Volume` port. */
export function volumeConformance(name: string, open: () => Promise<OpenVolume>): void {
  describe(`volume on ${name}`, () => {
    let volume: Volume;
    let put: OpenVolume["put"];
    let close: OpenVolume["close"];
    let notExclusive: string | undefined;

    beforeEach(async () => {
      ({ volume, put, close, notExclusive } = await open());
    });
    afterEach(() => close());

    test("reserve makes exactly checkpoints/, logs/ and results/", async () => {
      expect(await volume.reserve(DIRECTORY)).toBe(true);
      expect(await volume.list(DIRECTORY)).toStrictEqual(FRESH);
      expect(await volume.list(OTHER)).toBeUndefined();
    });

    test("a name is reserved once, and what is there stays untouched", async (context) => {
      if (notExclusive) context.skip(notExclusive);
      await volume.reserve(DIRECTORY);
      await put(DIRECTORY, "logs/train.log", "epoch 1");
      const before = await volume.list(DIRECTORY);
      expect(await volume.reserve(DIRECTORY)).toBe(false);
      expect(await volume.list(DIRECTORY)).toStrictEqual(before);
      expect(await volume.reserve(OTHER)).toBe(true);
      expect(await volume.reserve(`${DIRECTORY}_2`)).toBe(true);
    });

    test("of forty-eight who want one name exactly one gets it", async (context) => {
      if (notExclusive) context.skip(notExclusive);
      const got = await Promise.all(Array.from({ length: 48 }, () => volume.reserve(DIRECTORY)));
      expect(got.filter(Boolean)).toHaveLength(1);
      expect(await volume.list(DIRECTORY)).toStrictEqual(FRESH);
    });

    test("forty-eight who want names of their own in a new project all get them", async () => {
      const names = Array.from({ length: 48 }, (_, i) => `${DIRECTORY}_${i + 2}`);
      const got = await Promise.all(names.map((name) => volume.reserve(name)));
      expect(got).toEqual(Array(48).fill(true));
      for (const name of names) expect(await volume.list(name)).toStrictEqual(FRESH);
    });

    test("list gives paths in order, with their sizes in bytes", async () => {
      await volume.reserve(DIRECTORY);
      await put(DIRECTORY, "results/결과.txt", "정확도");
      await put(DIRECTORY, "checkpoints/best.pt", "0123456789");
      await put(DIRECTORY, "checkpoints/epoch-10.pt", "");
      await put(DIRECTORY, "args.yaml", "epochs: 50\n");
      expect(await volume.list(DIRECTORY)).toStrictEqual([
        { path: "args.yaml", size: 11 },
        { path: "checkpoints/", size: 0 },
        { path: "checkpoints/best.pt", size: 10 },
        { path: "checkpoints/epoch-10.pt", size: 0 },
        { path: "logs/", size: 0 },
        { path: "results/", size: 0 },
        { path: "results/결과.txt", size: 9 },
      ]);
    });

    test("remove takes all that is inside, and nothing beside it", async () => {
      const neighbour = `${DIRECTORY}_2`;
      for (const name of [DIRECTORY, neighbour]) {
        await volume.reserve(name);
        await put(name, "checkpoints/best.pt", "weights");
      }
      await volume.remove(DIRECTORY);
      expect(await volume.list(DIRECTORY)).toBeUndefined();
      expect(await volume.list(neighbour)).toHaveLength(4);
      expect(await volume.reserve(DIRECTORY)).toBe(true);
      expect(await volume.list(DIRECTORY)).toStrictEqual(FRESH);
    });

    test("removing what is not there is no error", async () => {
      await volume.remove(DIRECTORY);
      await volume.reserve(DIRECTORY);
      await volume.remove(DIRECTORY);
      await volume.remove(DIRECTORY);
      expect(await volume.list(DIRECTORY)).toBeUndefined();
    });

    test("two may remove one directory at once", async () => {
      await volume.reserve(DIRECTORY);
      await Promise.all(Array.from({ length: 8 }, () => volume.remove(DIRECTORY)));
      expect(await volume.list(DIRECTORY)).toBeUndefined();
    });

    test.each(BAD_NAMES)("%j is no output directory to any method", async (name) => {
      await expect(volume.reserve(name)).rejects.toBeInstanceOf(TypeError);
      await expect(volume.list(name)).rejects.toBeInstanceOf(TypeError);
      await expect(volume.remove(name)).rejects.toBeInstanceOf(TypeError);
    });

    test("ping resolves, and leaves nothing", async () => {
      await expect(volume.ping()).resolves.toBeUndefined();
      expect(await volume.list(DIRECTORY)).toBeUndefined();
    });
  });
}
