import type { Language } from "../../src/i18n/messages.ts";
import type { PageContext } from "../page_context.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A format costs far more to make than to use. */
const formats: Partial<Record<Language, Intl.RelativeTimeFormat>> = {};

/** When something was: just now, so long ago within a day, then the date; `app.js` keeps it up to
 * date. The exact time is in the title. */
export function Age({ page, at, justNow = page.messages.page.justNow }: {
  page: PageContext;
  at: string;
  /** What to say within a minute. */
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
