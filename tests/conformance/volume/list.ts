import { describe, expect, test } from "vitest";
import type { OutputFile, Volume } from "../../../src/domain/outputs/volume.ts";
import {
  bytes,
  DIRECTORY,
  freshVolume,
  type OpenFresh,
  pathsOf,
  sizesOf,
  STANDARD,
  write,
} from "./fresh.ts";

/** Names in the order of their UTF-8 bytes; UTF-16 would put the last before the one before. */
const NAMES = [
  "logs-2/a.txt",
  "logs.txt",
  "logs/",
  "logs/B",
  "logs/a",
  "logs/a b+c&d%20#1?.txt",
  "logs/a-1",
  "logs/a/b",
  "logs/a0",
  "logs/로그.txt",
  "logs/\uffee",
  "logs/\u{1f408}",
  "logs2/a.txt",
];

/** What is in an output directory, in order and in pages. */
export function listConformance(open: OpenFresh): void {
  describe("list", () => {
    const place = freshVolume(open);

    test("gives paths in order, with their sizes in bytes", async () => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      await place.put(DIRECTORY, "results/결과.txt", "정확도");
      await place.put(DIRECTORY, "checkpoints/best.pt", "0123456789");
      await place.put(DIRECTORY, "checkpoints/epoch-10.pt", "");
      await place.put(DIRECTORY, "args.yaml", "epochs: 50\n");
      expect(sizesOf(await volume.list(DIRECTORY))).toEqual([
        ["args.yaml", 11],
        ["checkpoints/", 0],
        ["checkpoints/best.pt", 10],
        ["checkpoints/epoch-10.pt", 0],
        ["logs/", 0],
        ["results/", 0],
        ["results/결과.txt", 9],
      ]);
    });

    test("gives times of modification, later ones for what is written later", async () => {
      const { volume } = place;
      const begin = Date.now();
      await volume.reserve(DIRECTORY);
      await write(place, "logs/a.txt", bytes(1));
      const first = await volume.list(DIRECTORY);
      for (const { modified } of first!) {
        // A bucket rounds down to seconds.
        expect(modified.getTime()).toBeGreaterThan(begin - 2000);
        expect(modified.getTime()).toBeLessThan(Date.now() + 2000);
      }
      await new Promise((resolve) => setTimeout(resolve, 1100));
      await write(place, "logs/a.txt", bytes(1));
      const timeIn = (files: OutputFile[] | undefined) =>
        files!.find(({ path }) => path === "logs/a.txt")!.modified.getTime();
      expect(timeIn(await volume.list(DIRECTORY))).toBeGreaterThan(timeIn(first));
    });

    test("orders names of all kinds by their UTF-8 bytes", async () => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      for (const path of NAMES.filter((path) => !path.endsWith("/")).reverse()) {
        // A file cannot have the name of a directory on a disk.
        await write(place, path === "logs/a" ? "logs/a/b" : path, bytes(1));
      }
      const isThere = NAMES.filter((path) => path !== "logs/a");
      const paths = pathsOf(await volume.list(DIRECTORY))!;
      expect(paths.filter((path) => NAMES.includes(path))).toEqual(isThere);
    });

    test("with a prefix gives what starts with it", async () => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      for (const path of ["logs/train.log", "logs/train.log.1", "logs/val.log", "logs2/a"]) {
        await write(place, path, bytes(1));
      }
      const below = async (prefix: string) => pathsOf(await volume.list(DIRECTORY, { prefix }));
      expect(await below("logs/train.log")).toEqual(["logs/train.log", "logs/train.log.1"]);
      expect(await below("logs/")).toEqual([
        "logs/",
        "logs/train.log",
        "logs/train.log.1",
        "logs/val.log",
      ]);
      expect((await below("logs"))!.at(-1)).toBe("logs2/a");
      expect(await below("check")).toEqual(["checkpoints/"]);
      for (const prefix of ["x", "logs/x", "logs/train.log/", "x/y/", ".."]) {
        expect(await below(prefix), prefix).toEqual([]);
      }
      expect(await volume.list(`${DIRECTORY}_2`, { prefix: "logs/" })).toBeUndefined();
    });

    test.each([1, 2, 3, 100])("in pages of %i gives everything once, in order", async (limit) => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      for (const path of NAMES) {
        if (!path.endsWith("/") && path !== "logs/a") await write(place, path, bytes(2));
      }
      for (const prefix of ["", "logs/"]) {
        const all = await volume.list(DIRECTORY, { prefix });
        const listed = await pagesOf(volume, { prefix, limit });
        expect(listed.flat()).toEqual(all);
        for (const page of listed.slice(0, -1)) expect(page).toHaveLength(limit);
      }
      expect(await volume.list(DIRECTORY, { after: "results/" })).toEqual([]);
      expect(await volume.list(DIRECTORY, { after: "logs/\u{10ffff}", prefix: "logs/", limit }))
        .toEqual(
          [],
        );
      expect(await volume.list(`${DIRECTORY}_2`, { limit })).toBeUndefined();
    });

    test("in pages is stable while files come and go", async () => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      const stays = Array.from({ length: 60 }, (_, i) => `logs/${String(i).padStart(2, "0")}.txt`);
      for (const path of stays) await write(place, path, bytes(1));
      let isDone = false;
      const coming = (async () => {
        for (let i = 0; !isDone; i++) {
          const path = `logs/${String(i * 7 % 60).padStart(2, "0")}-new/a.txt`;
          await write(place, path, bytes(1));
          if (i > 20) {
            const old = String((i - 20) * 7 % 60).padStart(2, "0");
            await volume.removeFile(DIRECTORY, `logs/${old}-new/a.txt`);
          }
        }
      })();
      for (let round = 0; round < 3; round++) {
        const listed = pathsOf((await pagesOf(volume, { limit: 7 })).flat())!;
        expect(listed.filter((path) => stays.includes(path))).toEqual(stays);
        expect(new Set(listed).size).toBe(listed.length);
      }
      isDone = true;
      await coming;
    });

    test("gives more than a thousand entries, and removes them", async () => {
      const { volume } = place;
      await volume.reserve(DIRECTORY);
      const names = Array.from({ length: 1100 }, (_, i) => `logs/${10_000 + i}.txt`);
      for (let i = 0; i < names.length; i += 50) {
        await Promise.all(names.slice(i, i + 50).map((path) => place.put(DIRECTORY, path, "x")));
      }
      const expected = ["checkpoints/", "logs/", ...names, "results/"];
      expect(pathsOf(await volume.list(DIRECTORY))).toEqual(expected);
      expect(pathsOf((await pagesOf(volume, { limit: 600 })).flat())).toEqual(expected);
      await volume.remove(DIRECTORY);
      expect(await volume.list(DIRECTORY)).toBeUndefined();
    });

    test("of a fresh directory gives nothing but the standard ones", async () => {
      await place.volume.reserve(DIRECTORY);
      expect(pathsOf(await place.volume.list(DIRECTORY))).toEqual(STANDARD);
    });
  });
}

/** All pages; the last is the first with fewer entries than the limit. */
async function pagesOf(
  volume: Volume,
  { limit, prefix = "" }: { limit: number; prefix?: string },
): Promise<OutputFile[][]> {
  const listed: OutputFile[][] = [];
  while (true) {
    const after = listed.at(-1)?.at(-1)?.path ?? "";
    const page = (await volume.list(DIRECTORY, { prefix, after, limit }))!;
    listed.push(page);
    if (page.length < limit) return listed;
  }
}
