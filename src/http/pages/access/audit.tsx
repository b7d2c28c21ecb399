import { Hono } from "hono";
import { listProjectAudit } from "../../../domain/projects/activity.ts";
import { parseAuditCursor } from "../../../domain/access/audit.ts";
import { PAGE_SIZE } from "../../../domain/kernel/page.ts";
import { ActivityPage } from "../../../../views/access/activity.tsx";
import { renderPage } from "../../../../views/layout.tsx";
import type { AppDeps, Env } from "../../env.ts";
import { findProject, pageContext } from "../context.ts";

/** A project's audit log, for its owner. */
export function activityPages(deps: AppDeps): Hono<Env> {
  const pages = new Hono<Env>();

  pages.get("/:id/activity", async (c) => {
    const project = await findProject(deps, c, "owner");
    const { items, next_cursor } = await listProjectAudit(deps, {
      userId: c.get("user").id,
      projectId: project.id,
      before: parseAuditCursor(c.req.query("cursor")),
      limit: PAGE_SIZE.default,
    });
    return c.html(renderPage(
      <ActivityPage
        page={pageContext(deps, c)}
        project={project}
        entries={items}
        nextCursor={next_cursor}
      />,
    ));
  });

  return pages;
}
