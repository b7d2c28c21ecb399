/** A measurement, with one value per round to show the spread. */
export interface Measurement {
  section: string;
  name: string;
  unit: string;
  rounds: number[];
}

/** Collects measurements by section and name, in order of first appearance. */
export class Report {
  readonly measurements: Measurement[] = [];

  add(section: string, name: string, { unit, value }: { unit: string; value: number }): void {
    let found = this.measurements.find((one) => one.section === section && one.name === name);
    if (!found) this.measurements.push(found = { section, name, unit, rounds: [] });
    found.rounds.push(value);
  }

  /** The median of all rounds; `undefined` if nothing was measured under this name. */
  median(section: string, name: string): number | undefined {
    const found = this.measurements.find((one) => one.section === section && one.name === name);
    return found && quantile(sorted(found.rounds), 0.5);
  }

  /** Adds the ratio `name` ÷ `of` of each round. Comparing within rounds cancels out what slows the
   * whole machine down. */
  ratio(section: string, name: string, of: string): void {
    const [one, other] = [name, of].map((wanted) =>
      this.measurements.find((found) => found.section === section && found.name === wanted)
    );
    if (!one || !other) return;
    one.rounds.forEach((value, round) => {
      const divisor = other.rounds[round];
      if (divisor) this.add(section, `${name} ÷ ${of}`, { unit: "×", value: value / divisor });
    });
  }

  /** Prints a table with median, minimum and maximum. */
  print(section: string): void {
    console.log(`\n${section}`);
    for (const { name, unit, rounds } of this.measurements.filter((m) => m.section === section)) {
      const values = sorted(rounds);
      const spread = values.length > 1
        ? `  (${figure(values[0]!)} … ${figure(values.at(-1)!)})`
        : "";
      const median = figure(quantile(values, 0.5));
      console.log(`  ${name.padEnd(58)} ${median.padStart(9)} ${unit}${spread}`);
    }
  }
}

export function sorted(values: Iterable<number>): Float64Array {
  return Float64Array.from(values).sort();
}

/** The quantile `share` (0 to 1) of ascending values. */
export function quantile(values: Float64Array, share: number): number {
  return values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? NaN;
}

function figure(value: number): string {
  return value >= 1000 ? value.toFixed(0) : value.toPrecision(3);
}
