import type { MiddlewareHandler } from "hono";
import { DomainError } from "../../domain/kernel/errors.ts";
import type { AppDeps, Env } from "../env.ts";

/**
 * Refuses cross-site writes (CSRF), whatever their content type: by `Sec-Fetch-Site`, which every
 * current browser sends on HTTPS and localhost, else by `Origin`. A request with neither does not come
 * from a browser, so no cookie was added to it without the sender's knowledge.
 */
export function requireSameOrigin(deps: AppDeps): MiddlewareHandler<Env> {
  return async (c, next) => {
    if (!["GET", "HEAD"].includes(c.req.method) && !isSameOrigin()) {
      throw new DomainError("forbidden", { key: "cross_site" });
    }
    await next();

    function isSameOrigin(): boolean {
      const site = c.req.header("Sec-Fetch-Site");
      if (site !== undefined) return site === "same-origin" || site === "none";
      const origin = c.req.header("Origin");
      const own = deps.config.publicOrigin ?? new URL(c.req.url).origin;
      return origin === undefined || origin === own;
    }
  };
}
