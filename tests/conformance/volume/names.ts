import { describe, expect, test } from "vitest";
import { DIRECTORY, freshVolume, type OpenFresh, pathsOf, STANDARD, streamOf } from "./fresh.ts";

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

const BAD_PREFIXES = ["/", "/etc", "../", "logs/../", "./", "logs//", "logs/\\", "logs/\0"];

const BAD_RANGES = [
  { start: -1 },
  { start: NaN },
  { start: 0.5 },
  { start: 2 ** 60 },
  { start: 3, end: 3 },
  { start: 3, end: 2 },
  { start: 0, end: 1.5 },
  { start: 0, end: NaN },
];

/** Nothing but an output directory and a path inside it is ever touched. */
export function nameConformance(open: OpenFresh): void {
  describe("names", () => {
    const place = freshVolume(open);
    const content = () => streamOf([new Uint8Array(1)]);

    test.each(BAD_NAMES)("%j is no output directory to any method", async (name) => {
      const { volume } = place;
      const calls: Promise<unknown>[] = [
        volume.reserve(name),
        volume.list(name),
        volume.remove(name),
        volume.removeEmpty(name, { before: new Date() }),
        volume.read(name, "a.txt"),
        volume.md5(name, "a.txt"),
        volume.write(name, { path: "a.txt", content: content() }),
        volume.removeFile(name, "a.txt"),
        volume.makeDirectory(name, "a/"),
      ];
      for (const call of calls) await expect(call).rejects.toBeInstanceOf(TypeError);
    });

    test.each(BAD_PATHS)("%j is no path to any method", async (path) => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      const calls: Promise<unknown>[] = [
        volume.read(DIRECTORY, path),
        volume.md5(DIRECTORY, path),
        volume.write(DIRECTORY, { path, content: content() }),
        volume.removeFile(DIRECTORY, path),
        volume.makeDirectory(DIRECTORY, path),
      ];
      for (const call of calls) await expect(call).rejects.toBeInstanceOf(TypeError);
      expect(pathsOf(await volume.list(DIRECTORY))).toEqual(STANDARD);
    });

    test("a directory's path is no file's", async () => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      const calls: Promise<unknown>[] = [
        volume.read(DIRECTORY, "logs/"),
        volume.md5(DIRECTORY, "logs/"),
        volume.write(DIRECTORY, { path: "logs/", content: content() }),
        volume.removeFile(DIRECTORY, "logs/"),
      ];
      for (const call of calls) await expect(call).rejects.toBeInstanceOf(TypeError);
      expect(pathsOf(await volume.list(DIRECTORY))).toEqual(STANDARD);
    });

    test.each(BAD_PREFIXES)("%j is no prefix", async (prefix) => {
      await place.volume.reserve(DIRECTORY);
      await expect(place.volume.list(DIRECTORY, { prefix })).rejects.toBeInstanceOf(TypeError);
    });

    test.each(BAD_RANGES)("%j is no range", async (range) => {
      await place.volume.reserve(DIRECTORY);
      await place.put(DIRECTORY, "logs/a.txt", "0123456789");
      await expect(place.volume.read(DIRECTORY, "logs/a.txt", { range }))
        .rejects.toBeInstanceOf(TypeError);
    });
  });
}
