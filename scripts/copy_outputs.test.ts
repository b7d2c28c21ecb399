import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, inject, test, vi } from "vitest";
import { loadVolumeLocation } from "../src/config.ts";
import type { Volume } from "../src/domain/outputs/volume.ts";
import { openVolume } from "../src/volume/open.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FIRST = "1/20240118_153000_yolo11n-seg";
const SECOND = "27/20240119_090000_nvidia-segformer-b0_2";

let folder: string;
let disk: string;
let bucket: string;

beforeEach(async () => {
  folder = await Deno.makeTempDir();
  disk = `file:${folder}/outputs`;
  const url = new URL(inject("s3Env").OUTPUTS_URL!);
  url.pathname = `/${crypto.randomUUID()}`;
  bucket = url.href;
  for (const name of ["checkpoints/epochs", "logs", "results"]) {
    await Deno.mkdir(`${folder}/outputs/${FIRST}/${name}`, { recursive: true });
  }
  await put(`${FIRST}/checkpoints/best.pt`, bytes(6_000_000));
  await put(`${FIRST}/checkpoints/last.pt`, bytes(1000));
  await put(`${FIRST}/logs/empty.log`, bytes(0));
  await put(`${FIRST}/results/혼동 행렬 🐈 a+b&c%20#1?.csv`, bytes(77));
  await put(`${SECOND}/results/deep/er/x.json`, bytes(3));
});

afterEach(() => Deno.remove(folder, { recursive: true }));

async function put(path: string, content: Uint8Array): Promise<void> {
  const file = join(folder, "outputs", path);
  await Deno.mkdir(dirname(file), { recursive: true });
  await Deno.writeFile(file, content);
}

/** Enough of them, and large enough, to be killed in the middle. */
const FILE_BYTES = 100_000;

// Up to five processes one after another take their time on a loaded machine.
vi.setConfig({ testTimeout: 90_000 });

/** So many, each unlike its neighbours. */
function bytes(size: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, i) => i * 7 + (i >> 8));
}

interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

async function copy(
  from: string,
  to: string,
  { env = inject("s3Env") }: { env?: Record<string, string> } = {},
): Promise<Ended> {
  const { code, stdout, stderr } = await command(["--from", from, "--to", to], env).output();
  const [out, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, stdout: out!, stderr: errors! };
}

function command(args: string[], env = inject("s3Env")): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-RWNES", "scripts/copy_outputs.ts", ...args],
    cwd: ROOT,
    env,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

async function expectCopied(ended: Promise<Ended>, counts: RegExp): Promise<void> {
  const { code, stdout, stderr } = await ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toMatch(counts);
  expect(stdout).toMatch(/^copied [^\n]* paths and sizes agree\n$/);
}

async function expectRefused(ended: Promise<Ended>, message: RegExp): Promise<void> {
  const { code, stdout, stderr } = await ended;
  expect(stderr).toMatch(message);
  expect(stderr).toMatch(/^[^\n]+\n$/);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
}

/** Every file and directory below a folder, with what is in it. */
async function tree(root: string, prefix = ""): Promise<Map<string, Uint8Array | null>> {
  const found = new Map<string, Uint8Array | null>();
  const entries = await Array.fromAsync(Deno.readDir(root));
  for (const { name, isDirectory } of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
    const path = join(root, name);
    found.set(prefix + name, isDirectory ? null : await Deno.readFile(path));
    if (!isDirectory) continue;
    for (const [below, content] of await tree(path, `${prefix}${name}/`)) found.set(below, content);
  }
  return found;
}

function volumeAt(url: string): Promise<Volume> {
  return openVolume(loadVolumeLocation({ ...inject("s3Env"), OUTPUTS_URL: url }));
}

describe("from a disk to a bucket", () => {
  test("and back to a disk, every file and directory is the same", async () => {
    await put("notes.txt", bytes(5));
    await put("1/tmp/notes.txt", bytes(5));
    await expectCopied(copy(disk, bucket), /^copied 5 files \(6\.0 MB\) of 2 output directories /);
    await expectCopied(copy(bucket, `file:${folder}/new/back`), /^copied 5 files /);

    await Deno.remove(`${folder}/outputs/notes.txt`);
    await Deno.remove(`${folder}/outputs/1/tmp`, { recursive: true });
    for (const name of ["checkpoints", "logs"]) {
      // Every output directory has them.
      await Deno.mkdir(`${folder}/outputs/${SECOND}/${name}`, { recursive: true });
    }
    expect(await tree(`${folder}/new/back`)).toEqual(await tree(`${folder}/outputs`));
  });

  test("run again, it copies what is new and what has changed, of the same size too", async () => {
    await copy(disk, bucket);
    await expectCopied(copy(disk, bucket), /^copied 0 files .*; 5 were there already/);
    await put(`${FIRST}/checkpoints/last.pt`, bytes(1000).reverse());
    await put(`${FIRST}/logs/new.log`, bytes(1));
    await expectCopied(copy(disk, bucket), /^copied 2 files .*; 4 were there already/);

    await copy(bucket, `file:${folder}/back`);
    await Deno.writeFile(`${folder}/back/${FIRST}/checkpoints/last.pt`, bytes(1000));
    await expectCopied(copy(bucket, `file:${folder}/back`), /^copied 1 files .*; 5 were there/);
    expect(await Deno.readFile(`${folder}/back/${FIRST}/checkpoints/last.pt`))
      .toEqual(bytes(1000).reverse());
  });

  test("links are named and not copied", async () => {
    await Deno.symlink(`${folder}/outputs/${SECOND}`, `${folder}/outputs/${FIRST}/results/link`);
    const { code, stdout, stderr } = await copy(disk, bucket);
    expect(code).toBe(0);
    expect(stderr).toBe(`not copied, as it is a link: outputs/${FIRST}/results/link\n`);
    expect(stdout).toMatch(/^copied 5 files /);
  });
});

