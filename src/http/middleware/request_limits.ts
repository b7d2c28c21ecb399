import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { DomainError, invalid } from "../../domain/kernel/errors.ts";
import type { AppDeps, Env } from "../env.ts";
import { problemDocument, toFailure } from "../problem.ts";

/** Fits the longest dataset path in Korean, percent-encoded three times; browsers send at least that. */
const URL_LIMIT = 16 * 1024;
/** Bytes of a body, by kind of route. */
export const BODY_LIMITS = { json: 64 * 1024, form: 64 * 1024 };
/** The product's own JSON nests two levels deep. */
const JSON_DEPTH_LIMIT = 32;
/** The product's own forms have at most a dozen fields. */
const FORM_FIELD_LIMIT = 100;

/**
 * Refuses URLs that are too long, or invalid because of their `Host`. Headers are limited by Deno,
 * which answers more than 64 KiB, about a hundred headers or control characters with a bare 400.
 */
export function limitUrl(deps: AppDeps): MiddlewareHandler<Env> {
  return async (c, next) => {
    const problem = c.req.url.length > URL_LIMIT
      ? new DomainError("url_too_long", { key: "url_too_long", limit: URL_LIMIT })
      : URL.canParse(c.req.url)
      ? undefined
      : new DomainError("invalid", { key: "url_malformed" });
    if (!problem) return await next();
    // Not a page: rendering one needs a valid URL.
    return problemDocument(c, toFailure(deps, { thrown: problem, c }));
  };
}

/** Refuses bodies of more than `maxSize` bytes, whatever the method, with a `DomainError`
 * `too_large`. */
export function limitBody(maxSize: number): MiddlewareHandler<Env> {
  return bodyLimit({
    maxSize,
    onError() {
      throw new DomainError("too_large", { key: "body_too_large", limit: maxSize });
    },
  });
}

/** Refuses deeply nested JSON before anything recursive walks it. */
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

/** Refuses forms that are malformed or have too many fields. */
export function limitForm(): MiddlewareHandler<Env> {
  return async (c, next) => {
    if (isOfType(c.req.header("Content-Type"), FORM) && c.req.raw.body) {
      // Outside of the catch below: a body that breaks off is no malformed form.
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

/** Whether more than `limit` brackets outside of strings are open at once. */
export function nestsDeeper(json: string, limit: number): boolean {
  // Fast path: most JSON has fewer brackets in total.
  if (json.split(/[[{]/, limit + 2).length <= limit + 1) return false;
  let depth = 0;
  // A whole string is one match, so brackets inside it are skipped.
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"?|[[\]{}]/gs)) {
    if (token === "[" || token === "{") depth++;
    else if (token === "]" || token === "}") depth--;
    if (depth > limit) return true;
  }
  return false;
}
