import { type Context, Hono } from "hono";
import { unsuitability } from "../../domain/check_training_job.ts";
import { createTrainingJob } from "../../domain/create_training_job.ts";
import { DomainError } from "../../domain/errors.ts";
import type { Model } from "../../domain/model.ts";
import type { Project } from "../../domain/project.ts";
import { DEFAULTS, TrainingJobInput } from "../../domain/training_job.ts";
import { say } from "../../i18n/messages.ts";
import {
  type ExperimentForm,
  ExperimentForm as ExperimentFormView,
  type ExperimentFormValues,
  NewExperimentModal,
  NewExperimentPage,
} from "../../../views/experiment_form.tsx";
import { ExperimentRow } from "../../../views/experiments.tsx";
import { renderFragment, renderPage } from "../../../views/layout.tsx";
import type { AppDeps, Env } from "../env.ts";
import { idParam, parseInput } from "../validate.ts";
import {
  findProject,
  messagesByField,
  pageContext,
  textField,
  triggerHeader,
  wantsFragment,
} from "./context.ts";

/** The form for a new experiment, and the creation itself. */
export function experimentFormPages(deps: AppDeps): Hono<Env> {
  const pages = new Hono<Env>();

  pages.get("/:id/experiments/new", async (c) => {
    const project = await findProject(deps, c);
    const idempotencyKey = c.req.query("idempotency_key");
    if (!idempotencyKey && !wantsFragment(c)) return c.redirect(withKey(c.req.url), 303);
    const values = c.req.query("fill") === "recommended"
      ? withRecommended(typedValues(c.req.query()))
      : typedValues(c.req.query());
    const props = await formProps(c, {
      project,
      form: { values, errors: {}, idempotencyKey: idempotencyKey || crypto.randomUUID() },
    });
    return c.html(
      wantsFragment(c)
        ? renderFragment(<NewExperimentModal {...props} />)
        : renderPage(<NewExperimentPage {...props} />),
    );
  });

  pages.post("/:id/experiments", async (c) => {
    const projectId = idParam(c, "project");
    const form = await c.req.parseBody();
    try {
      const { job } = await createTrainingJob(deps, {
        userId: c.get("user").id,
        input: parseInput(TrainingJobInput, formInput(form, projectId)),
        idempotencyKey: textField(form, "idempotency_key") || undefined,
      });
      if (!wantsFragment(c)) return c.redirect(`/projects/${projectId}`, 303);
      const message = c.get("messages").experiments.added;
      return c.html(
        renderFragment(<ExperimentRow page={pageContext(deps, c)} job={job} fresh />),
        201,
        {
          "HX-Trigger": triggerHeader({ "experiment-created": { id: job.id }, toast: { message } }),
        },
      );
    } catch (error) {
      if (!isForForm(error)) throw error;
      const props = await formProps(c, {
        project: await findProject(deps, c),
        form: refusedForm(c, { error, form }),
      });
      return c.html(
        wantsFragment(c)
          ? renderFragment(<ExperimentFormView {...props} inDialog />)
          : renderPage(<NewExperimentPage {...props} />),
        422,
      );
    }
  });

  return pages;

  /** The form with all it offers: models, datasets and what is known of the chosen ones. */
  async function formProps(
    c: Context<Env>,
    { project, form }: { project: Project; form: ExperimentForm },
  ) {
    const model = deps.models.find(form.values.model_name);
    const datasets = (await deps.datasets.list())
      .map((dataset) => ({ dataset, suits: !model || !unsuitability(dataset, model) }))
      .sort((a, b) => Number(b.suits) - Number(a.suits));
    const chosen = form.values.dataset_path;
    return {
      page: pageContext(deps, c),
      project,
      form,
      models: deps.models.list(),
      datasets,
      model,
      dataset: chosen === "" ? undefined : await deps.datasets.inspect(chosen),
    };
  }

  function withRecommended(values: ExperimentFormValues): ExperimentFormValues {
    const model: Model | undefined = deps.models.find(values.model_name);
    return model
      ? {
        ...values,
        batch_size: String(model.recommended_batch_size),
        learning_rate: String(model.recommended_learning_rate),
      }
      : values;
  }
}

/** The page's address with the form's key in it: Back and reload bring the same form again, whose
 * second submission makes no second job. */
function withKey(address: string): string {
  const url = new URL(address);
  url.searchParams.set("idempotency_key", crypto.randomUUID());
  return url.pathname + url.search;
}

/** The values of a form, or of an address that fills one in; defaults where nothing is said. */
function typedValues(form: Record<string, unknown>): ExperimentFormValues {
  const text = (name: string, otherwise: string | number) =>
    name in form ? textField(form, name) : String(otherwise);
  // A browser does not send an unchecked box: it is off if the rest of the form is there.
  const sent = "epochs" in form;
  return {
    model_name: text("model_name", ""),
    dataset_path: text("dataset_path", ""),
    epochs: text("epochs", DEFAULTS.epochs),
    batch_size: text("batch_size", DEFAULTS.batch_size),
    learning_rate: text("learning_rate", DEFAULTS.learning_rate),
    optimizer: text("optimizer", DEFAULTS.optimizer),
    pretrained: sent ? "pretrained" in form : DEFAULTS.pretrained,
  };
}

/** A form as the schema that JSON goes through expects it: numbers as numbers, where they are. */
function formInput(form: Record<string, unknown>, projectId: number): unknown {
  const { epochs, batch_size, learning_rate, ...values } = typedValues(form);
  const number = (text: string) => text.trim() === "" ? text : Number(text);
  return {
    project_id: projectId,
    ...values,
    epochs: number(epochs),
    batch_size: number(batch_size),
    learning_rate: number(learning_rate),
  };
}

/** Refusals that the person at the form can mend. */
function isForForm(error: unknown): error is DomainError {
  return error instanceof DomainError && (error.code === "invalid" || error.code === "key_reused");
}

function refusedForm(
  c: Context<Env>,
  { error, form }: { error: DomainError; form: Record<string, unknown> },
): ExperimentForm {
  const messages = c.get("messages");
  const reused = error.code === "key_reused";
  return {
    values: typedValues(form),
    errors: messagesByField(error, messages),
    notice: reused ? say(messages, error.problem) : undefined,
    // A used key would refuse whatever is typed; a fresh one lets a second experiment be meant.
    idempotencyKey: reused ? crypto.randomUUID() : textField(form, "idempotency_key"),
  };
}
