import { Hono } from "hono";
import { requestId } from "hono/request-id";
import { DomainError } from "./domain/kernel/errors.ts";
import { accessLog } from "./http/middleware/access_log.ts";
import { apiRoutes } from "./http/api/routes.ts";
import type { AppDeps, Env } from "./http/env.ts";
import { apiReference } from "./http/pages/api_reference.tsx";
import { metricsPage } from "./http/middleware/metrics_page.ts";
import { failurePage } from "./http/pages/error.tsx";
import { pageRoutes } from "./http/pages/routes.ts";
import { problemDocument, toFailure } from "./http/problem.ts";
import { limitUrl } from "./http/middleware/request_limits.ts";
import { securityHeaders } from "./http/middleware/security_headers.ts";

/** Longest `X-Request-Id` of a client that is kept; letters, digits, `-`, `_` and `=` only. */
const REQUEST_ID_LIMIT = 64;

/**
 * The whole server as a function from request to response. No body limit is set here: each group of
 * routes that takes a body sets its own.
 */
export function createApp(deps: AppDeps): Hono<Env> {
  const app = new Hono<Env>();

  app.use(requestId({ limitLength: REQUEST_ID_LIMIT }));
  app.use(accessLog(deps));
  app.use(securityHeaders(deps));
  app.use(limitUrl(deps));

  app.get("/healthz", (c) => c.json({ status: "ok" }));
  app.get("/readyz", async (c) => {
    const state = (check: Promise<void>) => check.then(() => "ok", () => "unavailable");
    const [database, volume] = await Promise.all([
      state(deps.pingDatabase()),
      state(deps.volume.ping()),
    ]);
    const ready = database === "ok" && volume === "ok";
    return c.json({ status: ready ? "ok" : "unavailable", database, volume }, ready ? 200 : 503);
  });
  app.get("/metrics", metricsPage(deps));
  app.get("/static/*", deps.staticFiles.handler);
  const api = apiRoutes(deps);
  app.route("/api/v1", api.routes);
  app.route("/api/docs", apiReference(deps, { document: api.document }));
  // Unknown API paths must not reach the pages, which redirect to the sign-in page.
  app.all("/api/*", notFound);
  app.route("/", pageRoutes(deps));

  app.notFound(notFound);
  app.onError((thrown, c) => {
    const failure = toFailure(deps, { thrown, c });
    return c.req.path.startsWith("/api/")
      ? problemDocument(c, failure)
      : failurePage(deps, { c, failure });
  });
  return app;
}

function notFound(): never {
  throw new DomainError("not_found", { key: "page_not_found" });
}
