import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { DomainError } from "../domain/kernel/errors.ts";
import { volumeConformance } from "../../tests/conformance/volume/volume.ts";
import { openLocalVolume } from "./local.ts";

const PROJECT = "1";
const LEAF = "20240118_153000_m";
const DIRECTORY = `outputs/${PROJECT}/${LEAF}`;

volumeConformance("a disk", async () => {
  const folder = await Deno.makeTempDir();
  const root = join(folder, "outputs");
  return {
    volume: openLocalVolume(root),
    put: (outputDir, path, text) => put(join(root, outputDir.replace("outputs/", ""), path), text),
    leftovers: async () => (await namesIn(root)).filter((name) => name.startsWith(".")),
    close: () => Deno.remove(folder, { recursive: true }),
  };
});

async function put(path: string, text = "kept"): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, text);
}

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
}

test("an output directory lies at the root's project folder, and ping leaves nothing", async () => {
  const root = await Deno.makeTempDir();
  const volume = openLocalVolume(root);
  await volume.ping();
  expect(await namesIn(root)).toEqual([]);
  await volume.reserve(DIRECTORY);
  expect(await namesIn(join(root, PROJECT, LEAF))).toEqual(["checkpoints", "logs", "results"]);
});

describe("a place that cannot be used is unavailable, which names no path", () => {
  async function expectUnavailable(root: string, methods: ("reserve" | "list" | "remove")[]) {
    const volume = openLocalVolume(root);
    const calls = [() => volume.ping(), ...methods.map((name) => () => volume[name](DIRECTORY))];
    for (const call of calls) {
      const error = await call().then(() => undefined, (error: unknown) => error);
      expect(error).toBeInstanceOf(DomainError);
      expect(error).toMatchObject({
        code: "unavailable",
        problem: { key: "unavailable", what: "volume" },
      });
      expect((error as Error).message).not.toContain(root);
    }
  }

  test("when a file is where the root should be", async () => {
    const root = join(await Deno.makeTempDir(), "file");
    await put(root);
    await expectUnavailable(root, ["reserve", "list", "remove"]);
    expect(await Deno.readTextFile(root)).toBe("kept");
    await expect(openLocalVolume(root).read(DIRECTORY, "logs/a.txt"))
      .rejects.toMatchObject({ code: "unavailable" });
  });

  test("when the root is read-only", async (context) => {
    if (Deno.build.os === "windows") context.skip("folders have no write permission on Windows");
    if (Deno.uid() === 0) context.skip("root may write to read-only folders");
    const root = await Deno.makeTempDir();
    await Deno.chmod(root, 0o555);
    await expectUnavailable(root, ["reserve"]);
  });

  test("a directory that could be made only in part is removed again", async (context) => {
    if (Deno.build.os !== "linux") context.skip("needs Linux's limit on the length of paths");
    // The temporary directory's path fits, those of the directories inside it do not.
    let root = await Deno.makeTempDir();
    const rest = `/.new-${crypto.randomUUID()}`.length;
    while (root.length + 101 + rest < 4095) root += `/${"x".repeat(100)}`;
    root += `/${"x".repeat(4095 - rest - root.length - 1)}`;
    await Deno.mkdir(root, { recursive: true });
    const error = await openLocalVolume(root).reserve(DIRECTORY).catch((error) => error);
    expect(error).toMatchObject({ code: "unavailable" });
    expect(await namesIn(root)).toEqual([]);
  });
});

test("a file that comes while its empty directory is removed stays", async () => {
  const root = await Deno.makeTempDir();
  const volume = openLocalVolume(root);
  const before = new Date(Date.now() + 60_000);
  const came: boolean[] = [];
  // Both at the same time: sometimes one is faster, sometimes the other.
  for (let i = 1; i <= 60; i++) {
    const outputDir = `${DIRECTORY}_${i}`;
    const file = join(root, PROJECT, `${LEAF}_${i}`, "results", "a.txt");
    await volume.reserve(outputDir);
    const writing = Deno.writeTextFile(file, "kept").then(() => true, () => false);
    const [removed, written] = await Promise.all([
      volume.removeEmpty(outputDir, { before }),
      writing,
    ]);
    expect(removed).toBe(!written);
    if (written) {
      expect(await Deno.readTextFile(file)).toBe("kept");
      expect((await volume.list(outputDir))!.map(({ path }) => path))
        .toEqual(["checkpoints/", "logs/", "results/", "results/a.txt"]);
    }
    came.push(written);
  }
  expect(came).toContain(true);
});

