import { Hono } from "hono";
import { requireSession } from "../middleware/auth.ts";
import type { AppDeps, Env } from "../env.ts";
import { BODY_LIMITS, limitBody, limitForm } from "../middleware/request_limits.ts";
import { requireSameOrigin } from "../middleware/same_origin.ts";
import { accountPages } from "./access/account.tsx";
import { accountSettingsPages } from "./access/account_settings.tsx";
import { activityPages } from "./access/audit.tsx";
import { chooseProjectPages } from "./projects/choose.tsx";
import { datasetPages } from "./catalog/dataset.tsx";
import { experimentPages } from "./jobs/experiment.tsx";
import { experimentFormPages } from "./jobs/experiment_form.tsx";
import { experimentListPages } from "./jobs/experiments.tsx";
import { modelPages } from "./catalog/model.tsx";
import { preferencePages, readPreferences } from "./preferences.ts";
import { projectMemberPages } from "./projects/member.tsx";
import { projectPages } from "./projects/project.tsx";

/** The pages. Only signing in and up, language and theme need no session. */
export function pageRoutes(deps: AppDeps): Hono<Env> {
  const pages = new Hono<Env>();
  pages.use(requireSameOrigin(deps));
  pages.use(readPreferences(deps));
  pages.use(limitBody(BODY_LIMITS.form));
  pages.use(limitForm());
  pages.use(async (c, next) => {
    await next();
    // Pages hold private data. Images set their own header.
    if (!c.res.headers.has("Cache-Control")) c.header("Cache-Control", "no-store");
  });

  pages.route("/", preferencePages(deps));
  pages.route("/", accountPages(deps));

  pages.use(requireSession(deps));
  pages.get("/", (c) => c.redirect("/projects", 303));
  pages.route("/account", accountSettingsPages(deps));
  // One URL answers htmx with a fragment and everyone else with a page.
  pages.use(async (c, next) => {
    await next();
    c.header("Vary", "HX-Request", { append: true });
  });
  pages.route("/projects", projectPages(deps));
  pages.route("/projects", projectMemberPages(deps));
  pages.route("/projects", activityPages(deps));
  pages.route("/projects", experimentListPages(deps));
  // The first route that matches wins: `experiments/new` comes before `experiments/:job`.
  pages.route("/projects", experimentFormPages(deps));
  pages.route("/projects", experimentPages(deps));
  pages.route("/experiments", chooseProjectPages(deps));
  pages.route("/datasets", datasetPages(deps));
  pages.route("/models", modelPages(deps));
  return pages;
}
