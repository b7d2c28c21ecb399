import { createHash } from "node:crypto";
import { join } from "node:path";
import { OUTPUT_SUBDIRS, parseOutputDir } from "../domain/outputs/output_dir.ts";
import {
  type ByteRange,
  checkPrefix,
  checkRange,
  exactly,
  isOutputDir,
  type OutputFile,
  parseFilePath,
  parseOutputPath,
  type Volume,
} from "../domain/outputs/volume.ts";
import { bodyOf, covered, emptyBody } from "./body.ts";
import { boundCalls, type Call } from "./calls.ts";
import { orUnavailable } from "./failures.ts";
import {
  filesIn,
  isEmptySince,
  lookAt,
  makeDirectory,
  namesOfDirectories,
  removeAll,
  removeDirectories,
  unlessGone,
} from "./local_tree.ts";

const LIMITS = {
  /** Calls outstanding at once. The runtime has 32 threads for them, shared with password hashing. */
  slots: 16,
  /** Deadline of a call about names. */
  callMs: 10_000,
  /** Deadline of a call that reads, writes or syncs content or removes a tree. */
  transferMs: 30_000,
};

/** Temporary directories and files, hidden in the root; their names are never used twice. */
const TEMPORARY = /^\.(new|write|ping)-[0-9a-f-]{36}$/;

/** A project's directory is looked at once in this time, not for each of its jobs. */
const CHECKED_MS = 1000;
const MAX_CHECKED = 1000;

const CHUNK = 64 * 1024;
/** Sync after so many bytes, so that no single `fdatasync` takes longer than its deadline. */
const MAX_UNSYNCED = 32 * 2 ** 20;