describe("tidying", () => {
  const DAY_MS = 24 * 60 * 60_000;
  const OLD = { before: new Date(Date.now() - DAY_MS) };
  const ALL = { before: new Date(Date.now() + DAY_MS) };
  const id = () => crypto.randomUUID();

  test("removes what killed processes left once it is old, and nothing else", async () => {
    const root = await Deno.makeTempDir();
    const volume = openLocalVolume(root);
    const left = [`.new-${id()}`, `.new-${id()}`, `.ping-${id()}`, `.write-${id()}`];
    for (const name of ["checkpoints", "logs", "results"]) {
      await Deno.mkdir(join(root, left[0]!, name), { recursive: true });
    }
    await Deno.mkdir(join(root, left[1]!, "checkpoints"), { recursive: true });
    await Deno.mkdir(join(root, left[2]!));
    await put(join(root, left[3]!));
    // Somebody put a file into one; others only look alike.
    const withFile = `.new-${id()}`;
    await put(join(root, withFile, "logs", "a.txt"));
    await put(join(root, ".write-of-mine"));
    await volume.reserve(DIRECTORY);
    const kept = [".write-of-mine", PROJECT, withFile];

    await volume.tidy(OLD);
    expect(await namesIn(root)).toEqual([...left, ...kept].sort());
    await volume.tidy(ALL);
    expect(await namesIn(root)).toEqual(kept.sort());
    expect(await namesIn(join(root, withFile, "logs"))).toEqual(["a.txt"]);
    expect(await volume.list(DIRECTORY)).toHaveLength(3);
  });

  test("where there is no root is no error, and makes none", async () => {
    const root = join(await Deno.makeTempDir(), "outputs");
    await openLocalVolume(root).tidy(ALL);
    await expect(Deno.stat(root)).rejects.toThrow(Deno.errors.NotFound);
  });
});

test("an output directory is never there in part", async () => {
  const root = await Deno.makeTempDir();
  const volume = openLocalVolume(root);
  const names = Array.from({ length: 200 }, (_, i) => `${LEAF}_${i}`);
  let isDone = false;
  const reserving = (async () => {
    for (const name of names) await volume.reserve(`outputs/${PROJECT}/${name}`);
    isDone = true;
  })();
  const seen = new Set<string>();
  while (!isDone) {
    for (const name of await namesIn(join(root, PROJECT)).catch(() => [])) {
      seen.add((await namesIn(join(root, PROJECT, name))).join());
    }
  }
  await reserving;
  expect([...seen]).toEqual(["checkpoints,logs,results"]);
});

test("a folder of a reserved name is never replaced, were it empty", async () => {
  const root = await Deno.makeTempDir();
  await Deno.mkdir(join(root, PROJECT, LEAF), { recursive: true });
  expect(await openLocalVolume(root).reserve(DIRECTORY)).toBe(false);
  expect(await namesIn(root)).toEqual([PROJECT]);
  expect(await namesIn(join(root, PROJECT, LEAF))).toEqual([]);
});

test("files that vanish while they are listed are left out", async () => {
  const root = await Deno.makeTempDir();
  const volume = openLocalVolume(root);
  await volume.reserve(DIRECTORY);
  const logs = join(root, PROJECT, LEAF, "logs");
  await put(join(logs, "stays.txt"));
  let isDone = false;
  const churning = (async () => {
    while (!isDone) {
      for (let i = 0; i < 20; i++) await put(join(logs, `${i}`, "a.txt"));
      for (let i = 0; i < 20; i++) await Deno.remove(join(logs, `${i}`), { recursive: true });
    }
  })();
  for (let i = 0; i < 100; i++) {
    const paths = (await volume.list(DIRECTORY))!.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(["checkpoints/", "logs/stays.txt", "results/"]));
  }
  isDone = true;
  await churning;
});

test("a file that is cut while it is read fails the reader", async () => {
  const root = await Deno.makeTempDir();
  const volume = openLocalVolume(root);
  await volume.reserve(DIRECTORY);
  const file = join(root, PROJECT, LEAF, "logs", "a.txt");
  await put(file, "x".repeat(200_000));
  const found = await volume.read(DIRECTORY, "logs/a.txt");
  await Deno.truncate(file, 100_000);
  await expect(new Response(found!.body as ReadableStream<Uint8Array<ArrayBuffer>>).bytes())
    .rejects.toMatchObject({ code: "unavailable" });
});

test("what is no file is not opened: a named pipe would block for ever", async (context) => {
  if (Deno.build.os === "windows") context.skip("Windows has no named pipes in folders");
  const root = await Deno.makeTempDir();
  const volume = openLocalVolume(root);
  await volume.reserve(DIRECTORY);
  const pipe = join(root, PROJECT, LEAF, "logs", "pipe");
  expect((await new Deno.Command("mkfifo", { args: [pipe] }).output()).success).toBe(true);
  expect(await volume.read(DIRECTORY, "logs/pipe")).toBeUndefined();
  expect((await volume.list(DIRECTORY))!.map(({ path }) => path)).toContain("logs/pipe");
});

