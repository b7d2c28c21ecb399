import { OPTIMIZERS, RANGES } from "../../src/domain/jobs/job.ts";
import { Field, OriginalMark } from "../parts/field.tsx";
import { type ExperimentFormProps, firstFault, originalOf } from "./experiment_form_props.ts";
import { OPTIMIZER_NAMES } from "./optimizer_names.ts";

export function HyperparameterFields(props: ExperimentFormProps) {
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
