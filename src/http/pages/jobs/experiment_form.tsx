import { type Context, Hono } from "hono";
import { z } from "zod";
import { checkTrainingJob, unsuitability } from "../../../domain/jobs/check.ts";
import { createTrainingJob } from "../../../domain/jobs/create.ts";
import { DomainError } from "../../../domain/kernel/errors.ts";
import type { Model } from "../../../domain/catalog/model.ts";
import type { Project } from "../../../domain/projects/project.ts";
import { DEFAULTS, type TrainingJob, TrainingJobInput } from "../../../domain/jobs/job.ts";
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
import type { AppDeps, Env, Refusal } from "../../env.ts";
import { idParam } from "../../validate.ts";
import {
  findExperiment,
  findProject,
  messagesByField,
  pageContext,
  textField,
  triggerHeader,
  wantsFragment,
} from "../context.ts";
import { formValidator } from "../form.ts";

/** The API's input without the project, which is in the path, and with the form's own key. */
const ExperimentInput = TrainingJobInput.omit({ project_id: true }).extend({
  idempotency_key: z.string().catch(""),
});

/** The form for a new experiment, and the creation. */
export function experimentFormPages(deps: AppDeps): Hono<Env> {
  const pages = new Hono<Env>();

  pages.get("/:id/experiments/new", async (c) => {
    const project = await findProject(deps, c, "editor");
    const idempotencyKey = c.req.query("idempotency_key");
    if (!idempotencyKey && !wantsFragment(c)) return c.redirect(withKey(c.req.url), 303);
    const typed = c.req.query();
    const cloned = typed.from && !isSent(typed)
      ? await findExperiment(deps, c, typed.from)
      : undefined;
    const opened = cloned && toOriginal(cloned);
    const values = opened?.values ?? typedValues(typed);
    const props = await formProps(c, {
      project,
      form: {
        values: typed.fill === "recommended" ? withRecommended(values) : values,
        errors: cloned ? await findLost(c, cloned) : {},
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

  pages.post(
    "/:id/experiments",
    formValidator(ExperimentInput, { show: showAgain }),
    async (c) => {
      const projectId = idParam(c, "project");
      const { idempotency_key, ...input } = c.req.valid("form");
      const { job } = await createTrainingJob(deps, {
        actor: actorOf(deps, c),
        input: { ...input, project_id: projectId },
        idempotencyKey: idempotency_key || undefined,
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
    },
  );

  return pages;

  /** The refused form: alone for htmx, else as a page. */
  async function showAgain(
    c: Context<Env>,
    { error, form, errors, notice }: Refusal,
  ): Promise<string | undefined> {
    // No field is at fault, and waiting is all that helps: a toast leaves the form as it is.
    if (error.code === "too_many") return undefined;
    const props = await formProps(c, {
      project: await findProject(deps, c),
      form: {
        values: typedValues(form),
        errors,
        notice,
        // A used key would refuse every other input. A new one makes a second experiment possible.
        idempotencyKey: error.code === "key_reused"
          ? crypto.randomUUID()
          : textField(form, "idempotency_key"),
        original: await findOriginal(c, form),
      },
    });
    return wantsFragment(c)
      ? renderFragment(<ExperimentFormView {...props} inDialog />)
      : renderPage(<NewExperimentPage {...props} />);
  }

  /** The form with the models and datasets to choose from. */
  async function formProps(
    c: Context<Env>,
    { project, form }: { project: Project; form: ExperimentForm },
  ) {
    const { model_name, dataset_path } = form.values;
    const model = deps.models.find(model_name);
    const dataset = dataset_path === "" ? undefined : await deps.datasets.inspect(dataset_path);
    const listed = await deps.datasets.list();
    // The list has only the folders directly below a root; a job may name a deeper or absolute one.
    if (dataset && !listed.some(({ path }) => path === dataset.path)) listed.push(dataset);
    const datasets = listed
      .map((dataset) => ({ dataset, problem: model ? unsuitability(dataset, model) : null }))
      .sort((a, b) => Number(a.problem !== null) - Number(b.problem !== null));
    // A select cannot show a choice that it does not offer.
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

  /** Messages when a clone could not be created as it is: its model or dataset may be gone. */
  async function findLost(
    c: Context<Env>,
    { model_name, dataset_path, epochs, batch_size, learning_rate, optimizer, ...job }: TrainingJob,
  ): Promise<Record<string, string>> {
    const { project_id, pretrained } = job;
    const hyperparameters = { epochs, batch_size, learning_rate, optimizer, pretrained };
    const input = { project_id, model_name, dataset_path, ...hyperparameters };
    try {
      await checkTrainingJob(deps, { userId: c.get("user").id, input });
      return {};
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== "invalid") throw error;
      return messagesByField(error, c.get("messages"));
    }
  }

  /** The experiment that the form was cloned from; `undefined` once it is deleted. */
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

/** The page's path with an idempotency key: after Back or a reload the same form is submitted with the
 * same key and creates no second job. */
function withKey(address: string): string {
  const url = new URL(address);
  url.searchParams.set("idempotency_key", crypto.randomUUID());
  return url.pathname + url.search;
}

/** The values of a submitted form, or of a query that fills one in, with defaults. */
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
    // Browsers do not send an unchecked box.
    pretrained: isSent(form) ? "pretrained" in form : DEFAULTS.pretrained,
  };
}

/** Whether a whole form was sent, not a query that opens one. */
function isSent(form: Record<string, unknown>): boolean {
  return "epochs" in form;
}

/** A job as the form that creates it. */
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
