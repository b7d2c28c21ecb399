import { type Hook, OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { z } from "zod";
import { type DomainError, invalid, notFound, type Noun } from "../domain/kernel/errors.ts";
import { fieldProblems } from "../domain/kernel/field_problems.ts";
import { RANGES } from "../domain/jobs/job.ts";
import { PAGE_SIZE } from "../domain/kernel/page.ts";
import type { Env } from "./env.ts";

/** `input` as `schema` has it. Throws a `DomainError` `invalid` that names each field at fault. */
export function parseInput<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const result = schema.safeParse(input);
  if (!result.success) throw refused(result.error, input);
  return result.data;
}

/** Routes whose schemas both validate and describe them; throws as `parseInput` does. */
export function apiApp(): OpenAPIHono<Env> {
  return new OpenAPIHono<Env>({ defaultHook: refuse });
}

const refuse: Hook<unknown, Env, string, void> = (result, c) => {
  // Hono reads a body of another type as an empty object, which would give puzzling messages.
  if (result.target === "json" && !JSON_TYPE.test(c.req.header("Content-Type") ?? "")) {
    throw notJson();
  }
  if (result.success) return;
  if (result.target === "header") {
    throw invalid({ field: "body", problem: { key: "idempotency_key_malformed" } });
  }
  // The validator hands over what it was given, though its type does not say so.
  throw refused(result.error, (result as unknown as { data: unknown }).data);
};
const JSON_TYPE = /^application\/([\w.-]+\+)?json\b/i;

const BOUNDS = { ...RANGES, limit: PAGE_SIZE };

function refused({ issues }: z.core.$ZodError, input: unknown): DomainError {
  return invalid(...fieldProblems(issues, { input, bounds: BOUNDS }));
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