describe("links that lead elsewhere", () => {
  /** A volume, and a folder beside it that looks like a project with one output directory. */
  async function volumeBesideElsewhere() {
    const folder = await Deno.makeTempDir();
    const [root, elsewhere] = [join(folder, "root"), join(folder, "elsewhere")];
    const precious = join(elsewhere, LEAF, "precious.pt");
    await Deno.mkdir(root);
    await put(precious);
    return { volume: openLocalVolume(root), root, elsewhere, precious };
  }

  test.each<[string, (places: { root: string; elsewhere: string }) => Promise<void>]>([
    ["the project's folder", ({ root, elsewhere }) => Deno.symlink(elsewhere, join(root, PROJECT))],
    ["the output directory", async ({ root, elsewhere }) => {
      await Deno.mkdir(join(root, PROJECT));
      await Deno.symlink(join(elsewhere, LEAF), join(root, PROJECT, LEAF));
    }],
  ])("as %s: what is there is neither listed nor removed", async (_, link) => {
    const { volume, precious, ...places } = await volumeBesideElsewhere();
    await link(places);
    expect(await volume.list(DIRECTORY)).toBeUndefined();
    await volume.remove(DIRECTORY);
    expect(await Deno.readTextFile(precious)).toBe("kept");
    expect(await volume.reserve(DIRECTORY)).toBe(false);
  });

  test("inside an output directory: named, not followed, and removed alone", async () => {
    const { volume, root, elsewhere, precious } = await volumeBesideElsewhere();
    await volume.reserve(DIRECTORY);
    await Deno.symlink(elsewhere, join(root, PROJECT, LEAF, "results", "link"));
    const paths = (await volume.list(DIRECTORY))!.map((file) => file.path);
    expect(paths).toEqual(["checkpoints/", "logs/", "results/", "results/link"]);
    await volume.remove(DIRECTORY);
    expect(await volume.list(DIRECTORY)).toBeUndefined();
    expect(await Deno.readTextFile(precious)).toBe("kept");
  });

  test("as the project's folder: nothing is made there either", async () => {
    const { volume, root, elsewhere } = await volumeBesideElsewhere();
    await Deno.symlink(elsewhere, join(root, PROJECT));
    await volume.reserve(`${DIRECTORY}_2`).catch(() => {});
    expect(await namesIn(elsewhere)).toEqual([LEAF]);
  });

  test("inside an output directory: nothing is read or written through them", async () => {
    const { volume, root, elsewhere, precious } = await volumeBesideElsewhere();
    await volume.reserve(DIRECTORY);
    const inside = join(root, PROJECT, LEAF);
    await Deno.symlink(elsewhere, join(inside, "link"));
    await Deno.symlink(precious, join(inside, "results", "link.pt"));
    for (const path of [`link/${LEAF}/precious.pt`, "results/link.pt"]) {
      expect(await volume.read(DIRECTORY, path)).toBeUndefined();
      expect(await volume.md5(DIRECTORY, path)).toBeUndefined();
    }
    const content = () => new Blob(["new"]).stream();
    const file = { path: "link/new.pt", size: 3, content: content() };
    await expect(volume.write(DIRECTORY, file)).rejects.toMatchObject({ code: "unavailable" });
    await expect(volume.makeDirectory(DIRECTORY, "link/new/"))
      .rejects.toMatchObject({ code: "unavailable" });
    expect(await namesIn(elsewhere)).toEqual([LEAF]);
    // A link in the file's own place is replaced, not followed.
    await volume.write(DIRECTORY, { path: "results/link.pt", size: 3, content: content() });
    expect(await Deno.readTextFile(precious)).toBe("kept");
    expect(await Deno.readTextFile(join(inside, "results", "link.pt"))).toBe("new");
  });

  test("as a project or an output directory: not among the directories", async () => {
    const { volume, root, elsewhere } = await volumeBesideElsewhere();
    await Deno.symlink(elsewhere, join(root, PROJECT));
    await Deno.mkdir(join(root, "2"));
    await Deno.symlink(join(elsewhere, LEAF), join(root, "2", LEAF));
    expect(await Array.fromAsync(volume.directories())).toEqual([]);
  });

  test("as the root itself: an operator's choice, which is followed", async () => {
    const { root, elsewhere } = await volumeBesideElsewhere();
    const link = `${root}-link`;
    await Deno.symlink(elsewhere, link);
    const volume = openLocalVolume(link);
    expect(await volume.reserve(DIRECTORY)).toBe(true);
    expect(await volume.list(DIRECTORY)).toHaveLength(3);
    await volume.remove(DIRECTORY);
    expect(await namesIn(join(elsewhere, PROJECT))).toEqual([]);
  });
});
