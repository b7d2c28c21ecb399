/** What tells whether something on the disk has changed: where a path leads to, links resolved, or the
 * marks of what is there. */
export type Observable = { leadsTo: string } | { marksOf: string };

export const MISSING = "missing";

/** What there is to see now, each as a text to compare with an earlier one. */
export function observe(observables: readonly Observable[]): Promise<string[]> {
  return Promise.all(observables.map(async (one) => {
    try {
      return "leadsTo" in one
        ? await Deno.realPath(one.leadsTo)
        : marks(await Deno.stat(one.marksOf));
    } catch {
      return MISSING;
    }
  }));
}

/** The same for a thread that may block: a fraction of the work. */
export function observeSync(observables: readonly Observable[]): string[] {
  return observables.map((one) => {
    try {
      return "leadsTo" in one ? Deno.realPathSync(one.leadsTo) : marks(Deno.statSync(one.marksOf));
    } catch {
      return MISSING;
    }
  });
}

/** The time of change beside that of modification, which copying tools set back. Links are followed:
 * one that leads elsewhere now leads to another inode. */
export function marks({ dev, ino, size, mtime, ctime }: Deno.FileInfo): string {
  return [dev, ino, size, mtime?.getTime(), ctime?.getTime()].join(" ");
}
