import { z } from "zod";

// C0 and C1 controls except tab and line ends, and lone surrogates: Postgres rejects NUL, the others
// break logs and terminals, and no name needs them.
// deno-lint-ignore no-control-regex
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]|\p{Surrogate}/u;
const CONTROLS = "\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f";
const ANY = `[^${CONTROLS}]`;

/**
 * Text a person typed: trimmed, `min` (0 or 1) to `max` characters, free of control characters. The
 * pattern states the same rule in the API's document.
 */
export function text({ min = 1, max }: { min?: 0 | 1; max: number }) {
  return z.string().trim().min(min).max(max).refine((value) => !FORBIDDEN.test(value))
    .meta({ pattern: min === 1 ? `^${ANY}*[^${CONTROLS}\\s]${ANY}*$` : `^${ANY}*$` });
}
