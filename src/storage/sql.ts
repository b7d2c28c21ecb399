/**
 * SQL as a tagged template: values become parameters, fragments nest, and one text serves both
 * databases.
 *
 *     sql`select * from projects where id = ${id} and ${ownedBy(userId)}`
 */
export type SqlValue = string | number | boolean | null;

export class Sql {
  /** `strings` has one element more than `values`; fragments are already merged in. */
  constructor(
    readonly strings: readonly string[],
    readonly values: readonly SqlValue[],
    readonly isOne = false,
  ) {}
}

/** A statement that answers one row at most: a libSQL file answers it with a fifth of the work, and
 * without the few bytes that its driver loses whenever it is asked for all rows. */
export function one({ strings, values }: Sql): Sql {
  return new Sql(strings, values, true);
}

export function sql(strings: TemplateStringsArray, ...parts: (SqlValue | Sql)[]): Sql {
  const texts = [strings[0]!];
  const values: SqlValue[] = [];
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    if (part instanceof Sql) {
      texts[texts.length - 1] += part.strings[0]!;
      for (let j = 1; j < part.strings.length; j++) texts.push(part.strings[j]!);
      for (const value of part.values) values.push(value);
      texts[texts.length - 1] += strings[i + 1]!;
    } else {
      values.push(part);
      texts.push(strings[i + 1]!);
    }
  }
  return new Sql(texts, values);
}

/** A column's name, for the rare statement whose columns vary. Never a name from outside. */
export function identifier(name: string): Sql {
  if (!/^[a-z_]+$/.test(name)) throw new TypeError("not an identifier");
  return new Sql([name], []);
}

/** Fragments side by side, `and`, `or` or a comma between them. */
export function joinSql(fragments: Sql[], separator: " and " | ", "): Sql {
  return fragments.reduce((all, one, i) =>
    i === 0 ? one : new Sql([
      ...all.strings.slice(0, -1),
      all.strings.at(-1)! + separator + one.strings[0]!,
      ...one.strings.slice(1),
    ], [...all.values, ...one.values]), sql``);
}

/** `column in (…)` for a list of values, none of which matches nothing. */
export function isIn(column: Sql, values: readonly SqlValue[]): Sql {
  if (values.length === 0) return sql`1 = 0`;
  return sql`${column} in (${joinSql(values.map((value) => sql`${value}`), ", ")})`;
}

export interface CompiledSql {
  text: string;
  args: SqlValue[];
  /** Whether it answers one row at most. */
  isOne: boolean;
}

/** The text with `?` (libSQL) or `$1`, `$2` … (Postgres) for its values. */
export function compile({ strings, values, isOne }: Sql, style: "?" | "$n"): CompiledSql {
  const text = style === "?"
    ? strings.join("?")
    : strings.reduce((all, part, i) => `${all}$${i}${part}`);
  return { text, args: [...values], isOne };
}
