import type { z } from "zod";
import { FIELD_NAMES, type FieldName, type FieldProblem, type Problem } from "./errors.ts";
import { PAGE_SIZE, RANGES } from "../jobs/job.ts";

const BOUNDS: Partial<Record<FieldName, { min: number; max: number }>> = {
  ...RANGES,
  limit: PAGE_SIZE,
};

/** What zod found wrong with `input`, as one problem a field: the first of each. */
export function fieldProblems(
  issues: readonly z.core.$ZodIssue[],
  input: unknown,
): [FieldProblem, ...FieldProblem[]] {
  const problems = new Map<FieldName, Problem>();
  for (const issue of issues) {
    const field = FIELD_NAMES.find((name) => name === issue.path[0]) ?? "body";
    if (!problems.has(field)) problems.set(field, toProblem(issue, { field, input }));
  }
  const [first, ...rest] = [...problems].map(([field, problem]) => ({ field, problem }));
  if (!first) throw new TypeError("zod refused without an issue");
  return [first, ...rest];
}

function toProblem(
  issue: z.core.$ZodIssue,
  { field, input }: { field: FieldName; input: unknown },
): Problem {
  if (field === "body") return { key: "not_an_object" };
  if ((input as Record<string, unknown>)[field] === undefined) return { key: "required", field };
  switch (issue.code) {
    case "invalid_type":
      return { key: "wrong_type", field, expected: issue.expected };
    case "invalid_value":
      return { key: "not_one_of", field, values: issue.values.map(String) };
    case "too_small":
      if (issue.origin !== "string") return outOfBounds(field);
      return issue.minimum === 1
        ? { key: "required", field }
        : { key: "too_short", field, min: Number(issue.minimum) };
    case "too_big":
      if (issue.origin !== "string") return outOfBounds(field);
      return { key: "too_long", field, max: Number(issue.maximum) };
    default:
      return { key: "malformed", field };
  }
}

/** The message gives both bounds, though only one was crossed. */
function outOfBounds(field: FieldName): Problem {
  const bounds = BOUNDS[field];
  return bounds ? { key: "out_of_range", field, ...bounds } : { key: "malformed", field };
}
