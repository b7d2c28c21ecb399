/** The result of one check of an installation. */
export interface Finding {
  /** `note`: harmless but worth knowing. */
  level: "fine" | "note" | "wrong" | "mended";
  /** The part that was checked, such as `database` or `disk space`. */
  part: string;
  text: string;
}

export function printFinding({ level, part, text }: Finding): void {
  console.log(`${level.padEnd(6)}  ${part.padEnd(13)}  ${text}`);
}

/** `1 job`, `2 jobs` */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

const SHOWN = 5;

export function someOf(names: readonly string[]): string {
  const more = names.length - SHOWN;
  return names.slice(0, SHOWN).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
