import type { Project } from "../../src/domain/projects/project.ts";
import type { TrainingJob } from "../../src/domain/jobs/job.ts";
import { experimentHref } from "./experiment_menu.tsx";
import { Layout } from "../layout.tsx";
import type { PageContext } from "../page_context.ts";

/** The confirmation as a separate page, for use without JavaScript or in a new tab. */
export function DeleteExperimentPage({ page, project, job }: {
  page: PageContext;
  project: Project;
  job: TrainingJob;
}) {
  const { experiment } = page.messages;
  const href = experimentHref(job);
  return (
    <Layout
      page={page}
      title={experiment.removeTitle(job.model_name)}
      trail={[
        { label: project.name, href: `/projects/${project.id}` },
        { label: `${job.model_name} #${job.id}`, href },
        { label: experiment.remove },
      ]}
    >
      <section class="card entry">
        <h1>{experiment.removeTitle(job.model_name)}</h1>
        <DeletedThings page={page} job={job} />
        <form class="actions" method="post" action={`${href}/delete`}>
          <button type="submit" class="destructive">{experiment.remove}</button>
          <a class="button" href={href}>{experiment.keep}</a>
        </form>
      </section>
    </Layout>
  );
}

/** The confirmation as the content of the dialog `#confirm`; both buttons close it. */
export function DeleteExperimentModal({ page, job }: { page: PageContext; job: TrainingJob }) {
  const { experiment } = page.messages;
  return (
    <div class="stack">
      <h2 id="confirm-title">{experiment.removeTitle(job.model_name)}</h2>
      <DeletedThings page={page} job={job} />
      <div class="actions">
        <button
          type="button"
          class="destructive"
          command="close"
          commandfor="confirm"
          hx-post={`${experimentHref(job)}/delete`}
          hx-target={`#experiment-${job.id}`}
          hx-swap="delete"
        >
          {experiment.remove}
        </button>
        <button type="button" command="close" commandfor="confirm" autofocus>
          {experiment.keep}
        </button>
      </div>
    </div>
  );
}

function DeletedThings({ page: { messages }, job }: { page: PageContext; job: TrainingJob }) {
  return (
    <>
      <p class="facts">
        <span class={`status ${job.status}`}>{messages.statuses[job.status]}</span>
        <span>
          <code>{job.output_dir}</code>
        </span>
      </p>
      <p>{messages.experiment.removeHint}</p>
    </>
  );
}
