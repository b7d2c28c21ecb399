import type { PageContext } from "./layout.tsx";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** When something was made: just now, so long ago within a day, then the date. The exact time is in
 * the title. */
export function CreatedAt({ page, at, justNow = page.messages.experiments.justNow }: {
  page: PageContext;
  at: string;
  /** What to say within a minute. */
  justNow?: string;
}) {
  const exact = `${at.slice(0, 19).replace("T", " ")} UTC`;
  return <time dateTime={at} title={exact}>{age(page, { at, justNow })}</time>;
}

function age(
  { messages, now }: PageContext,
  { at, justNow }: { at: string; justNow: string },
): string {
  const elapsed = now.getTime() - Date.parse(at);
  if (elapsed < MINUTE) return justNow;
  if (elapsed >= DAY) return at.slice(0, 10);
  const relative = new Intl.RelativeTimeFormat(messages.language, { numeric: "always" });
  return elapsed < HOUR
    ? relative.format(-Math.floor(elapsed / MINUTE), "minute")
    : relative.format(-Math.floor(elapsed / HOUR), "hour");
}
