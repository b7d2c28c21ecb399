/**
 * SQL as a tagged template: values become parameters, fragments nest, and one text serves both
 * databases.
 *
 *     sql`select * from projects where id = ${id} and ${ownedBy(userId)}`
 */
export type SqlValue = string | number | boolean | null;

export class Sql {
  constructor(
    readonly shape: Shape,
    readonly values: readonly SqlValue[],
    readonly isOne = false,
  ) {}
}

/** How a driver marks where a value goes: `?` (libSQL) or `$1`, `$2` … (Postgres). */
type Style = "?" | "$n";

/**
 * What SQL says, its values left out. The same template with fragments of the same shapes has the very
 * same shape, so that its text is put together once and is one string, which a driver finds its
 * prepared statement by.
 */
class Shape {
  /** One more than there are values. */
  #strings: readonly string[] | undefined;
  readonly #texts = new Map<Style, string>();
  readonly #extended: WeakMap<Shape, Shape>[] = [];

  /** This, with a fragment at a place of the template. */
  with(place: number, fragment: Shape): Shape {
    const known = this.#extended[place] ??= new WeakMap();
    let extended = known.get(fragment);
    if (!extended) known.set(fragment, extended = new Shape());
    return extended;
  }

  /** `spell` puts the strings together, the first time. */
  spelled(spell: () => readonly string[]): Shape {
    this.#strings ??= spell();
    return this;
  }

  get strings(): readonly string[] {
    return this.#strings!;
  }

  text(style: Style): string {
    let text = this.#texts.get(style);
    if (text === undefined) {
      text = style === "?"
        ? this.strings.join("?")
        : this.strings.reduce((all, part, i) => `${all}$${i}${part}`);
      this.#texts.set(style, text);
    }
    return text;
  }
}

const shapes = new WeakMap<TemplateStringsArray, Shape>();

export function sql(template: TemplateStringsArray, ...parts: (SqlValue | Sql)[]): Sql {
  let shape = shapes.get(template);
  if (!shape) shapes.set(template, shape = new Shape());
  const values: SqlValue[] = [];
  for (let place = 0; place < parts.length; place++) {
    const part = parts[place]!;
    if (part instanceof Sql) {
      shape = shape.with(place, part.shape);
      for (const value of part.values) values.push(value);
    } else values.push(part);
  }
  return new Sql(shape.spelled(() => merge(template, parts)), values);
}

/** The strings around values, those of fragments among them. */
function merge(strings: readonly string[], parts: (SqlValue | Sql)[]): string[] {
  const merged = [strings[0]!];
  const append = (string: string) => merged[merged.length - 1] += string;
  parts.forEach((part, place) => {
    const after = strings[place + 1]!;
    if (part instanceof Sql) {
      part.shape.strings.forEach((string, i) => i === 0 ? append(string) : merged.push(string));
      append(after);
    } else merged.push(after);
  });
  return merged;
}

/** A statement that answers one row at most: a libSQL file answers it with a fifth of the work, and
 * without the few bytes that its driver loses whenever it is asked for all rows. */
export function one({ shape, values }: Sql): Sql {
  return new Sql(shape, values, true);
}

/** SQL as it stands. Never a text from outside. */
export function verbatim(text: string): Sql {
  return new Sql(new Shape().spelled(() => [text]), []);
}

const identifiers = new Map<string, Sql>();

/** A column's name, for the rare statement whose columns vary. Never a name from outside. */
export function identifier(name: string): Sql {
  if (!/^[a-z_]+$/.test(name)) throw new TypeError("not an identifier");
  let fragment = identifiers.get(name);
  if (!fragment) identifiers.set(name, fragment = verbatim(name));
  return fragment;
}

const joined = { " and ": new Shape(), ", ": new Shape() };
/** Lists of values come in any length, and are not worth remembering. */
const MAX_REMEMBERED = 30;

/** Fragments side by side, `and`, `or` or a comma between them. */
export function joinSql(fragments: Sql[], separator: keyof typeof joined): Sql {
  const shape = fragments.length > MAX_REMEMBERED
    ? new Shape()
    : fragments.reduce((all, fragment, i) => all.with(i, fragment.shape), joined[separator]);
  // Before, between and after them, as of a template.
  const strings = () => ["", ...fragments.slice(1).map(() => separator), ""];
  return new Sql(
    shape.spelled(() => merge(strings(), fragments)),
    fragments.flatMap(({ values }) => values),
  );
}

/** `column in (…)` for a list of values, none of which matches nothing. */
export function isIn(column: Sql, values: readonly SqlValue[]): Sql {
  if (values.length === 0) return sql`1 = 0`;
  return sql`${column} in (${joinSql(values.map((value) => sql`${value}`), ", ")})`;
}

export interface CompiledSql {
  text: string;
  args: readonly SqlValue[];
  /** Whether it answers one row at most. */
  isOne: boolean;
}

export function compile({ shape, values, isOne }: Sql, style: Style): CompiledSql {
  return { text: shape.text(style), args: values, isOne };
}
