import { type Context, Hono } from "hono";
import { checkTrainingJob, unsuitability } from "../../../domain/jobs/check.ts";
import { createTrainingJob } from "../../../domain/jobs/create.ts";
import { DomainError } from "../../../domain/kernel/errors.ts";
import type { Model } from "../../../domain/catalog/model.ts";
import type { Project } from "../../../domain/projects/project.ts";
import { DEFAULTS, type TrainingJob, TrainingJobInput } from "../../../domain/jobs/job.ts";
import { say } from "../../../i18n/messages.ts";
import {
  ExperimentForm as ExperimentFormView,
  NewExperimentModal,
  NewExperimentPage,
} from "../../../../views/jobs/experiment_form.tsx";
import type {
  ExperimentForm,
  ExperimentFormValues,
} from "../../../../views/jobs/experiment_form_props.ts";
import { ExperimentRow } from "../../../../views/jobs/experiments.tsx";
import { renderFragment, renderPage } from "../../../../views/layout.tsx";
import { actorOf } from "../../client.ts";
import type { AppDeps, Env } from "../../env.ts";
import { idParam, parseInput } from "../../validate.ts";
import {
  findExperiment,
  findProject,
  messagesByField,
  pageContext,
  textField,
  triggerHeader,
  wantsFragment,
} from "../context.ts";

/** The form for a new experiment, and the creation itself. */
export function experimentFormPages(deps: AppDeps): Hono<Env> {
  const pages = new Hono<Env>();

  // `new` stands where an experiment's id does: the router wants one pattern for both.
  pages.get("/:id/experiments/:job", async (c, next) => {
    if (c.req.param("job") !== "new") return await next();
    const project = await findProject(deps, c, "editor");
    const idempotencyKey = c.req.query("idempotency_key");
    if (!idempotencyKey && !wantsFragment(c)) return c.redirect(withKey(c.req.url), 303);
    const typed = c.req.query();
    const opened = typed.from && !isSent(typed)
      ? toOriginal(await findExperiment(deps, c, typed.from))
      : undefined;
    const values = opened?.values ?? typedValues(typed);
    const props = await formProps(c, {
      project,
      form: {
        values: typed.fill === "recommended" ? withRecommended(values) : values,
        errors: opened ? await findLost(c, { project, values }) : {},
        idempotencyKey: idempotencyKey || crypto.randomUUID(),
        original: opened ?? await findOriginal(c, typed),
      },
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
        actor: actorOf(deps, c),
        input: parseInput(TrainingJobInput, toInput(typedValues(form), projectId)),
        idempotencyKey: textField(form, "idempotency_key") || undefined,
      });
      if (!wantsFragment(c)) return c.redirect(`/projects/${projectId}`, 303);
      const message = c.get("messages").experiments.added;
      return c.html(
        renderFragment(<ExperimentRow page={pageContext(deps, c)} job={job} canEdit fresh />),
        201,
        {
          "HX-Trigger": triggerHeader({ "experiment-created": { id: job.id }, toast: { message } }),
        },
      );
    } catch (error) {
      if (!isForForm(error)) throw error;
      const props = await formProps(c, {
        project: await findProject(deps, c),
        form: { ...refusedForm(c, { error, form }), original: await findOriginal(c, form) },
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
    const { model_name, dataset_path } = form.values;
    const model = deps.models.find(model_name);
    const dataset = dataset_path === "" ? undefined : await deps.datasets.inspect(dataset_path);
    const listed = await deps.datasets.list();
    // A job may name a folder that the list leaves out: one deeper down, or by its absolute path.
    if (dataset && !listed.some(({ path }) => path === dataset.path)) listed.push(dataset);
    const datasets = listed
      .map((dataset) => ({ dataset, problem: model ? unsuitability(dataset, model) : null }))
      .sort((a, b) => Number(a.problem !== null) - Number(b.problem !== null));
    // A choice that is not there cannot be shown as made.
    const values = {
      ...form.values,
      model_name: model ? model_name : "",
      dataset_path: dataset ? dataset_path : "",
    };
    return {
      page: pageContext(deps, c),
      project,
      form: { ...form, values },
      models: deps.models.list(),
      datasets,
      model,
      dataset,
      inDialog: wantsFragment(c),
    };
  }

  /** Why an experiment could not be created again as it is: its model or dataset may have gone. */
  async function findLost(
    c: Context<Env>,
    { project, values }: { project: Project; values: ExperimentFormValues },
  ): Promise<Record<string, string>> {
    try {
      const input = parseInput(TrainingJobInput, toInput(values, project.id));
      await checkTrainingJob(deps, { userId: c.get("user").id, input });
      return {};
    } catch (error) {
      if (!isForForm(error)) throw error;
      return messagesByField(error, c.get("messages"));
    }
  }

  /** What a form in use was cloned from; nothing when that has gone meanwhile. */
  async function findOriginal(c: Context<Env>, form: Record<string, unknown>) {
    const from = textField(form, "from");
    if (from === "") return undefined;
    try {
      return toOriginal(await findExperiment(deps, c, from));
    } catch (error) {
      if (error instanceof DomainError && error.code === "not_found") return undefined;
      throw error;
    }
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
  return {
    model_name: text("model_name", ""),
    dataset_path: text("dataset_path", ""),
    epochs: text("epochs", DEFAULTS.epochs),
    batch_size: text("batch_size", DEFAULTS.batch_size),
    learning_rate: text("learning_rate", DEFAULTS.learning_rate),
    optimizer: text("optimizer", DEFAULTS.optimizer),
    // A browser does not send an unchecked box.
    pretrained: isSent(form) ? "pretrained" in form : DEFAULTS.pretrained,
  };
}

/** Whether a whole form was sent, rather than an address that opens one. */
function isSent(form: Record<string, unknown>): boolean {
  return "epochs" in form;
}

/** A job as the form that would create it. */
function toOriginal(job: TrainingJob) {
  const values: ExperimentFormValues = {
    model_name: job.model_name,
    dataset_path: job.dataset_path,
    epochs: String(job.epochs),
    batch_size: String(job.batch_size),
    learning_rate: String(job.learning_rate),
    optimizer: job.optimizer,
    pretrained: job.pretrained,
  };
  return { id: job.id, values };
}

/** A form as the schema that JSON goes through expects it: numbers as numbers, where they are. */
function toInput(values: ExperimentFormValues, projectId: number): unknown {
  const { epochs, batch_size, learning_rate, ...others } = values;
  const number = (text: string) => text.trim() === "" ? text : Number(text);
  return {
    project_id: projectId,
    ...others,
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
