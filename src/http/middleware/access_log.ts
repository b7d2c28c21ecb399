import type { MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import type { AppDeps, Env } from "../env.ts";

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** Logs one line per request and counts it in the metrics. Neither contains the path or anything that
 * was sent. */
export function accessLog(deps: AppDeps): MiddlewareHandler<Env> {
  return async (c, next) => {
    const start = performance.now();
    await next();
    const ms = performance.now() - start;
    const facts = {
      // A client can send any word as the method.
      method: METHODS.find((method) => method === c.req.method) ?? "other",
      // Middleware matches too, with the method `ALL`; the handler is the last with its own.
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
