import type { MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import type { AppDeps, Env } from "../env.ts";

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** One line a request, and its place in the metrics: what was asked and how it went, nothing of what
 * was sent. */
export function accessLog(deps: AppDeps): MiddlewareHandler<Env> {
  return async (c, next) => {
    const start = performance.now();
    await next();
    const ms = performance.now() - start;
    const facts = {
      // A method can be any word its sender likes.
      method: METHODS.find((method) => method === c.req.method) ?? "other",
      // Middleware matches too, for all methods; the handler is the last that names one.
      route: matchedRoutes(c).findLast(({ method }) => method !== "ALL")?.path ?? "none",
      status: c.res.status,
    };
    deps.metrics?.countRequest({ ...facts, seconds: ms / 1000 });
    deps.log.info("request", {
      ...facts,
      ms: Math.round(ms * 10) / 10,
      user_id: c.get("user")?.id,
      request_id: c.get("requestId"),
    });
  };
}
