import { OUTPUT_SUBDIRS, type OutputDirParts } from "../domain/output_dir.ts";

export interface Reservation extends OutputDirParts {
  root: string;
}

/** The non-recursive `mkdir` of the leaf is what makes a name somebody's, also between processes. */
export function reserve({ root, project, leaf }: Reservation): boolean {
  // Put together by hand: `join` takes a moment a name.
  const parent = `${root}/${project}`;
  const directory = `${parent}/${leaf}`;
  if (!makeLeaf(directory, { parent })) return false;
  try {
    // The leaf was just made, so only the project's folder can be a link.
    if (Deno.lstatSync(parent).isSymlink) throw new Error("a link is in the way");
    for (const name of OUTPUT_SUBDIRS) Deno.mkdirSync(`${directory}/${name}`);
  } catch (error) {
    removeQuietly(directory);
    throw error;
  }
  return true;
}

function makeLeaf(directory: string, { parent }: { parent: string }): boolean {
  try {
    Deno.mkdirSync(directory);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  // The project's first job.
  Deno.mkdirSync(parent, { recursive: true });
  return makeLeaf(directory, { parent });
}

function removeQuietly(directory: string): void {
  try {
    Deno.removeSync(directory, { recursive: true });
  } catch {
    // What failed before is what is told; a sweep finds the rest.
  }
}
