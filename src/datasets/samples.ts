import type { SplitName } from "./splits.ts";

export const SAMPLE_COUNT = 8;

/** An image that could stand for its dataset. */
export interface Candidate {
  /** Its path; in COCO annotations, before it is located, its name. */
  file: string;
  split: SplitName;
  /** Indexes of the classes its label names. */
  classes: readonly number[];
}

/**
 * At most `SAMPLE_COUNT` of the candidates, one by one that which repeats least of what those before
 * it show: class and split, then class, then split. Of equal ones the first, so that a dataset is
 * always shown by the same images.
 */
export function chooseSamples(candidates: readonly Candidate[]): Candidate[] {
  const chosen: Candidate[] = [];
  const repeats = candidates.map(() => 0);
  while (chosen.length < Math.min(SAMPLE_COUNT, candidates.length)) {
    // `Math.min(...repeats)` would overflow the stack on many.
    const least = repeats.reduce((one, other) => Math.min(one, other));
    const index = repeats.indexOf(least);
    const next = candidates[index]!;
    chosen.push(next);
    const shown = new Set(next.classes);
    for (const [other, { split, classes }] of candidates.entries()) {
      const sameClass = classes.some((index) => shown.has(index)) ||
        classes.length + shown.size === 0;
      repeats[other]! += likeness({ sameClass, sameSplit: split === next.split });
    }
    repeats[index] = Infinity;
  }
  return chosen;
}

function likeness({ sameClass, sameSplit }: { sameClass: boolean; sameSplit: boolean }): number {
  if (sameClass) return sameSplit ? 4 : 2;
  return sameSplit ? 1 : 0;
}
