import { join } from "node:path";
import { DomainError } from "../domain/errors.ts";
import { OUTPUT_SUBDIRS, parseOutputDir } from "../domain/output_dir.ts";
import type { OutputFile, Volume } from "../domain/volume.ts";

/**
 * Output directories on a disk: `outputs/1/…` lives at `{root}/1/…`. The non-recursive `mkdir` of the
 * leaf is what makes a name somebody's, also between processes.
 */
export function openLocalVolume(root: string): Volume {
  return {
    async reserve(outputDir) {
      const { project, leaf } = parseOutputDir(outputDir);
      const directory = join(root, project, leaf);
      return await orUnavailable(async () => {
        if (!await makeLeaf(directory)) return false;
        try {
          // A link in place of the project's folder has led elsewhere.
          if (!await ownDirectory(root, { project, leaf })) throw new Error("a link is in the way");
          for (const name of OUTPUT_SUBDIRS) await Deno.mkdir(join(directory, name));
        } catch (error) {
          await Deno.remove(directory, { recursive: true }).catch(() => {});
          throw error;
        }
        return true;
      });
    },

    async list(outputDir) {
      const { project, leaf } = parseOutputDir(outputDir);
      return await orUnavailable(async () => {
        const directory = await ownDirectory(root, { project, leaf });
        if (!directory) return undefined;
        const files: OutputFile[] = [];
        await collect(directory, { prefix: "", files });
        return files.sort((a, b) => a.path < b.path ? -1 : 1);
      });
    },

    async remove(outputDir) {
      const { project, leaf } = parseOutputDir(outputDir);
      await orUnavailable(async () => {
        // Who finds a part of it gone already is not alone in removing it, and looks again.
        while (true) {
          const directory = await ownDirectory(root, { project, leaf });
          if (!directory || await removeAll(directory)) return;
        }
      });
    },

    async ping() {
      await orUnavailable(async () => {
        await Deno.mkdir(root, { recursive: true });
        await Deno.remove(await Deno.makeTempDir({ dir: root, prefix: ".ping-" }));
      });
    },
  };
}

async function makeLeaf(directory: string): Promise<boolean> {
  try {
    await Deno.mkdir(directory);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  // The project's first job.
  await Deno.mkdir(join(directory, ".."), { recursive: true });
  return await makeLeaf(directory);
}

/** `false`: a part of it was gone before this came to it. */
async function removeAll(directory: string): Promise<boolean> {
  try {
    await Deno.remove(directory, { recursive: true });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** The directory's real path, provided that no link on the way leads elsewhere. */
async function ownDirectory(
  root: string,
  { project, leaf }: { project: string; leaf: string },
): Promise<string | undefined> {
  try {
    const real = await Deno.realPath(join(root, project, leaf));
    return real === join(await Deno.realPath(root), project, leaf) ? real : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Links are named but neither measured nor followed. */
async function collect(
  directory: string,
  { prefix, files }: { prefix: string; files: OutputFile[] },
): Promise<void> {
  for await (const entry of Deno.readDir(directory)) {
    const path = prefix + entry.name;
    if (entry.isDirectory) {
      files.push({ path: `${path}/`, size: 0 });
      await collect(join(directory, entry.name), { prefix: `${path}/`, files });
    } else {
      const { size } = await Deno.lstat(join(directory, entry.name));
      files.push({ path, size });
    }
  }
}

async function orUnavailable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new DomainError("unavailable", { key: "unavailable", what: "volume" }, { cause });
  }
}
