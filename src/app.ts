import { Hono } from "hono";
import { requestId } from "hono/request-id";
import { RegExpRouter } from "hono/router/reg-exp-router";
import { DomainError } from "./domain/kernel/errors.ts";
import { accessLog } from "./http/middleware/access_log.ts";
import { apiRoutes } from "./http/api/routes.ts";
import type { AppDeps, Env } from "./http/env.ts";
import { apiReference } from "./http/pages/api_reference.tsx";
import { metricsPage } from "./http/middleware/metrics.ts";
import { errorPage } from "./http/pages/error.tsx";
import { pageRoutes } from "./http/pages/routes.ts";
import { problemDocument, toFailure } from "./http/problem.ts";
import { limitBody, limitUrl } from "./http/middleware/request_limits.ts";
import { securityHeaders } from "./http/middleware/security_headers.ts";

/** A client's own id of a request is kept if it is letters, digits, `-`, `_` and `=`, and short. */
const REQUEST_ID_LIMIT = 64;

/** The whole server as a function from request to response. */
export function createApp(deps: AppDeps): Hono<Env> {
  // One regular expression for all routes. Hono's default falls back on a router whose garbage grows old
  // when a route does not fit into it; this one says so.
  const app = new Hono<Env>({ router: new RegExpRouter() });

  app.use(requestId({ limitLength: REQUEST_ID_LIMIT }));
  app.use(accessLog(deps));
  app.use(securityHeaders(deps));
  app.use(limitUrl(deps));
  app.use(limitBody());

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
  // Else the pages below would answer, and send a client of the API to the sign-in page.
  app.all("/api/*", notFound);
  app.route("/", pageRoutes(deps));

  app.notFound(notFound);
  app.onError((thrown, c) => {
    const failure = toFailure(deps, { thrown, c });
    return c.req.path.startsWith("/api/")
      ? problemDocument(c, failure)
      : errorPage(deps, { c, failure });
  });
  return app;
}

function notFound(): never {
  throw new DomainError("not_found", { key: "page_not_found" });
}
