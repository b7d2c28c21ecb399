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

/** What it complained about; nothing when it went well. */
async function run(program: string, args: string[]): Promise<string> {
  try {
    const { success, stderr } = await new Deno.Command(program, { args }).output();
    return success ? "" : new TextDecoder().decode(stderr).trim() || "no reason given";
  } catch (error) {
    return String(error);
  }
}
