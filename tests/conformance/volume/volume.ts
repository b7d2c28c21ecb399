import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Volume } from "../../../src/domain/outputs/volume.ts";

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

const BAD_PATHS = [
  "",
  "/",
  ".",
  "..",
  "../secret",
  "logs/../../secret",
  "logs/./a",
  "logs//a",
  "/etc/passwd",
  "logs/..\\..\\secret",
  "C:\\secret",
  "logs/a\0",
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
  /** Why this place may keep a file whose content was cut off; a real one must not. */
  keepsHalves?: string;
}

/** What every place for output directories must do behind the `Volume` port. */
export function volumeConformance(name: string, open: () => Promise<OpenVolume>): void {
  describe(`volume on ${name}`, () => {
    let volume: Volume;
    let put: OpenVolume["put"];
    let close: OpenVolume["close"];
    let notExclusive: string | undefined;
    let keepsHalves: string | undefined;

    beforeEach(async () => {
      ({ volume, put, close, notExclusive, keepsHalves } = await open());
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

    describe("removeEmpty", () => {
      const LATER = { before: new Date(Date.now() + 86_400_000) };
      const EARLIER = { before: new Date(Date.now() - 86_400_000) };

      test("takes an empty directory, and nothing beside it", async () => {
        const neighbour = `${DIRECTORY}_2`;
        for (const name of [DIRECTORY, neighbour]) await volume.reserve(name);
        expect(await volume.removeEmpty(DIRECTORY, LATER)).toBe(true);
        expect(await volume.list(DIRECTORY)).toBeUndefined();
        expect(await Array.fromAsync(volume.directories())).toEqual([neighbour]);
        expect(await volume.removeEmpty(DIRECTORY, LATER)).toBe(false);
      });

      test("leaves one that is too young", async () => {
        await volume.reserve(DIRECTORY);
        expect(await volume.removeEmpty(DIRECTORY, EARLIER)).toBe(false);
        expect(await volume.list(DIRECTORY)).toStrictEqual(FRESH);
      });

      test.each([
        "logs/train.log",
        "args.yaml",
        "checkpoints/a/b.pt",
        "results/.hidden",
        "empty/x",
      ])(
        "leaves one with %s in it as it is",
        async (path) => {
          await volume.reserve(DIRECTORY);
          await put(DIRECTORY, path, "");
          const before = await volume.list(DIRECTORY);
          expect(await volume.removeEmpty(DIRECTORY, LATER)).toBe(false);
          expect(await volume.list(DIRECTORY)).toStrictEqual(before);
        },
      );

      test.each(["logs/events/", "more/"])("leaves one with a directory %s in it", async (path) => {
        await volume.reserve(DIRECTORY);
        await volume.makeDirectory(DIRECTORY, path);
        const before = await volume.list(DIRECTORY);
        expect(await volume.removeEmpty(DIRECTORY, LATER)).toBe(false);
        expect(await volume.list(DIRECTORY)).toStrictEqual(before);
      });

      test("called by eight at once takes it once at least, and is no error", async () => {
        await volume.reserve(DIRECTORY);
        const took = await Promise.all(
          Array.from({ length: 8 }, () => volume.removeEmpty(DIRECTORY, LATER)),
        );
        expect(took).toContain(true);
        expect(await volume.list(DIRECTORY)).toBeUndefined();
      });
    });

    test.each(BAD_NAMES)("%j is no output directory to any method", async (name) => {
      await expect(volume.reserve(name)).rejects.toBeInstanceOf(TypeError);
      await expect(volume.removeEmpty(name, { before: new Date() }))
        .rejects.toBeInstanceOf(TypeError);
      await expect(volume.list(name)).rejects.toBeInstanceOf(TypeError);
      await expect(volume.remove(name)).rejects.toBeInstanceOf(TypeError);
      const file = { path: "a.txt", size: 1, content: streamOf(bytes(1)) };
      await expect(volume.read(name, "a.txt")).rejects.toBeInstanceOf(TypeError);
      await expect(volume.md5(name, "a.txt")).rejects.toBeInstanceOf(TypeError);
      await expect(volume.write(name, file)).rejects.toBeInstanceOf(TypeError);
      await expect(volume.makeDirectory(name, "a/")).rejects.toBeInstanceOf(TypeError);
    });

    test("directories gives every output directory, also one that nobody reserved here", async () => {
      expect(await Array.fromAsync(volume.directories())).toEqual([]);
      const names = [DIRECTORY, `${DIRECTORY}_2`, OTHER, "outputs/10/20240118_153000_m"];
      for (const name of names) await volume.reserve(name);
      const found = "outputs/3/20240118_153000_found";
      await put(found, "logs/train.log", "epoch 1");
      await put("outputs/notes", "20240118_153000_m/a.txt", "not of this product");
      await put("outputs/4/notes", "a.txt", "not of this product");
      expect((await Array.fromAsync(volume.directories())).sort())
        .toEqual([...names, found].sort());
    });

    test.each([
      ["a little", "checkpoints/best.pt", bytes(10)],
      ["nothing", "empty.txt", bytes(0)],
      ["many chunks", "checkpoints/last.pt", bytes(3_000_000)],
      ["a name of all kinds", "results/새 폴더/a b+c&d%20#1?.txt", bytes(9)],
    ])("what is written is read again: %s", async (_, path, content) => {
      await volume.reserve(DIRECTORY);
      await volume.write(DIRECTORY, { path, size: content.length, content: streamOf(content) });
      expect(await volume.list(DIRECTORY)).toContainEqual({ path, size: content.length });
      expect(await contentOf(await volume.read(DIRECTORY, path))).toEqual(content);
      expect(await volume.md5(DIRECTORY, path))
        .toBe(createHash("md5").update(content).digest("hex"));
    });

    test("writing again replaces, and leaves nothing beside it", async () => {
      await volume.reserve(DIRECTORY);
      for (const size of [100, 7]) {
        const content = streamOf(bytes(size));
        await volume.write(DIRECTORY, { path: "logs/a.txt", size, content });
      }
      expect(await volume.list(DIRECTORY)).toStrictEqual([
        ...FRESH.slice(0, 2),
        { path: "logs/a.txt", size: 7 },
        ...FRESH.slice(2),
      ]);
      expect(await contentOf(await volume.read(DIRECTORY, "logs/a.txt"))).toEqual(bytes(7));
    });

    test.for<[string, number, () => ReadableStream<Uint8Array>]>([
      ["shorter than said", 2_000_000, () => streamOf(bytes(1_999_999))],
      ["longer than said", 1_999_999, () => streamOf(bytes(2_000_000))],
      ["cut off", 2_000_000, () =>
        ReadableStream.from((async function* () {
          yield bytes(1_000_000);
          await Promise.resolve();
          throw new Error("the source has gone");
        })())],
    ])("a file whose content is %s changes nothing", async ([_, size, open], context) => {
      await volume.reserve(DIRECTORY);
      await volume.write(DIRECTORY, { path: "logs/a.txt", size: 7, content: streamOf(bytes(7)) });
      const writing = volume.write(DIRECTORY, { path: "logs/a.txt", size, content: open() });
      await expect(writing).rejects.toMatchObject({ code: "unavailable" });
      if (keepsHalves) context.skip(keepsHalves);
      expect(await contentOf(await volume.read(DIRECTORY, "logs/a.txt"))).toEqual(bytes(7));
    });

    test("there is nothing to read where there is no file", async () => {
      for (const path of ["logs/a.txt", "a.txt"]) {
        expect(await volume.read(DIRECTORY, path)).toBeUndefined();
        expect(await volume.md5(DIRECTORY, path)).toBeUndefined();
      }
      await volume.reserve(DIRECTORY);
      expect(await volume.read(DIRECTORY, "logs/a.txt")).toBeUndefined();
      expect(await volume.md5(DIRECTORY, "logs/a.txt")).toBeUndefined();
    });

    test("makeDirectory makes an empty one, those above it and no second", async () => {
      await volume.reserve(DIRECTORY);
      for (let i = 0; i < 2; i++) await volume.makeDirectory(DIRECTORY, "logs/events/");
      expect(await volume.list(DIRECTORY)).toStrictEqual([
        ...FRESH.slice(0, 2),
        { path: "logs/events/", size: 0 },
        ...FRESH.slice(2),
      ]);
    });

    test.each(BAD_PATHS)("%j is no path to any method", async (path) => {
      await volume.reserve(DIRECTORY);
      const file = { path, size: 1, content: streamOf(bytes(1)) };
      await expect(volume.read(DIRECTORY, path)).rejects.toBeInstanceOf(TypeError);
      await expect(volume.md5(DIRECTORY, path)).rejects.toBeInstanceOf(TypeError);
      await expect(volume.write(DIRECTORY, file)).rejects.toBeInstanceOf(TypeError);
      await expect(volume.makeDirectory(DIRECTORY, path)).rejects.toBeInstanceOf(TypeError);
      expect(await volume.list(DIRECTORY)).toStrictEqual(FRESH);
    });

    test("tidying and closing take no output directory", async () => {
      await volume.reserve(DIRECTORY);
      await volume.tidy({ before: new Date(Date.now() + 60_000) });
      await volume.close();
      expect(await volume.list(DIRECTORY)).toStrictEqual(FRESH);
    });

    test("ping resolves, and leaves nothing", async () => {
      await expect(volume.ping()).resolves.toBeUndefined();
      expect(await volume.list(DIRECTORY)).toBeUndefined();
    });
  });
}

/** So many, each unlike its neighbours. */
function bytes(size: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: size }, (_, i) => i * 7 + (i >> 8));
}

function streamOf(content: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array> {
  return new Blob([content]).stream();
}

async function contentOf(stream: ReadableStream<Uint8Array> | undefined): Promise<Uint8Array> {
  return await new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>>).bytes();
}
