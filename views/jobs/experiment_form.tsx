import type { Dataset, InspectedDataset } from "../../src/domain/catalog/dataset.ts";
import type { Model } from "../../src/domain/catalog/model.ts";
import { TASK_TYPES } from "../../src/domain/catalog/task.ts";
import type { Problem } from "../../src/domain/kernel/errors.ts";
import type { Project } from "../../src/domain/projects/project.ts";
import { type Optimizer, OPTIMIZERS, RANGES } from "../../src/domain/jobs/job.ts";
import { say } from "../../src/i18n/messages.ts";
import { Field, type Original, OriginalMark } from "../parts/field.tsx";
import { Layout } from "../layout.tsx";
import type { PageContext } from "../page_context.ts";
import { descriptionOf } from "../catalog/models.tsx";

/** What the form shows: what was typed, as text, and what was wrong with it. */
export interface ExperimentForm {
  values: ExperimentFormValues;
  /** Messages by field. */
  errors: Record<string, string>;
  /** What concerns no field. */
  notice?: string | undefined;
  /** Makes a second submission of this very form harmless. */
  idempotencyKey: string;
  /** The experiment this one is cloned from. */
  original?: { id: number; values: ExperimentFormValues } | undefined;
}

export interface ExperimentFormValues {
  model_name: string;
  dataset_path: string;
  epochs: string;
  batch_size: string;
  learning_rate: string;
  optimizer: string;
  pretrained: boolean;
}

interface ExperimentFormProps {
  page: PageContext;
  project: Project;
  form: ExperimentForm;
  models: Model[];
  datasets: DatasetChoice[];
  /** The chosen model and dataset, if any. */
  model: Model | undefined;
  dataset: InspectedDataset | undefined;
  /** Whether the form stands in the dialog over the table that gets the new row. */
  inDialog: boolean;
}

/** A dataset as the form offers it. */
export interface DatasetChoice {
  dataset: Dataset;
  /** Why the chosen model cannot be trained on it; `null` when it can, or none is chosen. */
  problem: Problem | null;
}

/** The form as a page of its own: without script, or in a new tab. */
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

/** The form as the dialog's content. */
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

/** In the dialog, htmx sends it and puts the new row into the list below; as a page of its own, there
 * is no list, and the browser sends it. */
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
        <HyperparameterForm {...props} />
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

function ModelSelector(props: ExperimentFormProps) {
  const { page, project, form, models } = props;
  const { messages } = page;
  const refill = `/projects/${project.id}/experiments/new?fill=recommended`;
  return (
    <Field
      id="model_name"
      label={messages.fields.model_name}
      original={originalOf("model_name", props)}
      error={form.errors.model_name ?? form.errors.framework ?? form.errors.task_type}
      focus={firstFault(form) === "model_name"}
      control={(attributes) => (
        <>
          <select
            {...attributes}
            name="model_name"
            hx-get={refill}
            hx-include="closest form"
            hx-target="#model-dependent"
            hx-select="#model-dependent"
            hx-swap="outerHTML"
          >
            <option value="">{messages.experiments.chooseModel}</option>
            {TASK_TYPES.map((task) => (
              <optgroup label={messages.tasks[task]}>
                {models.filter((model) => model.task_type === task).map((model) => (
                  <option value={model.name} selected={model.name === form.values.model_name}>
                    {model.name}
                  </option>
                ))}
              </optgroup>
            ))}
          </select>
          <noscript>
            <button
              type="submit"
              name="fill"
              value="recommended"
              formmethod="get"
              formaction={refill}
            >
              {messages.experiments.fillRecommended}
            </button>
          </noscript>
        </>
      )}
    />
  );
}

function ModelFacts({ page: { messages }, model }: ExperimentFormProps) {
  if (!model) return null;
  const { experiments, tasks } = messages;
  return (
    <p class="facts">
      <span>{model.framework}</span>
      <span>{tasks[model.task_type]}</span>
      <span>{experiments.parameters(String(model.parameters_m))}</span>
      <span>{experiments.inputSize(model.input_size)}</span>
      <span class="description">{descriptionOf(model, messages)}</span>
    </p>
  );
}

function DatasetSelector(props: ExperimentFormProps) {
  const { page, project, form, datasets } = props;
  const { messages } = page;
  const { experiments } = messages;
  if (datasets.length === 0) return <p class="notice">{experiments.noDatasets}</p>;
  return (
    <>
      <Field
        id="dataset_path"
        label={messages.fields.dataset_path}
        original={originalOf("dataset_path", props)}
        error={form.errors.dataset_path ?? form.errors.dataset_format}
        focus={firstFault(form) === "dataset_path"}
        control={(attributes) => (
          <select
            {...attributes}
            name="dataset_path"
            hx-get={`/projects/${project.id}/experiments/new`}
            hx-include="closest form"
            hx-target="#dataset-facts"
            hx-select="#dataset-facts"
            hx-swap="outerHTML"
          >
            <option value="">{experiments.chooseDataset}</option>
            {datasets.map(({ dataset, problem }) => (
              <option
                value={dataset.path}
                selected={dataset.path === form.values.dataset_path}
                disabled={problem !== null}
              >
                {datasetLabel({ dataset, problem }, props)}
              </option>
            ))}
          </select>
        )}
      />
      <DatasetFacts {...props} />
    </>
  );
}

