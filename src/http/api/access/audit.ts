import { createRoute, z } from "@hono/zod-openapi";
import { AuditEntry, parseAuditCursor } from "../../../domain/access/audit.ts";
import { listProjectAudit } from "../../../domain/projects/activity.ts";
import { invalid, notFound } from "../../../domain/kernel/errors.ts";
import { insufficient } from "../../../domain/projects/role.ts";
import { PAGE_SIZE } from "../../../domain/kernel/page.ts";
import type { AppDeps } from "../../env.ts";
import { apiApp, idParam } from "../../validate.ts";
import { json, pathId, refusals } from "../answers.ts";

const AuditQuery = z.object({
  limit: z.coerce.number().int().min(PAGE_SIZE.min).max(PAGE_SIZE.max).default(PAGE_SIZE.default)
    .meta({ description: "Entries per page." }),
  cursor: z.string().optional().meta({ description: "The `next_cursor` of the previous page." }),
});

const AuditPage = z.object({
  items: z.array(AuditEntry),
  next_cursor: z.string().nullable().meta({ description: "Null on the last page." }),
}).meta({ id: "AuditPage" });

export function auditLogRoutes(deps: AppDeps) {
  const audit = apiApp();

  audit.openapi(
    createRoute({
      operationId: "listProjectAudit",
      method: "get",
      path: "/{id}/audit",
      tags: ["Projects"],
      summary: "List a project's activity, newest first",
      description: "For its owner. Entries are kept for 400 days.",
      request: { params: pathId("A project's id."), query: AuditQuery },
      responses: {
        200: json(AuditPage, { description: "One page of the log." }),
        ...refusals(notFound("project"), insufficient("owner")),
      },
    }),
    async (c) => {
      const { limit, cursor } = c.req.valid("query");
      const before = parseAuditCursor(cursor);
      if (cursor !== undefined && before === undefined) {
        throw invalid({ field: "cursor", problem: { key: "malformed", field: "cursor" } });
      }
      const page = await listProjectAudit(deps, {
        userId: c.get("user").id,
        projectId: idParam(c, "project"),
        before,
        limit,
      });
      return c.json(page, 200);
    },
  );

  return audit;
}
