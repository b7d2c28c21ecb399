import type { PageContext } from "./layout.tsx";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** When something was: just now, so long ago within a day, then the date; `app.js` keeps it up to
 * date. The exact time is in the title. */
export function Age({ page, at }: { page: PageContext; at: string }) {
  const exact = `${at.slice(0, 19).replace("T", " ")} UTC`;
  return <time dateTime={at} title={exact} data-age>{inWords(page, at)}</time>;
}

function inWords({ messages, now }: PageContext, at: string): string {
  const elapsed = now.getTime() - Date.parse(at);
  if (elapsed < MINUTE) return messages.experiments.justNow;
  if (elapsed >= DAY) return at.slice(0, 10);
  const relative = new Intl.RelativeTimeFormat(messages.language, { numeric: "always" });
  return elapsed < HOUR
    ? relative.format(-Math.floor(elapsed / MINUTE), "minute")
    : relative.format(-Math.floor(elapsed / HOUR), "hour");
}
