import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { imageType } from "./image.ts";
import { readDatasets } from "./read.ts";
import { folderOf } from "../../tests/support/dataset_folders.ts";

const bytesOf = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));
const PNG = "\x89PNG\r\n\x1a\n";
const BMP = "BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0";

describe("the type is told by what is inside", () => {
  test.each([
    ["\xff\xd8\xff\xe0\0\x10JFIF", "image/jpeg"],
    [PNG, "image/png"],
    ["RIFF\x24\0\0\0WEBPVP8 ", "image/webp"],
    ["GIF87a", "image/gif"],
    ["GIF89a", "image/gif"],
    [BMP + "pixels", "image/bmp"],
    ["", undefined],
    ["\x89PNG", undefined],
    [" GIF89a", undefined],
    ["RIFF\x24\0\0\0WAVEfmt ", undefined],
    ["BM<script>alert(1)</script>", undefined],
    ["<svg xmlns='http://www.w3.org/2000/svg'/>", undefined],
    ["<?xml version='1.0'?><svg/>", undefined],
    ["<!doctype html>", undefined],
    ["II*\0", undefined],
    ["%PDF-1.7", undefined],
  ])("%j: %s", (text, type) => {
    expect(imageType(bytesOf(text))).toBe(type);
  });
});

describe("an image", () => {
  test("is answered up to eight MiB, as it is", async () => {
    const root = await folderOf({});
    const image = (path: string) => readDatasets([root]).image(path);
    const write = async (name: string, size: number) => {
      const bytes = new Uint8Array(size);
      bytes.set(bytesOf(PNG));
      await Deno.writeFile(join(root, name), bytes);
    };
    await write("small.jpg", 100);
    await write("full.png", 8 * 2 ** 20);
    await write("large.png", 8 * 2 ** 20 + 1);
    const small = await image("small.jpg");
    expect(small).toMatchObject({ type: "image/png", bytes: { length: 100 } });
    expect(await image(join(root, "small.jpg"))).toEqual(small);
    expect((await image("full.png"))?.bytes.length).toBe(8 * 2 ** 20);
    expect(await image("large.png")).toBeUndefined();
  });

  test("is nothing that lies outside, nor a folder, nor a pipe", async () => {
    const outside = await folderOf({});
    await Deno.writeFile(join(outside, "secret.png"), bytesOf(PNG));
    const root = await folderOf({ "set/cat/1.png": "text" });
    await Deno.symlink(join(outside, "secret.png"), join(root, "set/out.png"));
    await Deno.symlink(outside, join(root, "set/elsewhere"));
    await new Deno.Command("mkfifo", { args: [join(root, "set/pipe.png")] }).output();
    const datasets = readDatasets([root]);
    for (
      const path of [
        "set/cat/1.png",
        "set/out.png",
        "set/elsewhere/secret.png",
        join(outside, "secret.png"),
        "set",
        "set/pipe.png",
        "set/absent.png",
      ]
    ) {
      expect(await datasets.image(path), path).toBeUndefined();
    }
  });
});
