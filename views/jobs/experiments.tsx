import type { Project } from "../../src/domain/projects/project.ts";
import { allows } from "../../src/domain/projects/role.ts";
import { type Status, STATUSES } from "../../src/domain/jobs/status.ts";
import type { TrainingJob } from "../../src/domain/jobs/job.ts";
import { DEFAULT_ORDER, type Order, type Sort } from "../../src/domain/jobs/list.ts";
import { Age } from "../parts/age.tsx";
import { percent } from "./experiment.tsx";
import { experimentHref, ExperimentMenu } from "./experiment_menu.tsx";
import { Layout } from "../layout.tsx";
import type { PageContext } from "../page_context.ts";
import { SharingMark } from "../projects/members.tsx";

/** The list's filter and order, all taken from the URL. */
export interface ExperimentListView {
  search: string;
  status: Status | undefined;
  sort: Sort;
  order: Order;
}

interface ExperimentListProps {
  page: PageContext;
  project: Project;
  view: ExperimentListView;
  jobs: TrainingJob[];
  nextCursor: string | null;
  /** Experiments that match the search, counted by status. */
  counts: Record<Status, number>;
}

export function ExperimentsPage(props: ExperimentListProps) {
  const { page, project } = props;
  const { messages } = page;
  const newHref = `/projects/${project.id}/experiments/new`;
  const canEdit = allows(project.role, "editor");
  return (
    <Layout page={page} title={project.name} trail={[{ label: project.name }]}>
      <div class="heading">
        <div>
          <h1>{project.name}</h1>
          {project.description && <p class="lead">{project.description}</p>}
          <SharingMark page={page} project={project} />
        </div>
        <div class="actions">
          <a class="quiet" href={`/projects/${project.id}/members`}>{messages.members.title}</a>
          {allows(project.role, "owner") && (
            <a class="quiet" href={`/projects/${project.id}/activity`}>{messages.activity.title}</a>
          )}
          {canEdit && (
            <a class="quiet" href={`/projects/${project.id}/edit`}>{messages.projects.rename}</a>
          )}
        </div>
      </div>
      <div class="heading">
        <h2>{messages.experiments.title}</h2>
        <Search {...props} />
        {canEdit && (
          <a
            class="button primary"
            href={newHref}
            hx-get={newHref}
            hx-target="#new-experiment"
            hx-swap="innerHTML"
          >
            <span aria-hidden="true">+</span> {messages.experiments.create}
          </a>
        )}
      </div>
      <ExperimentList {...props} />
      <dialog id="new-experiment" aria-labelledby="new-experiment-title" />
      <dialog id="confirm" aria-labelledby="confirm-title" />
    </Layout>
  );
}

/** Placed outside `#list`, which its responses replace, so that the input keeps what is being
 * typed. The list contains the form's hidden fields (`form="search"`). */
function Search({ page: { messages }, project, view }: ExperimentListProps) {
  const label = messages.experiments.search;
  return (
    <search>
      <form
        id="search"
        action={`/projects/${project.id}`}
        hx-get={`/projects/${project.id}`}
        hx-trigger="submit, input changed delay:200ms from:#search-text, search from:#search-text"
        hx-target="#list"
        hx-select="#list"
        hx-swap="outerHTML"
        hx-replace-url="true"
        hx-sync="this:replace"
      >
        <input
          id="search-text"
          type="search"
          name="search"
          value={view.search}
          placeholder={label}
          aria-label={label}
          maxlength={200}
          autocomplete="off"
        />
      </form>
    </search>
  );
}

/** The status chips, the table, and the link to older experiments. */
function ExperimentList(props: ExperimentListProps) {
  const { page: { messages }, project, view, jobs, nextCursor } = props;
  const listed = new URLSearchParams(listQuery({ ...view, search: "" }));
  const canEdit = allows(project.role, "editor");
  const olderHref = nextCursor && listHref(project, { ...view, cursor: nextCursor });
  return (
    <section id="list" class="stack" aria-label={messages.experiments.title}>
      {[...listed].map(([name, value]) => (
        <input type="hidden" form="search" name={name} value={value} />
      ))}
      <StatusChips {...props} />
      <div class="table">
        <table>
          <TableHead {...props} />
          <tbody id="experiments">
            {jobs.map((job) => (
              <ExperimentRow key={job.id} page={props.page} job={job} canEdit={canEdit} />
            ))}
          </tbody>
        </table>
        <EmptyList {...props} />
      </div>
      <p id="more" class="more">
        {olderHref && (
          <a
            id="more-link"
            class="button"
            href={olderHref}
            hx-get={olderHref}
            hx-target="#experiments"
            hx-select="#experiments > tr"
            hx-select-oob="#more:outerMorph"
            hx-swap="beforeend"
          >
            {messages.experiments.more}
          </a>
        )}
      </p>
    </section>
  );
}

