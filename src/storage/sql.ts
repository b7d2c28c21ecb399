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
  const built = { strings: [strings[0]!], values: [] as SqlValue[] };
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    if (part instanceof Sql) {
      append(built, part);
      built.strings[built.strings.length - 1] += strings[i + 1]!;
    } else {
      built.values.push(part);
      built.strings.push(strings[i + 1]!);
    }
  }
  return new Sql(built.strings, built.values);
}

function append(built: { strings: string[]; values: SqlValue[] }, fragment: Sql): void {
  built.strings[built.strings.length - 1] += fragment.strings[0]!;
  for (let i = 1; i < fragment.strings.length; i++) built.strings.push(fragment.strings[i]!);
  for (const value of fragment.values) built.values.push(value);
}

/** A column's name, for the rare statement whose columns vary. Never a name from outside. */
export function identifier(name: string): Sql {
  if (!/^[a-z_]+$/.test(name)) throw new TypeError("not an identifier");
  return new Sql([name], []);
}

/** Fragments side by side, `and`, `or` or a comma between them. */
export function joinSql(fragments: Sql[], separator: " and " | ", "): Sql {
  const built = { strings: [""], values: [] as SqlValue[] };
  fragments.forEach((fragment, i) => {
    if (i > 0) built.strings[built.strings.length - 1] += separator;
    append(built, fragment);
  });
  return new Sql(built.strings, built.values);
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
