/**
 * SQL as a tagged template: values become parameters, fragments nest, and one text serves both
 * databases.
 *
 *     sql`select * from projects where id = ${id} and ${ownedBy(userId)}`
 */
export type SqlValue = string | number | boolean | null;

export class Sql {
  /** `strings` has one element more than `values`; fragments are already merged in. */
  constructor(readonly strings: readonly string[], readonly values: readonly SqlValue[]) {}
}

export function sql(strings: TemplateStringsArray, ...parts: (SqlValue | Sql)[]): Sql {
  const texts = [strings[0]!];
  const values: SqlValue[] = [];
  parts.forEach((part, i) => {
    const after = strings[i + 1]!;
    if (part instanceof Sql) {
      texts[texts.length - 1] += part.strings[0]!;
      texts.push(...part.strings.slice(1));
      values.push(...part.values);
      texts[texts.length - 1] += after;
    } else {
      texts.push(after);
      values.push(part);
    }
  });
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
}

/** The text with `?` (libSQL) or `$1`, `$2` … (Postgres) for its values. */
export function compile({ strings, values }: Sql, style: "?" | "$n"): CompiledSql {
  const text = strings.reduce((all, part, i) => all + (style === "?" ? "?" : `$${i}`) + part);
  return { text, args: [...values] };
}
