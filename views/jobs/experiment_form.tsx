import { Layout } from "../layout.tsx";
import { DatasetSelector } from "./dataset_fields.tsx";
import type { ExperimentFormProps } from "./experiment_form_props.ts";
import { HyperparameterFields } from "./hyperparameter_fields.tsx";
import { ModelFacts, ModelSelector } from "./model_fields.tsx";

/** The form as a separate page, for use without JavaScript or in a new tab. */
export function NewExperimentPage(props: ExperimentFormProps) {
  const { page, project } = props;
  const title = formTitle(props);
  return (
    <Layout
      page={page}
      title={title}
      trail={[{ label: project.name, href: `/projects/${project.id}` }, { label: title }]}
    >
      <section class="card sheet">
        <h1>{title}</h1>
        <ExperimentForm {...props} />
      </section>
    </Layout>
  );
}

/** The form as the content of the dialog `#new-experiment`. */
export function NewExperimentModal(props: ExperimentFormProps) {
  const { messages } = props.page;
  return (
    <>
      <div class="heading">
        <h2 id="new-experiment-title">{formTitle(props)}</h2>
        <button
          type="button"
          class="quiet"
          command="close"
          commandfor="new-experiment"
          aria-label={messages.page.close}
        >
          ✕
        </button>
      </div>
      <ExperimentForm {...props} inDialog />
    </>
  );
}

function formTitle({ page: { messages }, form }: ExperimentFormProps): string {
  return form.original
    ? messages.experiment.cloneTitle(form.original.values.model_name, form.original.id)
    : messages.experiments.formTitle;
}

/** In the dialog, htmx submits the form and inserts the new row into the list below. On its own
 * page there is no list, and the browser submits it. */
export function ExperimentForm(props: ExperimentFormProps) {
  const { page, project, form, inDialog } = props;
  const { experiments } = page.messages;
  const action = `/projects/${project.id}/experiments`;
  const faults = Object.keys(form.errors).length;
  return (
    <form
      id="experiment-form"
      class="stack"
      method="post"
      action={action}
      novalidate
      {...inDialog && {
        "hx-post": action,
        "hx-target": "#experiments",
        "hx-swap": "prepend",
        "hx-sync": "this:drop",
        "hx-disable": "find button.primary",
        "hx-status:422": "target:#experiment-form swap:outerHTML",
      }}
    >
      <input type="hidden" name="idempotency_key" value={form.idempotencyKey} />
      {form.original && <input type="hidden" name="from" value={form.original.id} />}
      {(form.notice || faults > 0) && (
        <p class="notice" role="alert">{form.notice ?? experiments.errors(faults)}</p>
      )}
      <ModelSelector {...props} />
      <div id="model-dependent" class="stack">
        <ModelFacts {...props} />
        <DatasetSelector {...props} />
        <HyperparameterFields {...props} />
        <p class="summary">
          {experiments.outputDir}{" "}
          <code>{`outputs/${project.id}/{YYYYMMDD_HHMMSS}_${props.model?.name ?? "…"}`}</code>
        </p>
      </div>
      <button type="submit" class="primary">
        <span class="idle">{experiments.submit}</span>
        <span class="busy">{experiments.submitting}</span>
      </button>
    </form>
  );
}
