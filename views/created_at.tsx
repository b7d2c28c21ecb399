import type { PageContext } from "./layout.tsx";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** When something was made: just now, so long ago within a day, then the date. The exact time is in
 * the title. */
export function CreatedAt({ page, at }: { page: PageContext; at: string }) {
  const exact = `${at.slice(0, 19).replace("T", " ")} UTC`;
  return <time dateTime={at} title={exact}>{age(page, at)}</time>;
}

function age({ messages, now }: PageContext, at: string): string {
  const elapsed = now.getTime() - Date.parse(at);
  if (elapsed < MINUTE) return messages.experiments.justNow;
  if (elapsed >= DAY) return at.slice(0, 10);
  const relative = relativeTime(messages.language);
  return elapsed < HOUR
    ? relative.format(-Math.floor(elapsed / MINUTE), "minute")
    : relative.format(-Math.floor(elapsed / HOUR), "hour");
}

/** Made once a language, as making one costs more than the rest of a row. */
function relativeTime(language: string): Intl.RelativeTimeFormat {
  const known = formats.get(language);
  if (known) return known;
  const format = new Intl.RelativeTimeFormat(language, { numeric: "always" });
  formats.set(language, format);
  return format;
}
const formats = new Map<string, Intl.RelativeTimeFormat>();
