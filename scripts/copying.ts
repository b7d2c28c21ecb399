import { parseArgs } from "node:util";
import { StartupError } from "../src/domain/kernel/errors.ts";

/** Shared by `copy-storage` and `copy-outputs`. */

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

/** Overwrites the last line of a terminal; prints nothing when stderr is not a terminal. */
export function showProgress(text: string): void {
  if (Deno.stderr.isTerminal()) Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${text}`));
}

export function clearProgress(): void {
  showProgress("");
}

/** The message of the innermost cause, or of the first `StartupError`, which is meant for
 * operators. */
export function oneLine(error: unknown): string {
  let bottom = error;
  while (
    bottom instanceof Error && !(bottom instanceof StartupError) && bottom.cause instanceof Error
  ) {
    bottom = bottom.cause;
  }
  if (!(bottom instanceof Error)) return String(bottom);
  // Connecting to a host with several addresses throws an `AggregateError` without a message.
  const [first] = bottom instanceof AggregateError ? bottom.errors : [];
  const text = bottom.message || (first instanceof Error ? first.message : bottom.name);
  return text.replace(/\s*\n\s*/g, " ");
}
