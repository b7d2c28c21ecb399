import { createHash, timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { DomainError } from "../../domain/kernel/errors.ts";
import type { AppDeps, Env } from "../env.ts";

/** `GET /metrics`: 404 unless configured; 401 without the configured token. */
export function metricsPage(deps: AppDeps): MiddlewareHandler<Env> {
  // deno-lint-ignore require-await -- a throw must become a rejection
  return async (c) => {
    const { config, metrics } = deps;
    if (!config.metrics || !metrics) throw new DomainError("not_found", { key: "page_not_found" });
    const given = /^Bearer +([^ ]+)$/i.exec(c.req.header("Authorization") ?? "")?.[1] ?? "";
    if (config.metrics.token !== undefined && !isSame(given, config.metrics.token)) {
      return c.body(null, 401, { "WWW-Authenticate": 'Bearer realm="metrics"' });
    }
    return c.body(metrics.text(), 200, {
      "Content-Type": "text/plain; version=0.0.4; charset=utf-8",
      "Cache-Control": "no-store",
    });
  };
}

/** Compares in constant time, whatever the lengths. */
function isSame(given: string, expected: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
