/** Created on first use: constructing them at startup takes longer than loading all the texts. */
const formats: Partial<Record<"or" | "and", Intl.ListFormat>> = {};

/** `a, b, or c` */
export function or(items: Iterable<string>): string {
  formats.or ??= new Intl.ListFormat("en", { type: "disjunction" });
  return formats.or.format(items);
}

/** `a, b, and c` */
export function and(items: Iterable<string>): string {
  formats.and ??= new Intl.ListFormat("en", { type: "conjunction" });
  return formats.and.format(items);
}
