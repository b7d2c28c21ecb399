import { type Context, Hono } from "hono";
import type { Project } from "../../../domain/projects/project.ts";
import { allows } from "../../../domain/projects/role.ts";
import { PAGE_SIZE } from "../../../domain/kernel/page.ts";
import { STATUSES } from "../../../domain/jobs/status.ts";
import {
  DEFAULT_ORDER,
  ORDERS,
  parseCursor,
  SearchText,
  SORTS,
} from "../../../domain/jobs/list.ts";
import {
  type ExperimentListView,
  ExperimentRow,
  ExperimentsPage,
} from "../../../../views/jobs/experiments.tsx";
import { renderFragment, renderPage } from "../../../../views/layout.tsx";
import type { AppDeps, Env } from "../../env.ts";
import { findProject, pageContext } from "../context.ts";

/** A project's page with its experiments, and the rows as a fragment. */
export function experimentListPages(deps: AppDeps): Hono<Env> {
  const pages = new Hono<Env>();

  pages.get("/:id", async (c) => {
    const project = await findProject(deps, c);
    const view = listView(c);
    const [{ items, next_cursor }, counts] = await Promise.all([
      listJobs(c, { project, view }),
      deps.jobs.countByStatus(
        { project_id: project.id, search: view.search },
        { userId: c.get("user").id },
      ),
    ]);
    return c.html(renderPage(
      <ExperimentsPage
        page={pageContext(deps, c)}
        project={project}
        view={view}
        jobs={items}
        nextCursor={next_cursor}
        counts={counts}
      />,
    ));
  });

  pages.get("/:id/experiments", async (c) => {
    const project = await findProject(deps, c);
    const { items } = await listJobs(c, { project, view: listView(c) });
    const page = pageContext(deps, c);
    const canEdit = allows(project.role, "editor");
    return c.html(
      items.map((job) => renderFragment(<ExperimentRow page={page} job={job} canEdit={canEdit} />))
        .join(""),
    );
  });

  return pages;

  async function listJobs(
    c: Context<Env>,
    { project, view }: { project: Project; view: ExperimentListView },
  ) {
    return await deps.jobs.list({
      ...view,
      project_id: project.id,
      limit: PAGE_SIZE.default,
      after: parseCursor(c.req.query("cursor") ?? "", view),
    }, { userId: c.get("user").id });
  }
}

/** The list's search, filter and order from the query. Invalid values are ignored. */
function listView(c: Context<Env>): ExperimentListView {
  const sort = SORTS.find((name) => name === c.req.query("sort")) ?? "created_at";
  return {
    search: SearchText.safeParse(c.req.query("search")).data ?? "",
    status: STATUSES.find((name) => name === c.req.query("status")),
    sort,
    order: ORDERS.find((name) => name === c.req.query("order")) ?? DEFAULT_ORDER[sort],
  };
}
