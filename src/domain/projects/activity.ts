import type { AuditEntry, AuditLog } from "../access/audit.ts";
import type { Page } from "../kernel/page.ts";
import { requireRole, type RoleLookup } from "./role.ts";

/** One page of what was done in a project, newest first; `before` is the last entry's id. Throws a
 * `DomainError` `not_found` or `forbidden`: it takes the owner. */
export async function listProjectAudit(
  deps: { auditLog: AuditLog; projects: RoleLookup },
  { userId, projectId, before, limit }: {
    userId: number;
    projectId: number;
    before?: number | undefined;
    limit: number;
  },
): Promise<Page<AuditEntry>> {
  const found = await deps.auditLog.ofProject(projectId, { userId, before, limit: limit + 1 });
  if (found.length === 0) await requireRole(deps, { userId, projectId, needed: "owner" });
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, next_cursor: last && found.length > limit ? String(last.id) : null };
}
