import { type Context, Hono } from "hono";
import type { Project } from "../../domain/project.ts";
import { PAGE_SIZE } from "../../domain/training_job.ts";
import { ExperimentRow, ExperimentsPage } from "../../../views/experiments.tsx";
import { renderFragment, renderPage } from "../../../views/layout.tsx";
import type { AppDeps, Env } from "../env.ts";
import { findProject, pageContext } from "./context.ts";

/** A project's page: its experiments, and the rows alone. */
export function experimentListPages(deps: AppDeps): Hono<Env> {
  const pages = new Hono<Env>();

  pages.get("/:id", async (c) => {
    const project = await findProject(deps, c);
    const { items, next_cursor } = await listJobs(c, project);
    return c.html(renderPage(
      <ExperimentsPage
        page={pageContext(deps, c)}
        project={project}
        jobs={items}
        olderHref={next_cursor ? `/projects/${project.id}?cursor=${next_cursor}` : undefined}
      />,
    ));
  });

  pages.get("/:id/experiments", async (c) => {
    const { items } = await listJobs(c, await findProject(deps, c));
    const page = pageContext(deps, c);
    return c.html(
      items.map((job) => renderFragment(<ExperimentRow page={page} job={job} />))
        .join(""),
    );
  });

  return pages;

  async function listJobs(c: Context<Env>, project: Project) {
    const cursor = c.req.query("cursor") ?? "";
    return await deps.storage.trainingJobs.list({
      project_id: project.id,
      limit: PAGE_SIZE.default,
      before: /^\d{1,15}$/.test(cursor) ? Number(cursor) : undefined,
    }, { userId: c.get("user").id });
  }
}
