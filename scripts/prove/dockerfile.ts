export interface Instruction {
  name: string;
  text: string;
}

/** Instructions with their continuation lines joined and comments left out. */
export function parseDockerfile(text: string): Instruction[] {
  const lines = text.split("\n").filter((line) => !/^\s*(#|$)/.test(line));
  return lines.join("\n").replace(/\\\n\s*/g, "").split("\n").map((line) => {
    const [, name, rest] = /^([A-Z]+)\s+(.+)$/.exec(line) ?? [];
    if (!name || !rest) throw new Error(`Dockerfile: cannot read ${JSON.stringify(line)}`);
    return { name, text: rest.trim() };
  });
}

/** A list in exec form. The shell form would put a shell between Docker and the process. */
export function parseExec(text: string): string[] {
  if (!text.startsWith("[")) throw new Error(`Dockerfile: not in exec form: ${text}`);
  return JSON.parse(text);
}

/** Reads `.dockerignore` as Docker does: the last pattern that matches a path or a folder above it
 * decides. */
export function ignores(text: string): (path: string) => boolean {
  const rules = text.split("\n").map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const kept = line.startsWith("!");
      const glob = kept ? line.slice(1) : line;
      if (/[?[\]\\]/.test(glob)) throw new Error(`.dockerignore: not played: ${line}`);
      const source = glob.replace(/[.+^${}()|]/g, "\\$&").replace(
        /\*\*\/|\*/g,
        (star) => star === "*" ? "[^/]*" : "(?:.*/)?",
      );
      return { kept, pattern: new RegExp(`^${source}(?:/|$)`) };
    });
  return (path) => rules.findLast(({ pattern }) => pattern.test(path))?.kept === false;
}
