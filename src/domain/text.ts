import { z } from "zod";

// C0 and C1 controls but tab and line ends, and lone surrogates: Postgres refuses NUL, logs and
// terminals trip over the rest, and no name needs one.
// deno-lint-ignore no-control-regex
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]|\p{Surrogate}/u;

/** Text a person typed: trimmed, `min` (1) to `max` characters, free of control characters. */
export function text({ min = 1, max }: { min?: number; max: number }) {
  return z.string().trim().min(min).max(max).refine((value) => !FORBIDDEN.test(value));
}
