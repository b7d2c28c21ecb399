import { Hono } from "hono";
import { requestId } from "hono/request-id";
import { secureHeaders } from "hono/secure-headers";
import { DomainError } from "./domain/errors.ts";
import { accessLog } from "./http/access_log.ts";
import { apiRoutes } from "./http/api/routes.ts";
import type { AppDeps, Env } from "./http/env.ts";
import { isHttps } from "./http/https.ts";
import { apiReference } from "./http/pages/api_reference.tsx";
import { metricsPage } from "./http/metrics.ts";
import { errorPage } from "./http/pages/error.tsx";
import { pageRoutes } from "./http/pages/routes.ts";
import { problemDocument, toFailure } from "./http/problem.ts";
import { limitBody, limitUrl } from "./http/request_limits.ts";

/** A client's own id of a request is kept if it is letters, digits, `-`, `_` and `=`, and short. */
const REQUEST_ID_LIMIT = 64;

/** The whole server as a function from request to response. */
export function createApp(deps: AppDeps): Hono<Env> {
  const app = new Hono<Env>();

  app.use(requestId({ limitLength: REQUEST_ID_LIMIT }));
  app.use(accessLog(deps));
  app.use(secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'self'"],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
    // Trusted types are not asked for: htmx 4.0 writes answers into the page without a policy.
    permissionsPolicy: {
      camera: [],
      displayCapture: [],
      geolocation: [],
      microphone: [],
      payment: [],
      usb: [],
    },
    xFrameOptions: "DENY",
    referrerPolicy: "same-origin",
    // A route that sets a header of its own, as for images, means it.
    overwrite: false,
    strictTransportSecurity: isHttps(deps.config) && "max-age=31536000; includeSubDomains",
  }));
  app.use(limitUrl(deps));
  app.use(limitBody());

  app.get("/healthz", (c) => c.json({ status: "ok" }));
  app.get("/readyz", async (c) => {
    const state = (check: Promise<void>) => check.then(() => "ok", () => "unavailable");
    const [database, volume] = await Promise.all([
      state(deps.storage.ping()),
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
