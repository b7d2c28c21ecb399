import type { Project } from "../../src/domain/projects/project.ts";
import { allows } from "../../src/domain/projects/role.ts";
import { STATUSES } from "../../src/domain/jobs/status.ts";
import { Age } from "../parts/age.tsx";
import { Field } from "../parts/field.tsx";
import { Layout } from "../layout.tsx";
import type { PageContext } from "../page_context.ts";
import { SharingMark } from "./members.tsx";

export interface ProjectForm {
  name: string;
  description: string;
  /** Messages by field. */
  errors: Record<string, string>;
}

export function ProjectsPage({ page, projects, form }: {
  page: PageContext;
  projects: Project[];
  form: ProjectForm;
}) {
  const { messages } = page;
  const refused = Object.keys(form.errors).length > 0;
  return (
    <Layout page={page} title={messages.projects.title}>
      <div class="heading">
        <h1>{messages.projects.title}</h1>
      </div>
      {projects.length === 0 && (
        <p class="empty">
          <strong>{messages.projects.empty}</strong>
          {messages.projects.emptyHint}
        </p>
      )}
      <ul class="cards">
        {projects.map((project) => (
          <li class="card">
            <h2>
              <a href={`/projects/${project.id}`}>{project.name}</a>
            </h2>
            {project.description && <p class="lead">{project.description}</p>}
            <SharingMark page={page} project={project} />
            <StatusBar page={page} project={project} />
            <p class="facts">
              <span>{messages.projects.experiments(project.experiment_count)}</span>
              <span>
                {messages.projects.lastActivity} <Age page={page} at={project.last_activity_at} />
              </span>
            </p>
          </li>
        ))}
      </ul>
      <details class="card" open={refused || projects.length === 0}>
        <summary>{messages.projects.create}</summary>
        <form method="post" action="/projects" class="stack">
          <ProjectFields page={page} form={form} />
          <button type="submit" class="primary">{messages.projects.created}</button>
        </form>
      </details>
    </Layout>
  );
}

/** The experiments by status, as a bar and as a list of counts. */
function StatusBar({ page: { messages }, project }: { page: PageContext; project: Project }) {
  const counts = project.experiments_by_status;
  const present = STATUSES.filter((status) => counts[status] > 0);
  const total = present.reduce((sum, status) => sum + counts[status], 0);
  let x = 0;
  return (
    <>
      <svg class="shares" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">
        {present.map((status) => {
          const width = 100 * counts[status] / total;
          x += width;
          return <rect key={status} class={status} x={x - width} width={width} height="1" />;
        })}
      </svg>
      {present.length > 0 && (
        <ul class="counts">
          {present.map((status) => (
            <li class={`status ${status}`}>{messages.statuses[status]} {counts[status]}</li>
          ))}
        </ul>
      )}
    </>
  );
}

/** Edits or deletes a project. */
export function ProjectSettingsPage({ page, project, form }: {
  page: PageContext;
  project: Project;
  form: ProjectForm & { notice?: string | undefined };
}) {
  const { messages } = page;
  const href = `/projects/${project.id}`;
  return (
    <Layout
      page={page}
      title={messages.projects.rename}
      trail={[{ label: project.name, href }, { label: messages.projects.rename }]}
    >
      <section class="card entry">
        <h1>{messages.projects.rename}</h1>
        <form method="post" action={`${href}/edit`} class="stack">
          <ProjectFields page={page} form={form} />
          <button type="submit" class="primary">{messages.projects.save}</button>
        </form>
      </section>
      {allows(project.role, "owner") && (
        <section class="card entry danger">
          <h2>{messages.projects.remove}</h2>
          <form method="post" action={`${href}/delete`} class="stack">
            {form.notice && <p class="notice" role="alert">{form.notice}</p>}
            {project.experiment_count > 0 && (
              <Field
                id="confirm"
                label={messages.projects.removeConfirm}
                error={form.errors.confirm}
                control={(attributes) => (
                  <input {...attributes} name="confirm" required autocomplete="off" />
                )}
              />
            )}
            <button type="submit" class="destructive">{messages.projects.remove}</button>
          </form>
        </section>
      )}
    </Layout>
  );
}

function ProjectFields({ page: { messages }, form }: { page: PageContext; form: ProjectForm }) {
  return (
    <>
      <Field
        id="name"
        label={messages.fields.name}
        error={form.errors.name}
        focus={form.errors.name !== undefined}
        control={(attributes) => (
          <input {...attributes} name="name" required maxlength={100} value={form.name} />
        )}
      />
      <Field
        id="description"
        label={messages.projects.descriptionOptional}
        error={form.errors.description}
        control={(attributes) => (
          <textarea {...attributes} name="description" rows={2} maxlength={1000}>
            {form.description}
          </textarea>
        )}
      />
    </>
  );
}
