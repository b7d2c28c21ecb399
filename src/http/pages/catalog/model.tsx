import { Hono } from "hono";
import { TASK_TYPES } from "../../../domain/catalog/task.ts";
import { renderPage } from "../../../../views/layout.tsx";
import { ModelsPage } from "../../../../views/catalog/models.tsx";
import type { AppDeps, Env } from "../../env.ts";
import { pageContext } from "../context.ts";

export function modelPages(deps: AppDeps): Hono<Env> {
  const pages = new Hono<Env>();

  pages.get("/", (c) => {
    const frameworks = [...new Set(deps.models.list().map((model) => model.framework))];
    // Unknown values do not filter.
    const filter = {
      framework: frameworks.find((framework) => framework === c.req.query("framework")),
      task_type: TASK_TYPES.find((task) => task === c.req.query("task_type")),
    };
    return c.html(renderPage(
      <ModelsPage
        page={pageContext(deps, c)}
        models={deps.models.list(filter)}
        countOf={(filter) => deps.models.list(filter).length}
        filter={filter}
        frameworks={frameworks}
      />,
    ));
  });

  return pages;
}
