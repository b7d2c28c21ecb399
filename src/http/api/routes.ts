import { Hono } from "hono";
import { requireBearer } from "../auth.ts";
import type { AppDeps, Env } from "../env.ts";
import { limitJsonDepth } from "../request_limits.ts";
import { accountRoutes, authRoutes } from "./auth.ts";
import { datasetRoutes } from "./dataset.ts";
import { modelRoutes } from "./model.ts";
import { passwordRoutes } from "./password.ts";
import { personalAccessTokenRoutes } from "./personal_access_token.ts";
import { projectRoutes } from "./project.ts";
import { sessionRoutes } from "./session.ts";
import { trainingJobRoutes } from "./training_job.ts";

/** The REST API. All but registering and signing in stands behind the bearer check. */
export function apiRoutes(deps: AppDeps): Hono<Env> {
  const api = new Hono<Env>();
  api.use(async (c, next) => {
    await next();
    c.header("Cache-Control", "no-store");
  });
  api.use("/auth/*", limitJsonDepth());
  api.route("/auth", authRoutes(deps));
  api.use(requireBearer(deps));
  api.use(limitJsonDepth());
  api.route("/auth", accountRoutes(deps));
  api.route("/auth/password", passwordRoutes(deps));
  api.route("/auth/sessions", sessionRoutes(deps));
  api.route("/auth/tokens", personalAccessTokenRoutes(deps));
  api.route("/projects", projectRoutes(deps));
  api.route("/models", modelRoutes(deps));
  api.route("/datasets", datasetRoutes(deps));
  api.route("/training/jobs", trainingJobRoutes(deps));
  return api;
}