/** Output directories on a disk: `outputs/1/…` lives at `{root}/1/…`. */
export function openLocalVolume(root: string, limits = LIMITS): Volume {
  const run = boundCalls({ slots: limits.slots, deadlineMs: limits.callMs });
  const onDisk: typeof run = (...args) => orUnavailable(() => run(...args));
  /** Projects' directories that were checked, with the time. */
  const checked = new Map<string, number>();

  return {
    async reserve(outputDir) {
      const [project, leaf] = placeOf(outputDir);
      const [parent, directory] = [join(root, project), join(root, project, leaf)];
      const temporary = temporaryPath("new");
      return await onDisk(async (call) => {
        let isMoved = false;
        try {
          // The rename would replace an empty directory.
          if (await call(() => lookAt(directory))) return false;
          // One after the other: side by side they would wait for the lock of one directory.
          for (const name of OUTPUT_SUBDIRS) {
            await call(() => Deno.mkdir(join(temporary, name), { recursive: true }));
          }
          await checkParent(call, parent);
          isMoved = await call(() => moveUnlessThere(temporary, directory));
          return isMoved;
        } finally {
          if (!isMoved) await discard(temporary);
        }
      }, (isMoved) => {
        if (isMoved) run((call) => removeDirectories(call, directory)).catch(() => {});
      });
    },

    async list(outputDir, { prefix = "", after = "", limit = Infinity } = {}) {
      checkPrefix(prefix);
      const place = placeOf(outputDir);
      return await onDisk(async (call) => {
        const directory = await find(call, place);
        if (!directory) return undefined;
        const files: OutputFile[] = [];
        for await (const file of filesIn(call, { directory, prefix, after })) {
          if (files.push(file) >= limit) break;
        }
        return files;
      });
    },

    async remove(outputDir) {
      const place = placeOf(outputDir);
      await onDisk(async (call) => {
        // Try again when part of it was gone already: another call removes it at the same time.
        while (true) {
          const directory = await find(call, place);
          if (!directory) return;
          if (await call(() => removeAll(directory), limits.transferMs)) return;
        }
      });
    },

    async removeEmpty(outputDir, { before }) {
      const place = placeOf(outputDir);
      return await onDisk(async (call) => {
        const directory = await find(call, place);
        if (!directory || !await isEmptySince(call, { directory, before })) return false;
        return await removeDirectories(call, directory);
      });
    },

    async tidy({ before }) {
      await onDisk(async (call) => {
        const entries = await call(() => unlessGone(() => Array.fromAsync(Deno.readDir(root))));
        for (const { name, isDirectory } of entries ?? []) {
          if (!TEMPORARY.test(name)) continue;
          const path = join(root, name);
          const found = await call(() => lookAt(path));
          if (!found?.mtime || found.mtime >= before) continue;
          if (isDirectory) await removeDirectories(call, path);
          else await call(() => unlessGone(() => Deno.remove(path)));
        }
      });
    },

    async *directories() {
      for (const project of await onDisk((call) => namesOfDirectories(call, root))) {
        for (const leaf of await onDisk((call) => namesOfDirectories(call, join(root, project)))) {
          const outputDir = `outputs/${project}/${leaf}`;
          if (isOutputDir(outputDir)) yield outputDir;
        }
      }
    },

    read,

    async md5(outputDir, path) {
      const content = await read(outputDir, path);
      if (!content) return undefined;
      const hash = createHash("md5");
      for await (const chunk of content.body) hash.update(chunk);
      return hash.digest("hex");
    },

    async write(outputDir, { path, content, size }) {
      const parts = parseFilePath(path);
      const place = placeOf(outputDir);
      const temporary = temporaryPath("write");
      return await onDisk(async (call) => {
        try {
          const directory = await makeDirectories(call, { place, parts: parts.slice(0, -1) });
          const written = await writeAll(call, {
            path: temporary,
            content: exactly(size, content),
          });
          await call(() => Deno.rename(temporary, join(directory, parts.at(-1)!)));
          await call(() => syncDirectory(directory), limits.transferMs);
          return written;
        } catch (error) {
          content.cancel(error).catch(() => {});
          await discard(temporary);
          throw error;
        }
      });
    },

    async removeFile(outputDir, path) {
      const parts = parseFilePath(path);
      const place = placeOf(outputDir);
      await onDisk(async (call) => {
        const directory = await find(call, [...place, ...parts.slice(0, -1)]);
        if (!directory) return;
        const file = join(directory, parts.at(-1)!);
        const found = await call(() => lookAt(file));
        if (!found || found.isDirectory) return;
        await call(() => unlessGone(() => Deno.remove(file)));
      });
    },

    async makeDirectory(outputDir, path) {
      const parts = parseOutputPath(path);
      const place = placeOf(outputDir);
      await onDisk((call) => makeDirectories(call, { place, parts }));
    },

    async ping() {
      const probe = temporaryPath("ping");
      await onDisk(async (call) => {
        await call(() => Deno.mkdir(probe, { recursive: true }));
        await call(() => Deno.remove(probe));
      });
    },

    async close() {},
  };

  function temporaryPath(kind: "new" | "write" | "ping"): string {
    return join(root, `.${kind}-${crypto.randomUUID()}`);
  }

  /** If it fails, `tidy` removes it later. */
  async function discard(temporary: string): Promise<void> {
    await run((call) => call(() => Deno.remove(temporary, { recursive: true }))).catch(() => {});
  }

  /** The real path of something in the volume; `undefined` when it is not there or a link is involved. */
  async function find(call: Call, parts: string[]): Promise<string | undefined> {
    const [base, real] = await Promise.all([
      call(() => unlessGone(() => Deno.realPath(root))),
      call(() => unlessGone(() => Deno.realPath(join(root, ...parts)))),
    ]);
    if (base === undefined) return undefined;
    if (real !== undefined) return real === join(base, ...parts) ? real : undefined;
    // If the root is a file, this must not look like an empty volume.
    if ((await call(() => Deno.stat(base))).isDirectory) return undefined;
    throw new Error("the root is not a directory");
  }

  async function read(
    outputDir: string,
    path: string,
    { range: asked }: { range?: ByteRange | undefined } = {},
  ) {
    const parts = [...placeOf(outputDir), ...parseFilePath(path)];
    if (asked) checkRange(asked);
    return await onDisk(async (call) => {
      const [found, seen] = await Promise.all([
        find(call, parts),
        call(() => lookAt(join(root, ...parts))),
      ]);
      // Opening anything else, such as a named pipe, could block.
      if (!found || !seen?.isFile) return undefined;
      const file = await call(() => unlessGone(() => Deno.open(found)));
      if (!file) return undefined;
      try {
        const { size, mtime, ino } = await call(() => file.stat());
        const modified = mtime ?? new Date(0);
        const version = [ino, modified.getTime(), size].join("-");
        const range = asked ? covered(size, asked) : { start: 0, end: size };
        if (!range) file.close();
        const body = range ? bodyOfFile(file, range) : emptyBody();
        return { size, modified, version, range, body };
      } catch (error) {
        file.close();
        throw error;
      }
    }, (content) => void content?.body.cancel());
  }

  function bodyOfFile(file: Deno.FsFile, { start, end }: { start: number; end: number }) {
    file.seekSync(start, Deno.SeekMode.Start);
    let left = end - start;
    return bodyOf(async () => {
      if (left === 0) return undefined;
      const chunk = new Uint8Array(Math.min(left, CHUNK));
      const taken = await run((call) => call(() => file.read(chunk), limits.transferMs));
      if (taken === null) throw new Error("the file was cut while it was read");
      left -= taken;
      return chunk.subarray(0, taken);
    }, () => file.close());
  }

  /** Makes nested directories inside an output directory; returns the path of the innermost. */
  async function makeDirectories(
    call: Call,
    { place, parts }: { place: string[]; parts: string[] },
  ): Promise<string> {
    const there = await find(call, [...place, ...parts]);
    if (there) return there;
    let directory = await find(call, place);
    if (!directory) throw new Error("there is no such output directory");
    for (const part of parts) {
      directory = join(directory, part);
      await makeDirectory(call, directory);
    }
    return directory;
  }

  /** Returns the number of bytes written. */
  async function writeAll(
    call: Call,
    { path, content }: { path: string; content: AsyncIterable<Uint8Array> },
  ): Promise<number> {
    using file = await call(() => Deno.open(path, { createNew: true, write: true }));
    let written = 0;
    let synced = 0;
    for await (const chunk of content) {
      // A write may be partial.
      for (let taken = 0; taken < chunk.length;) {
        const rest = chunk.subarray(taken);
        taken += await call(() => file.write(rest), limits.transferMs);
      }
      written += chunk.length;
      if (written - synced < MAX_UNSYNCED) continue;
      await call(() => file.syncData(), limits.transferMs);
      synced = written;
    }
    await call(() => file.syncData(), limits.transferMs);
    return written;
  }

  /** Makes a project's directory, unless it was there a second ago. Throws when a link or file is in
   * its place. */
  async function checkParent(call: Call, parent: string): Promise<void> {
    const now = performance.now();
    if (now - (checked.get(parent) ?? -Infinity) < CHECKED_MS) return;
    await makeDirectory(call, parent);
    if (checked.size >= MAX_CHECKED) checked.clear();
    checked.set(parent, now);
  }
}

function placeOf(outputDir: string): [project: string, leaf: string] {
  const { project, leaf } = parseOutputDir(outputDir);
  return [project, leaf];
}

/** `rename` replaces only an empty directory, and a reserved one never is empty: so one caller gets a
 * name, between processes too. */
async function moveUnlessThere(from: string, to: string): Promise<boolean> {
  try {
    await Deno.rename(from, to);
    return true;
  } catch (error) {
    if (await lookAt(to)) return false;
    throw error;
  }
}

/** Makes a rename survive a power cut. Windows has no such call. */
async function syncDirectory(path: string): Promise<void> {
  if (Deno.build.os === "windows") return;
  using directory = await Deno.open(path);
  await directory.sync();
}
