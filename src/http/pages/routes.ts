import { Hono } from "hono";
import { setCookie } from "hono/cookie";
import { LANGUAGES } from "../../i18n/messages.ts";
import { requireSession } from "../auth.ts";
import type { AppDeps, Env } from "../env.ts";
import { requireSameOrigin } from "../same_origin.ts";
import { accountPages } from "./account.tsx";
import { localPath, textField } from "./context.ts";
import { experimentFormPages } from "./experiment_form.tsx";
import { experimentPages } from "./experiments.tsx";
import { LANGUAGE_COOKIE, readLanguage } from "./language.ts";
import { projectPages } from "./projects.tsx";

const A_YEAR = 365 * 24 * 60 * 60;

/** The pages. All but signing in and switching the language stands behind the session check. */
export function pageRoutes(deps: AppDeps): Hono<Env> {
  const pages = new Hono<Env>();
  pages.use(requireSameOrigin(deps));
  pages.use(readLanguage());
  pages.use(async (c, next) => {
    await next();
    // Pages hold what only their reader may see.
    c.header("Cache-Control", "no-store");
  });

  pages.post("/language", async (c) => {
    const form = await c.req.parseBody();
    const language = LANGUAGES.find((code) => code === form.language) ?? "ko";
    setCookie(c, LANGUAGE_COOKIE, language, { path: "/", sameSite: "Lax", maxAge: A_YEAR });
    return c.redirect(localPath(textField(form, "next")), 303);
  });
  pages.route("/", accountPages(deps));

  pages.use(requireSession(deps));
  pages.get("/", (c) => c.redirect("/projects", 303));
  // Both faces of one address: a fragment for htmx, a page for everyone else.
  pages.use(async (c, next) => {
    await next();
    c.header("Vary", "HX-Request", { append: true });
  });
  pages.route("/projects", projectPages(deps));
  pages.route("/projects", experimentPages(deps));
  pages.route("/projects", experimentFormPages(deps));
  return pages;
}
