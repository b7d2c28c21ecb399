import { join, posix, sep } from "node:path";

/** A datasets root: its absolute path, and its real path, with every link resolved. */
export interface Root {
  path: string;
  real: string;
}

/** A folder or file below a root: the path the user gave, normalised, and its real path. */
export interface Place {
  path: string;
  real: string;
}

/**
 * The folder (or whatever `is` accepts) at a user's path: absolute below a root, or relative to the
 * first root that has it. `undefined` for everything else, whatever the reason. Percent signs are
 * ordinary characters.
 */
export async function confine(
  path: string,
  roots: readonly Root[],
  { is = ({ real }) => isFolder(real) }: { is?: (place: Place) => Promise<boolean> } = {},
): Promise<Place | undefined> {
  const normalised = normalise(path);
  if (normalised === undefined) return undefined;
  const reals = roots.map((root) => root.real);
  for (const candidate of candidates(normalised, roots)) {
    const real = await realPath(candidate);
    if (real === undefined || !isBelow(real, reals)) continue;
    const place = { path: normalised, real };
    if (await is(place)) return place;
  }
  return undefined;
}

function normalise(path: string): string | undefined {
  // deno-lint-ignore no-control-regex -- control characters are what is refused
  if (/[\0-\x1f\x7f-\x9f\\]|^[a-z]:/i.test(path)) return undefined;
  const normalised = posix.normalize(path).replace(/\/$/, "");
  return /^(\.|\.\.(\/.*)?)?$/.test(normalised) ? undefined : normalised;
}

function candidates(path: string, roots: readonly Root[]): string[] {
  if (!posix.isAbsolute(path)) return roots.map((root) => join(root.path, path));
  // Otherwise links outside that lead into a root could be probed.
  return isBelow(path, roots.flatMap((root) => [root.path, root.real])) ? [path] : [];
}

/** The real path of what exists strictly below one of the folders, or `undefined`. */
export async function realBelow(
  path: string,
  folders: readonly string[],
): Promise<string | undefined> {
  const real = await realPath(path);
  return real !== undefined && isBelow(real, folders) ? real : undefined;
}

/** The path with every link resolved; `undefined` when it cannot be reached. */
export function realPath(path: string): Promise<string | undefined> {
  return Deno.realPath(path).catch(() => undefined);
}

/** Whether the path lies strictly below one of the folders, as text. */
export function isBelow(path: string, folders: readonly string[]): boolean {
  return folders.some((folder) => {
    const start = folder.endsWith(sep) ? folder : folder + sep;
    return path.startsWith(start) && path.length > start.length;
  });
}

/** Whether a folder is there; `false` when it cannot be reached. */
export function isFolder(path: string): Promise<boolean> {
  return Deno.stat(path).then((info) => info.isDirectory, () => false);
}

/** Whether a file is there; `false` when it cannot be reached, and for pipes and devices. */
export function isFile(path: string): Promise<boolean> {
  return Deno.stat(path).then((info) => info.isFile, () => false);
}
