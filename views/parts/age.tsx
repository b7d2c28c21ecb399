import type { Language } from "../../src/i18n/messages.ts";
import type { PageContext } from "../page_context.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Cached: constructing a format is slow. */
const formats: Partial<Record<Language, Intl.RelativeTimeFormat>> = {};

/** A relative time for up to a day, then the date; the title has the exact time. `app.js` updates
 * it. */
export function Age({ page, at, justNow = page.messages.page.justNow }: {
  page: PageContext;
  at: string;
  /** The text during the first minute. */
  justNow?: string;
}) {
  const exact = `${at.slice(0, 19).replace("T", " ")} UTC`;
  return (
    <time dateTime={at} title={exact} data-just-now={justNow}>
      {inWords(page, { at, justNow })}
    </time>
  );
}

function inWords(
  { messages, now }: PageContext,
  { at, justNow }: { at: string; justNow: string },
): string {
  const elapsed = now.getTime() - Date.parse(at);
  if (elapsed < MINUTE) return justNow;
  if (elapsed >= DAY) return at.slice(0, 10);
  const format = formats[messages.language] ??= new Intl.RelativeTimeFormat(messages.language, {
    numeric: "always",
  });
  return elapsed < HOUR
    ? format.format(-Math.floor(elapsed / MINUTE), "minute")
    : format.format(-Math.floor(elapsed / HOUR), "hour");
}
