/** The directories inside every output directory. */
export const OUTPUT_SUBDIRS = ["checkpoints", "logs", "results"] as const;

const OUTPUT_DIR = /^outputs\/([1-9]\d*)\/(\d{8}_\d{6}_[A-Za-z0-9_-][A-Za-z0-9._-]*)$/;

export interface OutputDirParts {
  project: string;
  leaf: string;
}

/**
 * The parts of an `output_dir` that this product named. Throws a `TypeError` for any other text, so
 * that no adapter ever touches another path.
 */
export function parseOutputDir(outputDir: string): OutputDirParts {
  const match = OUTPUT_DIR.exec(outputDir);
  if (!match) throw new TypeError("not an output directory");
  return { project: match[1]!, leaf: match[2]! };
}

/** The time in an `output_dir`'s name, to the second; an invalid date when the digits are not one. */
export function timeOf(outputDir: string): Date {
  const digits = parseOutputDir(outputDir).leaf.slice(0, "YYYYMMDD_HHMMSS".length);
  return new Date(
    digits.replace(/^(\d{4})(\d\d)(\d\d)_(\d\d)(\d\d)(\d\d)$/, "$1-$2-$3T$4:$5:$6.000Z"),
  );
}

/** The directory name for a moment in UTC and a model: `20240118_153000_yolo11n-seg`. */
export function outputLeaf(now: Date, modelName: string): string {
  const [date, time] = now.toISOString().slice(0, 19).split("T") as [string, string];
  return `${date.replaceAll("-", "")}_${time.replaceAll(":", "")}_${directoryName(modelName)}`;
}

/**
 * A model name as part of a directory name on any system: `/` and whatever is not a letter, digit,
 * `.`, `_` or `-` becomes `-`, at most 100 characters, no leading or trailing dot (Windows drops the
 * latter). The time stamp before it keeps it clear of Windows' reserved names.
 */
export function directoryName(modelName: string): string {
  return modelName.replace(/[^A-Za-z0-9._-]/g, "-").slice(0, 100)
    .replace(/^\.+|\.+$/g, (dots) => "-".repeat(dots.length));
}

/** Seconds whose names are remembered: longer than any creation takes. */
const REMEMBERED_SECONDS = 120;

export type OutputDirNames = (projectId: number, now: Date, modelName: string) => string;

/**
 * Gives out names for output directories: `…`, then `…_2`, `…_3` for one model in one second, each
 * once, so that a burst does not try every suffix again. Another process may use a name too, so each
 * must still be reserved.
 */
export function outputDirNames(): OutputDirNames {
  // By second: creations that started in different seconds run at the same time.
  const counts = new Map<string, Map<string, number>>();
  return (projectId, now, modelName) => {
    const leaf = outputLeaf(now, modelName);
    const second = leaf.slice(0, "YYYYMMDD_HHMMSS".length);
    const used = counts.get(second) ?? new Map<string, number>();
    counts.set(second, used);
    if (counts.size > REMEMBERED_SECONDS) counts.delete(counts.keys().next().value!);

    const name = `outputs/${projectId}/${leaf}`;
    // Two names must differ on a file system that ignores case, too.
    const key = name.toLowerCase();
    const count = (used.get(key) ?? 0) + 1;
    used.set(key, count);
    return count === 1 ? name : `${name}_${count}`;
  };
}
