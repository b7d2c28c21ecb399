import { join, relative } from "node:path";
import type { Stage } from "./stage.ts";

export interface Files {
  [path: string]: string;
}

/** Replaces ownership by root when this does not run as root. */
export async function makeReadOnly({ root }: Stage): Promise<void> {
  const chmod = (...args: string[]) => new Deno.Command("chmod", { args }).output();
  await chmod("-R", "a-w", `${root}/app`);
  await chmod("u+w", `${root}/app/data`, `${root}/app/outputs`);
}

/** The size and modification time of every path except `data` and `outputs`. */
export async function imprint({ root }: Stage): Promise<Files> {
  const files: Files = {};
  const walk = async (folder: string) => {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = join(folder, name);
      const { size, mtime } = await Deno.lstat(path);
      files[relative(root, path)] = `${size} bytes, ${mtime?.toISOString()}`;
      if (isDirectory && !/\/app\/(data|outputs)$/.test(path)) await walk(path);
    }
  };
  await walk(root);
  for (const written of ["app/data", "app/outputs"]) delete files[written];
  return files;
}

export function assertSame(actual: Files, expected: Files, message: string): void {
  const paths = new Set([...Object.keys(actual), ...Object.keys(expected)]);
  const changed = [...paths].filter((path) => actual[path] !== expected[path]);
  if (changed.length > 0) throw new Error(`${message}: ${changed.join(", ")}`);
}
