import { Hono } from "hono";
import { allows } from "../../../domain/projects/role.ts";
import { ChooseProjectPage } from "../../../../views/projects/choose.tsx";
import { renderPage } from "../../../../views/layout.tsx";
import type { AppDeps, Env } from "../../env.ts";
import { pageContext } from "../context.ts";

/** Query parameters that are passed on to the form. */
const FILLED = ["dataset_path", "model_name", "fill"];

/** From a dataset or model to the new experiment form: asks for the project. */
export function chooseProjectPages(deps: AppDeps): Hono<Env> {
  const pages = new Hono<Env>();

  pages.get("/new", async (c) => {
    const filled = Object.entries(c.req.query()).filter(([name]) => FILLED.includes(name));
    const search = new URLSearchParams(filled);
    const projects = await deps.projects.list(c.get("user").id);
    const choices = projects.filter(({ role }) => allows(role, "editor")).map((
      { id, name, description },
    ) => ({
      name,
      description,
      href: `/projects/${id}/experiments/new?${search}`,
    }));
    if (choices.length === 1) return c.redirect(choices[0]!.href, 303);
    return c.html(renderPage(<ChooseProjectPage page={pageContext(deps, c)} choices={choices} />));
  });

  return pages;
}
