import type { AuditEntry } from "../../src/domain/access/audit.ts";
import type { Project } from "../../src/domain/projects/project.ts";
import { MEMBER_ROLES } from "../../src/domain/projects/role.ts";
import { STATUSES } from "../../src/domain/jobs/status.ts";
import type { Messages } from "../../src/i18n/messages.ts";
import { Age } from "../parts/age.tsx";
import { Layout } from "../layout.tsx";
import type { PageContext } from "../page_context.ts";

/** A project's audit log, newest first. */
export function ActivityPage({ page, project, entries, nextCursor }: {
  page: PageContext;
  project: Project;
  entries: AuditEntry[];
  nextCursor: string | null;
}) {
  const { activity: words, experiments } = page.messages;
  const href = `/projects/${project.id}`;
  return (
    <Layout
      page={page}
      title={words.title}
      trail={[{ label: project.name, href }, { label: words.title }]}
    >
      <div class="sheet">
        <div>
          <h1>{words.title}</h1>
          <p class="lead">{words.hint}</p>
        </div>
        <section class="card stack" aria-label={words.title}>
          {entries.length === 0
            ? <p class="hint">{words.empty}</p>
            : <AuditEntries page={page} entries={entries} showWho />}
        </section>
        {nextCursor && (
          <p class="more">
            <a class="button" href={`${href}/activity?cursor=${nextCursor}`}>{experiments.more}</a>
          </p>
        )}
      </div>
    </Layout>
  );
}

/** Audit entries as sentences; `showWho` adds the email of the user who acted. */
export function AuditEntries({ page, entries, showWho = false }: {
  page: PageContext;
  entries: AuditEntry[];
  showWho?: boolean;
}) {
  const { messages } = page;
  return (
    <ul class="entries people">
      {entries.map((entry) => (
        <li key={entry.id}>
          <div>
            <p>{sentence(messages, entry)}</p>
            <p class="facts">
              {showWho && entry.actor === "user" && entry.user_email && (
                <span>{entry.user_email}</span>
              )}
              {showWho && entry.actor === "system" && <span>Trainyard</span>}
              <span>
                <Age page={page} at={entry.at} />
              </span>
              {entry.address && <span>{messages.accountSettings.from(entry.address)}</span>}
            </p>
          </div>
        </li>
      ))}
    </ul>
  );
}

function sentence(messages: Messages, { action, subject, detail }: AuditEntry): string {
  return messages.activity.actions[action]({
    subject: subject ?? "",
    detail: detailWord(messages, { action, detail }),
  });
}

/** Translates a status, role or scope; a project's new name stays as it is. */
function detailWord(
  { statuses, members, accountSettings }: Messages,
  { action, detail }: Pick<AuditEntry, "action" | "detail">,
): string {
  if (action === "project_changed") return detail ?? "";
  const status = STATUSES.find((status) => status === detail);
  if (status) return statuses[status];
  const role = MEMBER_ROLES.find((role) => role === detail);
  if (role) return members.roles[role];
  return detail === "read" || detail === "write" ? accountSettings.scopes[detail] : "";
}
