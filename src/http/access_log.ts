import type { MiddlewareHandler } from "hono";
import { matchedRoutes } from "hono/route";
import type { AppDeps, Env } from "./env.ts";

/** One line a request: what was asked and how it went, nothing of what was sent. */
export function accessLog(deps: AppDeps): MiddlewareHandler<Env> {
  return async (c, next) => {
    const start = performance.now();
    await next();
    deps.log.info("request", {
      method: c.req.method,
      // Middleware matches too, for all methods; the handler is the last that names one.
      route: matchedRoutes(c).findLast(({ method }) => method !== "ALL")?.path ?? "none",
      status: c.res.status,
      ms: Math.round((performance.now() - start) * 10) / 10,
      user_id: c.get("user")?.id,
      request_id: c.get("requestId"),
    });
  };
}
