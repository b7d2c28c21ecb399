import type { ComponentChildren } from "preact";
import type { Project } from "../../src/domain/projects/project.ts";
import { allows } from "../../src/domain/projects/role.ts";
import { DELETABLE, statusesBefore } from "../../src/domain/jobs/status.ts";
import type { TrainingJob } from "../../src/domain/jobs/job.ts";
import { cloneHref, experimentHref } from "./experiment_menu.tsx";
import { Layout } from "../layout.tsx";
import type { PageContext } from "../page_context.ts";
import { OPTIMIZER_NAMES } from "./optimizer_names.ts";
import { OutputFiles, type OutputListing } from "./output_files.tsx";

interface ExperimentPageProps {
  page: PageContext;
  project: Project;
  job: TrainingJob;
  outputs: OutputListing;
  /** A curl command that creates the same job. */
  curl: string;
  /** Why a cancellation or deletion was rejected. */
  notice?: string | undefined;
}

/** One experiment: progress, configuration, outputs. */
export function ExperimentPage(props: ExperimentPageProps) {
  const { page, project, job, outputs, curl, notice } = props;
  const { experiment } = page.messages;
  return (
    <Layout
      page={page}
      title={`${job.model_name} #${job.id}`}
      trail={[
        { label: project.name, href: `/projects/${project.id}` },
        { label: `${job.model_name} #${job.id}` },
      ]}
    >
      {notice && <p class="notice" role="alert">{notice}</p>}
      <Heading page={page} job={job} canEdit={allows(project.role, "editor")} />
      <div class="panels">
        <Panel title={experiment.progress}>
          <History page={page} job={job} />
          {job.error_message && <pre class="notice">{job.error_message}</pre>}
          <Results page={page} job={job} />
        </Panel>
        <Panel title={experiment.configuration}>
          <Configuration page={page} job={job} />
        </Panel>
        <Panel title={experiment.outputs}>
          <code>{job.output_dir}</code>
          <OutputFiles page={page} outputs={outputs} />
        </Panel>
        <Panel
          title={experiment.curl}
          action={
            <button type="button" data-copy="curl" data-copied={experiment.copied}>
              {experiment.copy}
            </button>
          }
        >
          <p class="hint">
            {experiment.curlHint} <code>TRAINYARD_TOKEN</code>
          </p>
          <pre id="curl" class="command">{curl}</pre>
        </Panel>
      </div>
      <dialog id="confirm" aria-labelledby="confirm-title" />
    </Layout>
  );
}

function Heading({ page: { messages }, job, canEdit }: {
  page: PageContext;
  job: TrainingJob;
  canEdit: boolean;
}) {
  const { experiment, statuses, tasks } = messages;
  const href = experimentHref(job);
  return (
    <div class="heading" id={`experiment-${job.id}`}>
      <div>
        <h1>{job.model_name}</h1>
        <p class="facts">
          <span class={`status ${job.status}`}>{statuses[job.status]}</span>
          <span>{tasks[job.task_type]}</span>
          <span>#{job.id}</span>
        </p>
      </div>
      {canEdit && (
        <div class="actions">
          <a class="button" href={cloneHref(job)}>{experiment.clone}</a>
          {statusesBefore("cancelled").includes(job.status) && (
            <form method="post" action={`${href}/cancel`}>
              <button type="submit">{experiment.cancel}</button>
            </form>
          )}
          {DELETABLE.includes(job.status) && (
            <a
              class="button destructive"
              href={`${href}/delete`}
              hx-get={`${href}/delete`}
              hx-target="#confirm"
            >
              {experiment.remove}
            </a>
          )}
        </div>
      )}
    </div>
  );
}

function Panel({ title, action, children }: {
  title: string;
  action?: ComponentChildren;
  children: ComponentChildren;
}) {
  return (
    <section class="card panel">
      <div class="heading">
        <h2>{title}</h2>
        {action}
      </div>
      {children}
    </section>
  );
}