function datasetLabel({ dataset, problem }: DatasetChoice, props: ExperimentFormProps): string {
  const { experiments } = props.page.messages;
  const facts = [dataset.path, dataset.format ?? "?"];
  if (dataset.num_classes !== null) facts.push(experiments.classes(dataset.num_classes));
  if (problem) facts.push(whyUnsuitable({ dataset, problem }, props));
  return facts.join(" · ");
}

/** In a few words, as the model and the dataset are in sight. */
function whyUnsuitable(
  { dataset, problem }: { dataset: Dataset; problem: Problem },
  { page: { messages }, model }: ExperimentFormProps,
): string {
  const { experiment, tasks } = messages;
  if (!model || problem.key !== "dataset_unsuitable") return say(messages, problem);
  if (dataset.task_types.includes(model.task_type)) {
    return experiment.needsFormat(model.dataset_formats);
  }
  return experiment.otherTask({
    needed: tasks[model.task_type],
    found: dataset.task_types.map((task) => tasks[task]),
  });
}

function DatasetFacts({ page: { messages }, dataset, datasets }: ExperimentFormProps) {
  const { experiments } = messages;
  const problem = datasets.find((choice) => choice.dataset.path === dataset?.path)?.problem;
  return (
    <div id="dataset-facts">
      {dataset && (
        <>
          <p class="facts">
            <span>{dataset.format}</span>
            {dataset.num_classes !== null && (
              <span>{experiments.classes(dataset.num_classes)}</span>
            )}
            {dataset.splits.map((split) => (
              <span>{`${split.name}: ${experiments.images(split.images)}`}</span>
            ))}
            <span class="description">{dataset.class_names.slice(0, 12).join(", ")}</span>
          </p>
          {problem && <p class="warning">⚠ {say(messages, problem)}</p>}
          {dataset.warnings.map((warning) => (
            <p key={warning.key} class="warning">⚠ {say(messages, warning)}</p>
          ))}
        </>
      )}
    </div>
  );
}

function HyperparameterForm(props: ExperimentFormProps) {
  const { page: { messages }, form, model } = props;
  const { experiments, fields } = messages;
  const pretrained = originalOf("pretrained", props);
  const recommended = {
    batch_size: model?.recommended_batch_size,
    learning_rate: model?.recommended_learning_rate,
  };
  const numberField = (
    name: "epochs" | "batch_size" | "learning_rate",
    { step, hint }: { step: string; hint: string | undefined },
  ) => (
    <Field
      id={name}
      label={fields[name]}
      hint={[experiments.range(String(RANGES[name].min), String(RANGES[name].max)), hint]
        .filter(Boolean).join(" · ")}
      original={originalOf(name, props)}
      error={form.errors[name]}
      focus={firstFault(form) === name}
      control={(attributes) => (
        <input
          {...attributes}
          name={name}
          type="number"
          inputmode={step === "any" ? "decimal" : "numeric"}
          step={step}
          min={RANGES[name].min}
          max={RANGES[name].max}
          required
          value={form.values[name]}
        />
      )}
    />
  );
  const advice = (value: number | undefined) =>
    value === undefined ? undefined : experiments.recommended(String(value));
  return (
    <fieldset>
      <legend>{experiments.hyperparameters}</legend>
      <div class="columns">
        {numberField("epochs", { step: "1", hint: undefined })}
        {numberField("batch_size", { step: "1", hint: advice(recommended.batch_size) })}
        {numberField("learning_rate", { step: "any", hint: advice(recommended.learning_rate) })}
        <Field
          id="optimizer"
          label={fields.optimizer}
          original={originalOf("optimizer", props)}
          error={form.errors.optimizer}
          focus={firstFault(form) === "optimizer"}
          control={(attributes) => (
            <select {...attributes} name="optimizer">
              {OPTIMIZERS.map((name) => (
                <option value={name} selected={name === form.values.optimizer}>
                  {OPTIMIZER_NAMES[name]}
                </option>
              ))}
            </select>
          )}
        />
      </div>
      <div class="field">
        <label class="check">
          <input
            type="checkbox"
            name="pretrained"
            checked={form.values.pretrained}
            data-original={pretrained?.value}
            aria-describedby={pretrained && "pretrained-original"}
          />
          {experiments.pretrained}
        </label>
        {pretrained && <OriginalMark id="pretrained-original" original={pretrained} />}
      </div>
    </fieldset>
  );
}

/** As their papers spell them. */
export const OPTIMIZER_NAMES: Record<Optimizer, string> = {
  adam: "Adam",
  adamw: "AdamW",
  sgd: "SGD",
  rmsprop: "RMSProp",
  nadam: "NAdam",
  radam: "RAdam",
  adamax: "Adamax",
};

/** What a field was in the experiment that is cloned. */
function originalOf(
  field: keyof ExperimentFormValues,
  { page: { messages }, form }: Pick<ExperimentFormProps, "page" | "form">,
): Original | undefined {
  if (!form.original) return undefined;
  const { experiment } = messages;
  const value = form.original.values[field];
  const shown = typeof value === "boolean"
    ? value ? experiment.yes : experiment.no
    : field === "optimizer"
    ? OPTIMIZER_NAMES[value as Optimizer]
    : value;
  return {
    value: String(value),
    text: experiment.original(shown),
    kept: form.values[field] === value,
  };
}

/** Where the eye should go after a refusal: the topmost field at fault. */
function firstFault({ errors }: ExperimentForm): string | undefined {
  const order = [
    "model_name",
    "dataset_path",
    "epochs",
    "batch_size",
    "learning_rate",
    "optimizer",
  ];
  return order.find((field) => field in errors);
}
