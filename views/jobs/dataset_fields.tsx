import type { Dataset } from "../../src/domain/catalog/dataset.ts";
import type { Problem } from "../../src/domain/kernel/errors.ts";
import { say } from "../../src/i18n/messages.ts";
import { Field } from "../parts/field.tsx";
import {
  type DatasetChoice,
  type ExperimentFormProps,
  firstFault,
  originalOf,
} from "./experiment_form_props.ts";

export function DatasetSelector(props: ExperimentFormProps) {
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

/** A short reason: the form already shows the names of the model and the dataset. */
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
