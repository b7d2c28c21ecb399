/** A file system of its own, small enough to be filled. */
export interface Tmpfs extends AsyncDisposable {
  /** With other options: `ro`, `size=…`, `nr_inodes=…`. */
  remount(options: string): Promise<void>;
}

/** Answers a reason where this may not be done: mounting is root's on Linux. */
export async function mountTmpfs(folder: string, options: string): Promise<Tmpfs | string> {
  if (Deno.build.os !== "linux") return "needs Linux's tmpfs";
  await Deno.mkdir(folder, { recursive: true });
  const failure = await run("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder]);
  if (failure) return `may not mount a file system: ${failure}`;
  return {
    async remount(options) {
      const failure = await run("mount", ["-o", `remount,${options}`, folder]);
      if (failure) throw new Error(failure);
    },
    async [Symbol.asyncDispose]() {
      // Lazily, as a server that was killed may be on its way out.
      await run("umount", ["-l", folder]);
    },
  };
}

/** A disk of its own that can be made to stall: whoever writes to it waits. */
export interface Disk extends AsyncDisposable {
  freeze(): Promise<void>;
  thaw(): Promise<void>;
}

/** Answers a reason where this may not be done: it takes root, a loop device and ext4's tools. */
export async function mountDisk(folder: string): Promise<Disk | string> {
  if (Deno.build.os !== "linux") return "needs Linux's fsfreeze";
  const image = `${folder}.img`;
  await Deno.mkdir(folder, { recursive: true });
  const steps: [string, string[]][] = [
    ["truncate", ["-s", "32m", image]],
    ["mkfs.ext4", ["-q", "-F", image]],
    ["mount", ["-o", "loop", image, folder]],
  ];
  for (const [program, args] of steps) {
    const failure = await run(program, args);
    if (failure) return `may not mount a disk of its own: ${failure}`;
  }
  return {
    freeze: () => must("fsfreeze", ["--freeze", folder]),
    thaw: () => must("fsfreeze", ["--unfreeze", folder]),
    async [Symbol.asyncDispose]() {
      await run("fsfreeze", ["--unfreeze", folder]);
      await run("umount", ["-l", folder]);
      await Deno.remove(image);
    },
  };
}

async function must(program: string, args: string[]): Promise<void> {
  const failure = await run(program, args);
  if (failure) throw new Error(failure);
}

/** What it complained about; nothing when it went well. */
async function run(program: string, args: string[]): Promise<string> {
  try {
    const { success, stderr } = await new Deno.Command(program, { args }).output();
    return success ? "" : new TextDecoder().decode(stderr).trim() || "no reason given";
  } catch (error) {
    return String(error);
  }
}
