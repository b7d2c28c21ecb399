import { type Hook, OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import type { z } from "zod";
import { type DomainError, invalid, notFound, type Noun } from "../domain/kernel/errors.ts";
import { fieldProblems } from "../domain/kernel/field_problems.ts";
import { RANGES } from "../domain/jobs/job.ts";
import { PAGE_SIZE } from "../domain/kernel/page.ts";
import type { Env } from "./env.ts";

/** An app whose routes are validated and documented by the same schemas. Invalid input throws a
 * `DomainError` `invalid`. */
export function apiApp(): OpenAPIHono<Env> {
  return new OpenAPIHono<Env>({ defaultHook: refuse });
}

const refuse: Hook<unknown, Env, string, void> = (result, c) => {
  // Hono reads a body of another type as an empty object; the messages would only confuse.
  if (result.target === "json" && !JSON_TYPE.test(c.req.header("Content-Type") ?? "")) {
    throw notJson();
  }
  if (result.success) return;
  if (result.target === "header") {
    throw invalid({ field: "body", problem: { key: "idempotency_key_malformed" } });
  }
  // The validator passes its input on as `data`; the type leaves it out.
  throw refused(result.error, (result as unknown as { data: unknown }).data);
};
const JSON_TYPE = /^application\/([\w.-]+\+)?json\b/i;

const BOUNDS = { ...RANGES, limit: PAGE_SIZE };

/** What zod found wrong with `input`, as a `DomainError` `invalid` that names each field at fault. */
export function refused({ issues }: z.core.$ZodError, input: unknown): DomainError {
  return invalid(...fieldProblems(issues, { input, bounds: BOUNDS }));
}

export function notJson(): DomainError {
  return invalid({ field: "body", problem: { key: "not_json" } });
}

/** The `:id` of the path. Throws as `toId` does. */
export function idParam(c: Context<Env>, noun: Noun): number {
  return toId(c.req.param("id") ?? "", noun);
}

/** Parses an id. Throws a `DomainError` `not_found` when the text is not a non-negative integer. */
export function toId(text: string, noun: Noun): number {
  const id = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(id)) throw notFound(noun);
  return id;
}