/** Filters by status, with counts. Refetched when an experiment is created or changes. */
function StatusChips({ page: { messages }, project, view, counts }: ExperimentListProps) {
  const { all, filter } = messages.experiments;
  const here = listHref(project, view);
  const number = new Intl.NumberFormat(messages.language);
  const total = STATUSES.reduce((sum, status) => sum + counts[status], 0);
  const shown = STATUSES.filter((status) => counts[status] > 0 || status === view.status);
  const chip = (status: Status | undefined, { label, count }: { label: string; count: number }) => (
    <a
      {...listLink(listHref(project, { ...view, status }))}
      class={`chip ${status ?? ""}`}
      aria-current={status === view.status ? "true" : undefined}
    >
      {label} <span class="count">{number.format(count)}</span>
    </a>
  );
  return (
    <nav
      id="chips"
      class="chips"
      aria-label={filter}
      hx-get={here}
      hx-trigger="experiment-created from:body, experiment-changed from:body"
      hx-target="this"
      hx-select="#chips"
      hx-swap="outerHTML"
    >
      {chip(undefined, { label: all, count: total })}
      {shown.map((status) =>
        chip(status, { label: messages.statuses[status], count: counts[status] })
      )}
    </nav>
  );
}

function TableHead({ page: { messages }, project, view }: ExperimentListProps) {
  const { columns } = messages.experiments;
  const column = (sort: Sort, { label, number = false }: { label: string; number?: boolean }) => {
    const sorted = view.sort === sort;
    const order = sorted ? OPPOSITE[view.order] : DEFAULT_ORDER[sort];
    return (
      <th
        scope="col"
        class={number ? "number" : undefined}
        aria-sort={sorted ? ARIA_SORT[view.order] : undefined}
      >
        <a {...listLink(listHref(project, { ...view, sort, order }))}>{label}</a>
      </th>
    );
  };
  return (
    <thead>
      <tr>
        {column("model_name", { label: columns.model })}
        {column("task_type", { label: columns.task })}
        {column("status", { label: columns.status })}
        {column("accuracy", { label: columns.accuracy, number: true })}
        {column("created_at", { label: columns.created })}
        <th scope="col" class="wide">{columns.dataset}</th>
        <th scope="col" class="wide">{columns.hyperparameters}</th>
        <th scope="col" class="menu">
          <span class="visually-hidden">{messages.experiment.menus}</span>
        </th>
      </tr>
    </thead>
  );
}

const OPPOSITE: Record<Order, Order> = { asc: "desc", desc: "asc" };
const ARIA_SORT = { asc: "ascending", desc: "descending" } as const;

/** Always rendered; CSS hides it once the table has a row. */
function EmptyList({ page: { messages }, project, view }: ExperimentListProps) {
  const { empty, emptyHint, noMatch, clear } = messages.experiments;
  const filtered = view.search !== "" || view.status !== undefined;
  return (
    <p class="empty">
      <strong>{filtered ? noMatch : empty}</strong>
      {filtered
        ? <a href={`/projects/${project.id}`}>{clear}</a>
        : allows(project.role, "editor") && emptyHint}
    </p>
  );
}

/** A link to another view of the list; htmx replaces only `#list`. */
function listLink(href: string) {
  return {
    href,
    "hx-get": href,
    "hx-target": "#list",
    "hx-select": "#list",
    "hx-swap": "outerHTML",
    "hx-push-url": "true",
  };
}

function listHref(project: Project, view: ExperimentListView & { cursor?: string }): string {
  const query = listQuery(view);
  return `/projects/${project.id}${query && `?${query}`}`;
}

/** Leaves out default values. */
function listQuery(
  { search, status, sort, order, cursor }: ExperimentListView & { cursor?: string },
): string {
  const query = new URLSearchParams();
  if (search) query.set("search", search);
  if (status) query.set("status", status);
  if (sort !== "created_at" || order !== DEFAULT_ORDER[sort]) {
    query.set("sort", sort);
    query.set("order", order);
  }
  if (cursor) query.set("cursor", cursor);
  return query.toString();
}

/** Used in the list and in the response to a creation; `fresh` highlights a new row. */
export function ExperimentRow({ page, job, canEdit, fresh = false }: {
  page: PageContext;
  job: TrainingJob;
  /** Whether the user may cancel, clone and delete it. */
  canEdit: boolean;
  fresh?: boolean;
}) {
  const { messages } = page;
  const { columns } = messages.experiments;
  return (
    <tr id={`experiment-${job.id}`} class={fresh ? "fresh" : undefined}>
      <th scope="row">
        <a href={experimentHref(job)}>{job.model_name}</a>
      </th>
      <td data-label={columns.task}>{messages.tasks[job.task_type]}</td>
      <td data-label={columns.status}>
        <span class={`status ${job.status}`} title={job.error_message ?? undefined}>
          {messages.statuses[job.status]}
        </span>
      </td>
      <td data-label={columns.accuracy} class="number">{percent(job.accuracy)}</td>
      <td data-label={columns.created}>
        <Age page={page} at={job.created_at} justNow={messages.experiments.justNow} />
      </td>
      <td data-label={columns.dataset} class="wide">{job.dataset_path}</td>
      <td data-label={columns.hyperparameters} class="wide">
        {`${job.epochs} ep · bs ${job.batch_size} · lr ${job.learning_rate} · ${job.optimizer}`}
      </td>
      <td class="menu">
        <ExperimentMenu page={page} job={job} canEdit={canEdit} />
      </td>
    </tr>
  );
}
