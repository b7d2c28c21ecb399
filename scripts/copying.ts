import { parseArgs } from "node:util";
import { StartupError } from "../src/domain/kernel/errors.ts";

/** What the tasks that copy from one place to another have in common. */

export function parseFromTo(args: string[], usage: string): { from: string; to: string } {
  try {
    const { values } = parseArgs({
      args,
      options: { from: { type: "string" }, to: { type: "string" } },
    });
    if (values.from && values.to) return { from: values.from, to: values.to };
  } catch (cause) {
    throw new StartupError(usage, { cause });
  }
  throw new StartupError(usage);
}

/** On a terminal alone; each line takes the place of the one before. */
export function showProgress(text: string): void {
  if (Deno.stderr.isTerminal()) Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${text}`));
}

export function clearProgress(): void {
  showProgress("");
}

/** What happened at the bottom of it; a `StartupError` is worded for the operator already. */
export function oneLine(error: unknown): string {
  let bottom = error;
  while (
    bottom instanceof Error && !(bottom instanceof StartupError) && bottom.cause instanceof Error
  ) {
    bottom = bottom.cause;
  }
  if (!(bottom instanceof Error)) return String(bottom);
  // An error that gathers others, of each address of a host, has no message of its own.
  const [first] = bottom instanceof AggregateError ? bottom.errors : [];
  const text = bottom.message || (first instanceof Error ? first.message : bottom.name);
  return text.replace(/\s*\n\s*/g, " ");
}
