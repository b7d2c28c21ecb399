import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { DomainError, invalid } from "../../domain/kernel/errors.ts";
import type { AppDeps, Env } from "../env.ts";
import { problemDocument, toFailure } from "../problem.ts";

/** Room for the longest dataset path in Korean, three times escaped; every browser sends as much. */
const URL_LIMIT = 16 * 1024;
/** Far above any form or JSON of this product, far below what hurts. */
const BODY_LIMIT = 64 * 1024;
/** No JSON of this product nests deeper than two. */
const JSON_DEPTH_LIMIT = 32;
/** No form of this product has more than a dozen. */
const FORM_FIELD_LIMIT = 100;

/**
 * Refuses addresses that nothing behind could read: endless ones, and those that are no URL because
 * of their `Host`. Headers are limited before: Deno refuses more than 64 KiB of them or a hundred
 * and some, and control characters in them, with a bare 400.
 */
export function limitUrl(deps: AppDeps): MiddlewareHandler<Env> {
  return async (c, next) => {
    const problem = c.req.url.length > URL_LIMIT
      ? new DomainError("url_too_long", { key: "url_too_long", limit: URL_LIMIT })
      : URL.canParse(c.req.url)
      ? undefined
      : new DomainError("invalid", { key: "url_malformed" });
    if (!problem) return await next();
    // A page would show where it is.
    return problemDocument(c, toFailure(deps, { thrown: problem, c }));
  };
}

/** Refuses bodies that are too large. */
export function limitBody(): MiddlewareHandler<Env> {
  const read = bodyLimit({
    maxSize: BODY_LIMIT,
    onError() {
      throw new DomainError("too_large", { key: "body_too_large", limit: BODY_LIMIT });
    },
  });
  return (c, next) => {
    // The server holds a body to the length it was said to have. Whoever asks for the body itself, as
    // Hono's limit does, gets a stream, which costs more to read than a body that nobody touched.
    const length = c.req.header("Content-Length") ?? "";
    const isShort = /^\d{1,9}$/.test(length) && Number(length) <= BODY_LIMIT;
    return isShort && c.req.header("Transfer-Encoding") === undefined ? next() : read(c, next);
  };
}

/** Refuses JSON that nests deeper than anything of ours: whatever walks it later may recurse. */
export function limitJsonDepth(): MiddlewareHandler<Env> {
  return async (c, next) => {
    if (isOfType(c.req.header("Content-Type"), /\bjson\b/)) {
      if (nestsDeeper(await c.req.text(), JSON_DEPTH_LIMIT)) {
        const problem = { key: "too_deep", limit: JSON_DEPTH_LIMIT } as const;
        throw invalid({ field: "body", problem });
      }
    }
    await next();
  };
}

/** Refuses forms that cannot be read, or with more fields than any of ours. */
export function limitForm(): MiddlewareHandler<Env> {
  return async (c, next) => {
    if (isOfType(c.req.header("Content-Type"), FORM) && c.req.raw.body) {
      // A body that breaks off is another matter than one that is no form.
      await c.req.arrayBuffer();
      const form = await c.req.parseBody().then(() => c.req.formData(), () => undefined);
      if (!form) throw invalid({ field: "body", problem: { key: "not_a_form" } });
      if ([...form.keys()].length > FORM_FIELD_LIMIT) {
        const problem = { key: "too_many_fields", limit: FORM_FIELD_LIMIT } as const;
        throw invalid({ field: "body", problem });
      }
    }
    await next();
  };
}
const FORM = /^\s*(multipart\/form-data|application\/x-www-form-urlencoded)\b/;

function isOfType(contentType: string | undefined, type: RegExp): boolean {
  return type.test((contentType ?? "").toLowerCase());
}

/** Whether brackets outside of strings are open to more than `limit` at once. */
export function nestsDeeper(json: string, limit: number): boolean {
  // Most JSON has not so many brackets in all.
  if (json.split(/[[{]/, limit + 2).length <= limit + 1) return false;
  let depth = 0;
  // A string, to its end or the text's, is one match, so that what it holds is passed over.
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"?|[[\]{}]/gs)) {
    if (token === "[" || token === "{") depth++;
    else if (token === "]" || token === "}") depth--;
    if (depth > limit) return true;
  }
  return false;
}
