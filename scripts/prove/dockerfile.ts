export interface Instruction {
  name: string;
  text: string;
}

/** Parses instructions: joins continuation lines and drops comments. */
export function parseDockerfile(text: string): Instruction[] {
  const lines = text.split("\n").filter((line) => !/^\s*(#|$)/.test(line));
  return lines.join("\n").replace(/\\\n\s*/g, "").split("\n").map((line) => {
    const [, name, rest] = /^([A-Z]+)\s+(.+)$/.exec(line) ?? [];
    if (!name || !rest) throw new Error(`Dockerfile: cannot read ${JSON.stringify(line)}`);
    return { name, text: rest.trim() };
  });
}

/** Parses the exec form. Rejects the shell form, whose shell would not forward signals. */
export function parseExec(text: string): string[] {
  if (!text.startsWith("[")) throw new Error(`Dockerfile: not in exec form: ${text}`);
  return JSON.parse(text);
}

/** Interprets `.dockerignore`: the last pattern that matches the path or a parent folder decides.
 * Interprets `.dockerignore`: the last pattern that matches the path or a parent folder decides. */
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
