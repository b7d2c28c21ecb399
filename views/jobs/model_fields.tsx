import { TASK_TYPES } from "../../src/domain/catalog/task.ts";
import { descriptionOf } from "../catalog/models.tsx";
import { Field } from "../parts/field.tsx";
import { type ExperimentFormProps, firstFault, originalOf } from "./experiment_form_props.ts";

export function ModelSelector(props: ExperimentFormProps) {
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

export function ModelFacts({ page: { messages }, model }: ExperimentFormProps) {
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
