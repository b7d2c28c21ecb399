import type { Project } from "../src/domain/project.ts";
import type { TrainingJob } from "../src/domain/training_job.ts";
import { CreatedAt } from "./created_at.tsx";
import { percent } from "./experiment.tsx";
import { experimentHref, ExperimentMenu } from "./experiment_menu.tsx";
import { Layout, type PageContext } from "./layout.tsx";

/** A project with its experiments. */
export function ExperimentsPage({ page, project, jobs, olderHref }: {
  page: PageContext;
  project: Project;
  jobs: TrainingJob[];
  olderHref: string | undefined;
}) {
  const { messages } = page;
  const newHref = `/projects/${project.id}/experiments/new`;
  return (
    <Layout page={page} title={project.name} trail={[{ label: project.name }]}>
      <div class="heading">
        <div>
          <h1>{project.name}</h1>
          {project.description && <p class="lead">{project.description}</p>}
        </div>
        <a class="quiet" href={`/projects/${project.id}/edit`}>{messages.projects.rename}</a>
      </div>
      <div class="heading">
        <h2>{messages.experiments.title}</h2>
        <a
          class="button primary"
          href={newHref}
          hx-get={newHref}
          hx-target="#new-experiment"
          hx-swap="innerHTML"
        >
          <span aria-hidden="true">+</span> {messages.experiments.create}
        </a>
      </div>
      <ExperimentTable page={page} jobs={jobs} />
      {olderHref && (
        <p class="more">
          <a class="button" href={olderHref}>{messages.experiments.more}</a>
        </p>
      )}
      <dialog id="new-experiment" aria-labelledby="new-experiment-title" />
      <dialog id="confirm" aria-labelledby="confirm-title" />
    </Layout>
  );
}

export function ExperimentTable({ page, jobs }: { page: PageContext; jobs: TrainingJob[] }) {
  const { columns, empty, emptyHint } = page.messages.experiments;
  return (
    <div class="table">
      <table>
        <thead>
          <tr>
            <th scope="col">{columns.model}</th>
            <th scope="col">{columns.task}</th>
            <th scope="col">{columns.status}</th>
            <th scope="col" class="number">{columns.accuracy}</th>
            <th scope="col">{columns.created}</th>
            <th scope="col" class="wide">{columns.dataset}</th>
            <th scope="col" class="wide">{columns.hyperparameters}</th>
            <th scope="col" class="menu">
              <span class="visually-hidden">{page.messages.experiment.menus}</span>
            </th>
          </tr>
        </thead>
        <tbody id="experiments">
          {jobs.map((job) => <ExperimentRow key={job.id} page={page} job={job} />)}
        </tbody>
      </table>
      <p class="empty">
        <strong>{empty}</strong>
        {emptyHint}
      </p>
    </div>
  );
}

/** The row that the page lists is the row that a creation answers; `fresh` marks the latter. */
export function ExperimentRow({ page, job, fresh = false }: {
  page: PageContext;
  job: TrainingJob;
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
        <CreatedAt page={page} at={job.created_at} />
      </td>
      <td data-label={columns.dataset} class="wide">{job.dataset_path}</td>
      <td data-label={columns.hyperparameters} class="wide">
        {`${job.epochs} ep · bs ${job.batch_size} · lr ${job.learning_rate} · ${job.optimizer}`}
      </td>
      <td class="menu">
        <ExperimentMenu page={page} job={job} />
      </td>
    </tr>
  );
}