test("from one disk to another", async () => {
  await expectCopied(copy(disk, `file:${folder}/other`), /^copied 5 files /);
  expect((await tree(`${folder}/other`)).get(`${FIRST}/checkpoints/best.pt`))
    .toEqual(bytes(6_000_000));
});

describe("after an interruption", () => {
  test.each<[string, () => [from: string, to: string]]>([
    ["to a bucket", () => [disk, bucket]],
    ["to a disk", () => [disk, `file:${folder}/other`]],
  ])("by a kill, the next run goes on where it was: %s", async (_, places) => {
    const content = bytes(FILE_BYTES);
    for (let i = 0; i < 300; i++) await put(`${SECOND}/logs/${i}.bin`, content);
    const [from, to] = places();
    const target = await volumeAt(to);
    const process = command(["--from", from, "--to", to]).spawn();
    const written = async () => (await target.list(`outputs/${SECOND}`))?.length ?? 0;
    // In the middle of the second directory.
    while (await written() < 40) await new Promise((resolve) => setTimeout(resolve, 5));
    process.kill("SIGKILL");
    expect(await process.status).toMatchObject({ signal: "SIGKILL" });
    await Promise.all([process.stdout.cancel(), process.stderr.cancel()]);

    const ended = await copy(from, to);
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    const [, copied, skipped] = /^copied (\d+) files .*; (\d+) were there/.exec(ended.stdout)!;
    expect(Number(copied) + Number(skipped)).toBe(305);
    expect(Number(copied)).toBeGreaterThan(0);
    expect(Number(skipped)).toBeGreaterThan(10);
    await expectCopied(copy(from, to), /^copied 0 files .*; 305 were there/);
    // What was half written lies beside the directories, and is swept once it is old.
    if (to.startsWith("file:")) {
      await target.tidy({ before: new Date(Date.now() + 60_000) });
      const names = (await Array.fromAsync(Deno.readDir(`${folder}/other`)))
        .map(({ name }) => name);
      expect(names.sort()).toEqual(["1", "27"]);
    }
  });

  test("by a file that cannot be copied, which is named", async (context) => {
    if (Deno.build.os === "windows") context.skip("Windows has no such names");
    await put(`${SECOND}/results/a\\b.txt`, bytes(1));
    await expectRefused(
      copy(disk, bucket),
      /^outputs\/27\/.*\/results\/a\\b\.txt: not a path inside .*; run the task again to go on$/m,
    );
    await Deno.remove(`${folder}/outputs/${SECOND}/results/a\\b.txt`);
    await expectCopied(copy(disk, bucket), /; [1-5] were there already/);
  });
});

describe("is refused in one line", () => {
  test("when there is no source, and none is made", async () => {
    await expectRefused(
      copy(`file:${folder}/typo`, bucket),
      /^--from: there is no folder .*typo$/m,
    );
    await expect(Deno.stat(`${folder}/typo`)).rejects.toThrow(Deno.errors.NotFound);
  });

  test("without the bucket's key, which is never shown", async () => {
    const env = { AWS_ACCESS_KEY_ID: "", AWS_SECRET_ACCESS_KEY: "" };
    await expectRefused(copy(disk, bucket, { env }), /^AWS_ACCESS_KEY_ID: required when --to is/);
    const wrong = { AWS_ACCESS_KEY_ID: "OTHER", AWS_SECRET_ACCESS_KEY: "very-secret" };
    const ended = await copy(disk, bucket, { env: wrong });
    expect(ended.stderr).not.toContain("very-secret");
    await expectRefused(Promise.resolve(ended), /^--to: nothing can be written to s3:/);
  });

  test.each<[string, (url: string) => string]>([
    ["does not exist", (url) => url.replace(/(?<=^s3:\/\/)[^/]+/, "no-such-bucket")],
    ["does not answer", (url) => url.replace(/localhost%3A\d+/, "localhost%3A9")],
  ])("when the bucket %s", async (_, change) => {
    await expectRefused(copy(disk, change(bucket)), /^--to: nothing can be written to s3:\S+: \S/);
    await expectRefused(copy(change(bucket), disk), /^--from: s3:\S+ cannot be listed: \S/);
  });

  test("when the target has a file that the source has not", async () => {
    await copy(disk, `file:${folder}/other`);
    await Deno.writeFile(`${folder}/other/${FIRST}/logs/strange.log`, bytes(1));
    await expectRefused(copy(disk, `file:${folder}/other`), /strange\.log is at .* but not at the/);
  });

  test("when it is called without addresses", async () => {
    const { code, stderr } = await command([]).output();
    expect(code).toBe(1);
    expect(new TextDecoder().decode(stderr)).toMatch(/^usage: deno task copy-outputs [^\n]+\n$/);
  });
});
