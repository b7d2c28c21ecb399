import { zValidator } from "@hono/zod-validator";
import type { Context } from "hono";
import type { z } from "zod";
import { type DomainError, invalid, notFound, type Noun } from "../domain/errors.ts";
import { fieldProblems } from "../domain/field_problems.ts";
import type { Env } from "./env.ts";

/** `input` as `schema` has it. Throws a `DomainError` `invalid` that names each field at fault. */
export function parseInput<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const result = schema.safeParse(input);
  if (!result.success) throw refused(result.error, input);
  return result.data;
}

/** The JSON body as `schema` has it; throws as `parseInput` does. */
export function jsonBody<T extends z.ZodType>(schema: T) {
  return zValidator("json", schema, (result, c) => {
    // Hono reads a body of another type as an empty object, which would give puzzling messages.
    if (!JSON_TYPE.test(c.req.header("Content-Type") ?? "")) throw notJson();
    if (!result.success) throw refused(result.error, result.data);
  });
}
const JSON_TYPE = /^application\/([\w.-]+\+)?json\b/i;

/** The query string as `schema` has it; throws as `parseInput` does. */
export function query<T extends z.ZodType>(schema: T) {
  return zValidator("query", schema, (result) => {
    if (!result.success) throw refused(result.error, result.data);
  });
}

function refused({ issues }: z.core.$ZodError, input: unknown): DomainError {
  return invalid(...fieldProblems(issues, input));
}

export function notJson(): DomainError {
  return invalid({ field: "body", problem: { key: "not_json" } });
}

/** The id in the path. */
export function idParam(c: Context<Env>, noun: Noun): number {
  return toId(c.req.param("id") ?? "", noun);
}

/** An id as text. What cannot be one names nothing. */
export function toId(text: string, noun: Noun): number {
  const id = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(id)) throw notFound(noun);
  return id;
}
