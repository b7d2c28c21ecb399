import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { ByteRange } from "../../../src/domain/outputs/volume.ts";
import { bytes, bytesOf, DIRECTORY, freshVolume, type OpenFresh, read, write } from "./fresh.ts";

const PATH = "checkpoints/best.pt";

/** Reading whole files and ranges of them. */
export function readConformance(open: OpenFresh): void {
  describe("read", () => {
    const place = freshVolume(open);

    test.each([
      ["a little", "checkpoints/best.pt", bytes(10)],
      ["nothing", "empty.txt", bytes(0)],
      ["many chunks", "checkpoints/last.pt", bytes(3_000_000)],
      ["a name of all kinds", "results/새 폴더/a b+c&d%20#1?.txt", bytes(9)],
    ])("gives what was written, with size, time and MD5: %s", async (_, path, content) => {
      const { volume } = place;
      const begin = Date.now();
      await volume.reserve(DIRECTORY);
      await write(place, path, content);
      const found = await volume.read(DIRECTORY, path);
      expect(found).toMatchObject({
        size: content.length,
        range: { start: 0, end: content.length },
      });
      expect(found!.modified.getTime()).toBeGreaterThan(begin - 2000);
      expect(found!.modified.getTime()).toBeLessThan(Date.now() + 2000);
      expect(await bytesOf(found)).toEqual(content);
      expect(await volume.md5(DIRECTORY, path))
        .toBe(createHash("md5").update(content).digest("hex"));
    });

    test("gives nothing where there is no file", async () => {
      const { volume } = place;
      const paths = ["logs/a.txt", "a.txt", "logs", "logs/a/b/c"];
      const expectNothing = async (path: string) => {
        expect(await volume.read(DIRECTORY, path)).toBeUndefined();
        expect(await volume.read(DIRECTORY, path, { range: { start: 0, end: 5 } }))
          .toBeUndefined();
        expect(await volume.md5(DIRECTORY, path)).toBeUndefined();
      };
      for (const path of paths) await expectNothing(path);
      await volume.reserve(DIRECTORY);
      for (const path of paths) await expectNothing(path);
      await write(place, "logs/a.txt", bytes(1));
      await expectNothing("logs/a.txt/b");
    });

    test.each<[ByteRange, { start: number; end: number }]>([
      [{ start: 0 }, { start: 0, end: 1000 }],
      [{ start: 0, end: 1 }, { start: 0, end: 1 }],
      [{ start: 1, end: 5 }, { start: 1, end: 5 }],
      [{ start: 999 }, { start: 999, end: 1000 }],
      [{ start: 500, end: 1000 }, { start: 500, end: 1000 }],
      [{ start: 500, end: 1001 }, { start: 500, end: 1000 }],
      [{ start: 0, end: 2 ** 50 }, { start: 0, end: 1000 }],
    ])("of %j gives these bytes", async (range, given) => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      await write(place, PATH, bytes(1000));
      const found = await volume.read(DIRECTORY, PATH, { range });
      expect(found).toMatchObject({ size: 1000, range: given });
      expect(await bytesOf(found)).toEqual(bytes(1000).subarray(given.start, given.end));
    });

    test("of a range deep in a large file gives these bytes", async () => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      const content = bytes(3_000_000);
      await write(place, PATH, content);
      const range = { start: 1_234_567, end: 2_345_678 };
      expect(await bytesOf(await volume.read(DIRECTORY, PATH, { range })))
        .toEqual(content.subarray(range.start, range.end));
    });

    test.each<[number, ByteRange]>([
      [1000, { start: 1000 }],
      [1000, { start: 1000, end: 1001 }],
      [1000, { start: 2 ** 50 }],
      [0, { start: 0 }],
      [0, { start: 0, end: 1 }],
    ])("of a file of %i bytes says that %j is after its end", async (size, range) => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      await write(place, PATH, bytes(size));
      const whole = await volume.read(DIRECTORY, PATH);
      const found = await volume.read(DIRECTORY, PATH, { range });
      expect(found).toMatchObject({ size, modified: whole!.modified, version: whole!.version });
      expect(found!.range).toBeUndefined();
      expect(await bytesOf(found)).toEqual(bytes(0));
      expect(await bytesOf(whole)).toEqual(bytes(size));
    });

    test("tells by the version whether a file was replaced", async () => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      const versionNow = async () => {
        const found = await volume.read(DIRECTORY, PATH, { range: { start: 3, end: 4 } });
        await found!.body.cancel();
        return found!.version;
      };
      await write(place, PATH, bytes(10));
      const first = await versionNow();
      expect(await versionNow()).toBe(first);
      await write(place, PATH, bytes(10, 3));
      expect(await versionNow()).not.toBe(first);
    });

    test("may be cancelled before, during and after, many times", async () => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      await write(place, PATH, bytes(1_000_000));
      for (let i = 0; i < 30; i++) {
        await (await volume.read(DIRECTORY, PATH))!.body.cancel();
        const reader = (await volume.read(DIRECTORY, PATH))!.body.getReader();
        await reader.read();
        await reader.cancel();
      }
      expect(await read(place, PATH)).toEqual(bytes(1_000_000));
    });

    test("goes on with the old content when the file is replaced or removed meanwhile", async () => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      const content = bytes(300_000);
      await write(place, PATH, content);
      const open = await volume.read(DIRECTORY, PATH);
      await write(place, PATH, bytes(300_000, 3));
      const other = await volume.read(DIRECTORY, PATH);
      await volume.removeFile(DIRECTORY, PATH);
      expect(await bytesOf(open)).toEqual(content);
      expect(await bytesOf(other)).toEqual(bytes(300_000, 3));
    });
  });
}
