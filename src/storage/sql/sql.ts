/**
 * SQL as a tagged template: values become parameters, fragments nest, and one text serves both
 * databases.
 *
 *     sql`select * from projects where id = ${id} and id in ${projectsOf(userId, "viewer")}`
 */
export type SqlValue = string | number | boolean | null;

export class Sql {
  constructor(
    /** The text around the values: one more than there are values. */
    readonly strings: readonly string[],
    readonly values: readonly SqlValue[],
    readonly isOne = false,
  ) {}
}

export function sql(template: readonly string[], ...parts: (SqlValue | Sql)[]): Sql {
  const strings = [template[0]!];
  const values: SqlValue[] = [];
  parts.forEach((part, place) => {
    if (part instanceof Sql) {
      strings[strings.length - 1] += part.strings[0]!;
      strings.push(...part.strings.slice(1));
      values.push(...part.values);
    } else {
      strings.push("");
      values.push(part);
    }
    strings[strings.length - 1] += template[place + 1]!;
  });
  return new Sql(strings, values);
}

/** A statement that answers at most one row. A libSQL file answers it in a third of the time, as its
 * driver makes no iterator for it. */
export function one({ strings, values }: Sql): Sql {
  return new Sql(strings, values, true);
}

/** SQL as it stands. Never a text from outside. */
export function verbatim(text: string): Sql {
  return new Sql([text], []);
}

/** A column's name, for the rare statement whose columns vary. Never a name from outside. */
export function identifier(name: string): Sql {
  if (!/^[a-z_]+$/.test(name)) throw new TypeError("not an identifier");
  return verbatim(name);
}

/** Fragments with `and` or a comma between them. */
export function joinSql(fragments: readonly Sql[], separator: " and " | ", "): Sql {
  const between = fragments.slice(1).map(() => separator);
  return sql(["", ...between, ""].slice(0, fragments.length + 1), ...fragments);
}

/** `column in (…)` for a list of values; an empty list matches nothing. */
export function isIn(column: Sql, values: readonly SqlValue[]): Sql {
  if (values.length === 0) return sql`1 = 0`;
  return sql`${column} in (${joinSql(values.map((value) => sql`${value}`), ", ")})`;
}

export interface CompiledSql {
  text: string;
  args: readonly SqlValue[];
  /** Whether it answers at most one row. */
  isOne: boolean;
}

/** Puts in how a driver marks values: `?` (libSQL) or `$1`, `$2` … (Postgres). */
export function compile({ strings, values, isOne }: Sql, style: "?" | "$n"): CompiledSql {
  const text = style === "?"
    ? strings.join("?")
    : strings.reduce((all, part, index) => `${all}$${index}${part}`);
  return { text, args: values, isOne };
}
