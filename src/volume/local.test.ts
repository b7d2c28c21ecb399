import { dirname, join } from "node:path";
import { describe, expect, test, vi } from "vitest";
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
    close: () => Deno.remove(folder, { recursive: true }),
  };
});

async function put(path: string, text = "kept"): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeTextFile(path, text);
}

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map((entry) => entry.name).sort();
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
  });

  test("when the root is read-only", async (context) => {
    if (Deno.build.os === "windows") context.skip("folders have no write permission on Windows");
    if (Deno.uid() === 0) context.skip("root may write to read-only folders");
    const root = await Deno.makeTempDir();
    await Deno.chmod(root, 0o555);
    await expectUnavailable(root, ["reserve"]);
  });

  test("a directory that could be made only in part is taken away again", async (context) => {
    if (Deno.build.os !== "linux") context.skip("needs Linux's limit on the length of paths");
    // The leaf's path is as long as paths may be, so that nothing can be made inside it.
    let root = await Deno.makeTempDir();
    const rest = PROJECT.length + LEAF.length + 2;
    while (root.length + 101 + rest < 4095) root += `/${"x".repeat(100)}`;
    root += `/${"x".repeat(4095 - rest - root.length - 1)}`;
    await Deno.mkdir(root, { recursive: true });
    const error = await openLocalVolume(root).reserve(DIRECTORY).catch((error) => error);
    expect(error).toMatchObject({ code: "unavailable" });
    expect(await namesIn(join(root, PROJECT))).toEqual([]);
  });
});

test("a file that comes while its empty directory is removed stays", async () => {
  const root = await Deno.makeTempDir();
  const volume = openLocalVolume(root);
  const before = new Date(Date.now() + 60_000);
  const came: boolean[] = [];
  // Both at the same time: now one is faster, now the other.
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

describe("directories made in advance", () => {
  const spareFolders = async (root: string) =>
    (await namesIn(root)).filter((name) => name.startsWith(".")).map((name) => join(root, name));

  /** So many reservations, one soon after the other. */
  async function reserveMany(root: string, count: number) {
    const volume = openLocalVolume(root, { spare: 4 });
    const names = Array.from({ length: count }, (_, i) => `${DIRECTORY}_${i + 1}`);
    for (const name of names) expect(await volume.reserve(name)).toBe(true);
    return { volume, names };
  }

  test("are kept ready under a steady load, belong to nobody, and go in the end", async () => {
    const root = await Deno.makeTempDir();
    const { volume, names } = await reserveMany(root, 250);
    const [folder] = await spareFolders(root);
    await vi.waitFor(async () => expect(await namesIn(folder!)).toHaveLength(4));
    expect((await Array.fromAsync(volume.directories())).sort()).toEqual(names.sort());
    expect((await volume.list(names[249]!))!.map(({ path }) => path))
      .toEqual(["checkpoints/", "logs/", "results/"]);
    await volume.close();
    expect(await namesIn(root)).toEqual([PROJECT]);
  });

  test("are none while few are reserved", async () => {
    const root = await Deno.makeTempDir();
    const { volume } = await reserveMany(root, 20);
    const [folder] = await spareFolders(root);
    expect(await namesIn(folder!)).toEqual([]);
    await volume.close();
    expect(await namesIn(root)).toEqual([PROJECT]);
  });

  test("may be removed by whoever cleans up", async () => {
    const root = await Deno.makeTempDir();
    const { volume } = await reserveMany(root, 250);
    const [folder] = await spareFolders(root);
    // Until none is being made any more.
    await vi.waitFor(async () => expect(await namesIn(folder!)).toHaveLength(4));
    await Deno.remove(folder!, { recursive: true });
    expect(await volume.reserve(DIRECTORY)).toBe(true);
    expect(await volume.list(DIRECTORY)).toHaveLength(3);
    await volume.close();
  });

  test("that a process has left are removed once they are old, and files never", async () => {
    const root = await Deno.makeTempDir();
    const volume = openLocalVolume(root);
    const [left, withFile, other] = [".spare-0123abcd", ".spare-89abcdef", ".spare-of-mine"]
      .map((name) => join(root, name));
    for (const folder of [left!, withFile!, other!]) {
      for (const name of ["checkpoints", "logs", "results"]) {
        await Deno.mkdir(join(folder, "7", name), { recursive: true });
      }
    }
    await Deno.mkdir(join(left!, "8", "logs"), { recursive: true });
    const file = join(withFile!, "7", "logs", "a.txt");
    await put(file);
    await volume.reserve(DIRECTORY);

    await volume.tidy({ before: new Date(Date.now() - 60_000) });
    expect(await namesIn(left!)).toEqual(["7", "8"]);
    await volume.tidy({ before: new Date(Date.now() + 60_000) });
    const names = await namesIn(root);
    expect(names).not.toContain(".spare-0123abcd");
    expect(names).toEqual(expect.arrayContaining([".spare-89abcdef", ".spare-of-mine", PROJECT]));
    expect(await Deno.readTextFile(file)).toBe("kept");
    expect(await namesIn(join(other!, "7"))).toEqual(["checkpoints", "logs", "results"]);
    expect(await volume.list(DIRECTORY)).toHaveLength(3);
  });

  test("never take the place of a folder that is there, were it empty", async () => {
    const root = await Deno.makeTempDir();
    const { volume } = await reserveMany(root, 250);
    await Deno.mkdir(join(root, PROJECT, LEAF));
    expect(await volume.reserve(DIRECTORY)).toBe(false);
    expect(await namesIn(join(root, PROJECT, LEAF))).toEqual([]);
    await volume.close();
  });
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
