import type { z } from "zod";
import type { FieldName, FieldProblem, Problem } from "./errors.ts";

/** Both bounds of numeric fields, which a zod issue does not tell: it knows the one that was crossed. */
export type Bounds = Partial<Record<FieldName, { min: number; max: number }>>;

/** What zod found wrong with `input`, as one problem per field: the first of each. */
export function fieldProblems(
  issues: readonly z.core.$ZodIssue[],
  { input, bounds }: { input: unknown; bounds: Bounds },
): [FieldProblem, ...FieldProblem[]] {
  const problems = new Map<FieldName, Problem>();
  for (const issue of issues) {
    const field = (issue.path[0] ?? "body") as FieldName;
    if (!problems.has(field)) problems.set(field, toProblem(issue, { field, input, bounds }));
  }
  const [first, ...rest] = [...problems].map(([field, problem]) => ({ field, problem }));
  if (!first) throw new TypeError("zod refused without an issue");
  return [first, ...rest];
}

function toProblem(
  issue: z.core.$ZodIssue,
  { field, input, bounds }: { field: FieldName; input: unknown; bounds: Bounds },
): Problem {
  if (field === "body") return { key: "not_an_object" };
  if ((input as Record<string, unknown>)[field] === undefined) return { key: "required", field };
  switch (issue.code) {
    case "invalid_type":
      return { key: "wrong_type", field, expected: issue.expected };
    case "invalid_value":
      return { key: "not_one_of", field, values: issue.values.map(String) };
    case "too_small":
      if (issue.origin !== "string") return outOfRange(field, bounds);
      return issue.minimum === 1
        ? { key: "required", field }
        : { key: "too_short", field, min: Number(issue.minimum) };
    case "too_big":
      if (issue.origin !== "string") return outOfRange(field, bounds);
      return { key: "too_long", field, max: Number(issue.maximum) };
    default:
      return { key: "malformed", field };
  }
}

function outOfRange(field: FieldName, bounds: Bounds): Problem {
  const range = bounds[field];
  return range ? { key: "out_of_range", field, ...range } : { key: "malformed", field };
}
