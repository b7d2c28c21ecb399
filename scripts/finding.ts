/** What a look at one part of an installation has shown. */
export interface Finding {
  /** `note`: no harm is done, but somebody should know. */
  level: "fine" | "note" | "wrong" | "mended";
  /** The part: a variable's value, or what lies at it. */
  part: string;
  text: string;
}

export function printFinding({ level, part, text }: Finding): void {
  console.log(`${level.padEnd(6)}  ${part.padEnd(13)}  ${text}`);
}

/** `1 job`, `2 jobs`; a list of a few of them where there are names. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

const SHOWN = 5;

export function someOf(names: readonly string[]): string {
  const more = names.length - SHOWN;
  return names.slice(0, SHOWN).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
