import type { OpenAPIHono } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { DomainError } from "../../domain/kernel/errors.ts";
import { requireBearer } from "../middleware/auth.ts";
import type { AppDeps, Env } from "../env.ts";
import { apiApp } from "../validate.ts";
import { BODY_LIMITS, limitBody, limitJsonDepth } from "../middleware/request_limits.ts";
import { auditLogRoutes } from "./access/audit.ts";
import { accountRoutes, authRoutes } from "./access/auth.ts";
import { datasetRoutes } from "./catalog/dataset.ts";
import { type ApiDocument, describeApi, documentRoute } from "./document.ts";
import { modelRoutes } from "./catalog/model.ts";
import { passwordRoutes } from "./access/password.ts";
import { personalAccessTokenRoutes } from "./access/token.ts";
import { projectRoutes } from "./projects/project.ts";
import { projectMemberRoutes } from "./projects/member.ts";
import { sessionRoutes } from "./access/session.ts";
import { trainingJobRoutes } from "./jobs/job.ts";

export interface Api {
  routes: OpenAPIHono<Env>;
  /** The routes as an OpenAPI document. */
  document: () => ApiDocument;
}

/** The REST API. Only registering, signing in and the OpenAPI document need no token. */
export function apiRoutes(deps: AppDeps): Api {
  const api = apiApp();
  const document = describeApi(api, deps.config);
  api.use((c, next) => {
    // Set before the response exists: changing a finished response copies it.
    c.header("Cache-Control", "no-store");
    return next();
  });
  api.use(limitBody(BODY_LIMITS.json));
  api.use("/auth/*", limitJsonDepth());
  api.route("/auth", authRoutes(deps));
  api.openapi(documentRoute, (c) => c.json({ ...document() }, 200));
  api.use(requireBearer(deps));
  api.use(limitJsonDepth());
  api.route("/auth", accountRoutes(deps));
  api.route("/auth/password", passwordRoutes(deps));
  api.route("/auth/sessions", sessionRoutes(deps));
  api.route("/auth/tokens", personalAccessTokenRoutes(deps));
  api.route("/projects", projectRoutes(deps));
  api.route("/projects", projectMemberRoutes(deps));
  api.route("/projects", auditLogRoutes(deps));
  api.route("/models", modelRoutes(deps));
  api.route("/datasets", datasetRoutes(deps));
  api.route("/training/jobs", trainingJobRoutes(deps));
  api.all("*", refuseMethod(api));
  return { routes: api, document };
}

/** Answers 405 with the allowed methods when the path exists for other methods. */
function refuseMethod(api: OpenAPIHono<Env>): MiddlewareHandler<Env> {
  // Built on first use, when all routes are registered.
  let routes: { methods: string[]; pattern: URLPattern }[] | undefined;
  return async (c, next) => {
    routes ??= methodsByPath(api);
    const here = routes.filter(({ pattern }) => pattern.test(c.req.url));
    if (here.length === 0) return await next();
    const methods = [...new Set(here.flatMap(({ methods }) => methods))];
    throw new DomainError("method_not_allowed", { key: "method_not_allowed", methods });
  };
}

function methodsByPath(api: OpenAPIHono<Env>) {
  // Middleware is registered for `ALL`.
  return api.routes.filter(({ method }) => method !== "ALL").map(({ method, path }) => ({
    methods: method === "GET" ? ["GET", "HEAD"] : [method],
    pattern: new URLPattern({ pathname: `/api/v1${path}` }),
  }));
}
