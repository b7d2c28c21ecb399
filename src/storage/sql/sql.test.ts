import { describe, expect, test } from "vitest";
import { compile, identifier, isIn, joinSql, one, type Sql, sql, type SqlValue } from "./sql.ts";

describe("compiling", () => {
  const inner = sql`a = ${1} or b = ${2}`;
  const cases: [string, Sql, string, string, SqlValue[]][] = [
    ["no value", sql`select 1`, "select 1", "select 1", []],
    ["values", sql`x = ${"v"} and y = ${null}`, "x = ? and y = ?", "x = $1 and y = $2", [
      "v",
      null,
    ]],
    ["a value at either end", sql`${true}, ${0}`, "?, ?", "$1, $2", [true, 0]],
    [
      "a fragment between values",
      sql`${0} (${inner}) ${3}`,
      "? (a = ? or b = ?) ?",
      "$1 (a = $2 or b = $3) $4",
      [
        0,
        1,
        2,
        3,
      ],
    ],
    ["fragments side by side", sql`${sql`a`}${sql`${1}`}${sql`b`}`, "a?b", "a$1b", [1]],
    ["fragments in fragments", sql`(${sql`[${sql`{${"x"}}`}]`})`, "([{?}])", "([{$1}])", ["x"]],
    ["an empty fragment", sql`a${sql``}b`, "ab", "ab", []],
    [
      "more than nine values",
      isIn(sql`id`, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
      "id in (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      "id in ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    ],
  ];
  test.each(cases)("%s", (_, statement, libsql, postgres, args) => {
    expect(compile(statement, "?")).toEqual({ text: libsql, args, isOne: false });
    expect(compile(statement, "$n")).toEqual({ text: postgres, args, isOne: false });
  });

  test("a fragment may be used twice", () => {
    const own = sql`user_id = ${7}`;
    expect(compile(sql`${own} or ${own}`, "$n"))
      .toEqual({ text: "user_id = $1 or user_id = $2", args: [7, 7], isOne: false });
  });

  test("one template says as many things as there are fragments to put into it", () => {
    const either = (a: SqlValue | Sql, b: SqlValue | Sql) => compile(sql`${a}, ${b}`, "$n");
    const [x, y] = [sql`x`, sql`y + ${7}`];
    for (let again = 0; again < 2; again++) {
      expect(either(1, 2)).toMatchObject({ text: "$1, $2", args: [1, 2] });
      expect(either(x, 2)).toMatchObject({ text: "x, $1", args: [2] });
      expect(either(1, x)).toMatchObject({ text: "$1, x", args: [1] });
      expect(either(x, y)).toMatchObject({ text: "x, y + $1", args: [7] });
      expect(either(y, x)).toMatchObject({ text: "y + $1, x", args: [7] });
      expect(either(y, 3)).toMatchObject({ text: "y + $1, $2", args: [7, 3] });
    }
  });
});

test("that a statement answers one row is said of it alone, not of what holds it", () => {
  const statement = one(sql`select ${1}`);
  expect(compile(statement, "?")).toEqual({ text: "select ?", args: [1], isOne: true });
  expect(compile(sql`select * from (${statement})`, "?").isOne).toBe(false);
});

test("the same SQL with other values has the same text, by which drivers prepare it", () => {
  const find = (ids: number[], name: string) =>
    sql`select ${identifier("id")} from t where ${
      joinSql([isIn(sql`id`, ids), sql`name = ${name}`], " and ")
    }`;
  const text = (ids: number[], name: string) => compile(find(ids, name), "?").text;
  expect(text([1, 2], "a")).toBe(text([3, 4], "b"));
  expect(text([1, 2], "a")).not.toBe(text([1, 2, 3], "a"));
});

describe("lists", () => {
  const compiled = (fragment: Sql) => compile(fragment, "$n");

  test("joinSql puts the separator between fragments and keeps the order of values", () => {
    const fragments = [sql`a = ${1}`, sql`b = ${2}`, sql`c`];
    expect(compiled(joinSql(fragments, " and ")))
      .toEqual({ text: "a = $1 and b = $2 and c", args: [1, 2], isOne: false });
    expect(compiled(joinSql([sql`a = ${1}`], ", "))).toEqual({
      text: "a = $1",
      args: [1],
      isOne: false,
    });
    expect(compiled(joinSql([], ", "))).toEqual({ text: "", args: [], isOne: false });
  });

  test("isIn of nothing matches nothing", () => {
    expect(compiled(isIn(sql`status`, []))).toEqual({ text: "1 = 0", args: [], isOne: false });
    expect(compiled(isIn(sql`status`, ["a"]))).toEqual({
      text: "status in ($1)",
      args: ["a"],
      isOne: false,
    });
  });
});

describe("injection", () => {
  const ATTEMPTS = ["'; drop table users; --", "1 or 1=1", "?", "$1", "${x}", "\0", "*/ union /*"];

  test.each(ATTEMPTS)("%j stays a parameter", (attempt) => {
    const statement = sql`select * from t where ${isIn(sql`a`, [attempt])} and b = ${attempt}`;
    expect(compile(statement, "?")).toEqual({
      text: "select * from t where a in (?) and b = ?",
      args: [attempt, attempt],
      isOne: false,
    });
  });

  test("an object that looks like a fragment is none", () => {
    const forged = { strings: ["1; drop table users"], values: [] } as unknown as SqlValue;
    expect(compile(sql`x = ${forged}`, "?").text).toBe("x = ?");
  });

  test.each([...ATTEMPTS, "", "Name", "a b", "a;b", "a.b", "a\n", 'a"'])(
    "%j is no identifier",
    (name) => {
      expect(() => identifier(name)).toThrow(TypeError);
    },
  );

  test("a column's name is an identifier", () => {
    const statement = sql`update t set ${identifier("updated_at")} = ${1}`;
    expect(compile(statement, "?").text).toBe("update t set updated_at = ?");
  });
});
