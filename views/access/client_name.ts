// The first match wins: Edge also claims to be Chrome, and Chrome claims to be Safari.
const PROGRAMS = [
  [/\bEdg(e|A|iOS)?\//, "Edge"],
  [/\bOPR\//, "Opera"],
  [/\bWhale\//, "Whale"],
  [/\bSamsungBrowser\//, "Samsung Internet"],
  [/\b(Firefox|FxiOS)\//, "Firefox"],
  [/\b(Chrome|CriOS|HeadlessChrome)\//, "Chrome"],
  [/\bSafari\//, "Safari"],
] as const;
const SYSTEMS = [
  [/\bAndroid\b/, "Android"],
  [/\biPhone\b/, "iPhone"],
  [/\biPad\b/, "iPad"],
  [/\bWindows\b/, "Windows"],
  [/\bMac OS X\b/, "macOS"],
  [/\bLinux\b/, "Linux"],
] as const;
const MAX_LENGTH = 40;

/** Shortens a `User-Agent` to `Chrome · Linux` or `curl/8.5.0`; `undefined` when it is empty. The
 * client chooses the header, so the result is not proof of anything. */
export function clientName(userAgent: string | null): string | undefined {
  if (!userAgent) return undefined;
  const named = (names: readonly (readonly [RegExp, string])[]) =>
    names.find(([pattern]) => pattern.test(userAgent))?.[1];
  const program = named(PROGRAMS);
  if (!program) return userAgent.split(" ")[0]!.slice(0, MAX_LENGTH);
  return [program, named(SYSTEMS)].filter(Boolean).join(" · ");
}