/** Created, started, ended, with the times reached so far. */
function History({ page: { messages }, job }: { page: PageContext; job: TrainingJob }) {
  const { experiment, language } = messages;
  const ended = job.status === "pending" || job.status === "running" ? "completed" : job.status;
  const steps = [
    { name: experiment.events.created, at: job.created_at },
    { name: experiment.events.started, at: job.started_at },
    { name: experiment.events[ended], at: job.completed_at },
  ];
  const took = duration(job, language);
  return (
    <ol class="history">
      {steps.map(({ name, at }, index) => (
        <li key={name} class={at ? "done" : undefined}>
          <span>{name}</span>
          <span class="when">
            {at ? <ExactTime at={at} /> : "-"}
            {index === 2 && took && ` · ${took}`}
          </span>
        </li>
      ))}
    </ol>
  );
}

/** Shows minutes; the title shows seconds. */
function ExactTime({ at }: { at: string }) {
  const text = at.slice(0, 19).replace("T", " ");
  return <time dateTime={at} title={`${text} UTC`}>{`${text.slice(0, 16)} UTC`}</time>;
}

/** Training time in hours, minutes and seconds; without seconds from one hour up. */
function duration({ started_at, completed_at }: TrainingJob, language: string): string {
  if (started_at === null || completed_at === null) return "";
  const total = Math.floor((Date.parse(completed_at) - Date.parse(started_at)) / 1000);
  if (total < 1) return "";
  const [hours, minutes] = [Math.floor(total / 3600), Math.floor(total / 60) % 60];
  const seconds = hours > 0 ? 0 : total % 60;
  return new Intl.DurationFormat(language, { style: "short" }).format({ hours, minutes, seconds });
}

function Results({ page: { messages }, job }: { page: PageContext; job: TrainingJob }) {
  const { experiment, experiments } = messages;
  return (
    <dl class="figures">
      <div>
        <dt>{experiments.columns.accuracy}</dt>
        <dd>{percent(job.accuracy)}</dd>
      </div>
      <div>
        <dt>{experiment.loss}</dt>
        <dd>{job.loss ?? "-"}</dd>
      </div>
    </dl>
  );
}

function Configuration({ page, job }: { page: PageContext; job: TrainingJob }) {
  const { experiment, fields, tasks } = page.messages;
  return (
    <dl class="settings">
      <Setting name={fields.model_name}>{job.model_name}</Setting>
      <Setting name={fields.framework}>{job.framework}</Setting>
      <Setting name={fields.task_type}>{tasks[job.task_type]}</Setting>
      <Setting name={fields.dataset_path}>
        <DatasetLink page={page} job={job} />
      </Setting>
      <Setting name={fields.epochs}>{job.epochs}</Setting>
      <Setting name={fields.batch_size}>{job.batch_size}</Setting>
      <Setting name={fields.learning_rate}>{job.learning_rate}</Setting>
      <Setting name={fields.optimizer}>{OPTIMIZER_NAMES[job.optimizer]}</Setting>
      <Setting name={fields.pretrained}>{job.pretrained ? experiment.yes : experiment.no}</Setting>
    </dl>
  );
}

function Setting({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function DatasetLink({ page: { messages }, job }: { page: PageContext; job: TrainingJob }) {
  const facts = [
    job.dataset_format,
    job.num_classes !== null && messages.experiments.classes(job.num_classes),
  ];
  return (
    <>
      <a href={`/datasets/view?path=${encodeURIComponent(job.dataset_path)}`}>{job.dataset_path}</a>
      {" "}
      <span class="hint">{facts.filter(Boolean).join(" · ")}</span>
    </>
  );
}

/** `0.89` becomes `89.0%`, and `null` becomes `-`. */
export function percent(accuracy: number | null): string {
  return accuracy === null ? "-" : `${(accuracy * 100).toFixed(1)}%`;
}
