/** One measured thing: a figure a round, so that the spread is seen. */
export interface Measurement {
  section: string;
  name: string;
  unit: string;
  rounds: number[];
}

/** Collects figures by section and name in the order they first came. */
export class Report {
  readonly measurements: Measurement[] = [];

  add(section: string, name: string, { unit, value }: { unit: string; value: number }): void {
    let found = this.measurements.find((one) => one.section === section && one.name === name);
    if (!found) this.measurements.push(found = { section, name, unit, rounds: [] });
    found.rounds.push(value);
  }

  /** The median over rounds of what is called so; `undefined` if it was not measured. */
  median(section: string, name: string): number | undefined {
    const found = this.measurements.find((one) => one.section === section && one.name === name);
    return found && quantile(sorted(found.rounds), 0.5);
  }

  /** How often `of` goes into `name`, as the middle of the rounds' own ratios: what slows a round
   * down slows both. */
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

  /** A table for people: median, and the least and the most of the rounds. */
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

/** The value below which a share of the ascending values lies. */
export function quantile(values: Float64Array, share: number): number {
  return values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? NaN;
}

function figure(value: number): string {
  return value >= 1000 ? value.toFixed(0) : value.toPrecision(3);
}
