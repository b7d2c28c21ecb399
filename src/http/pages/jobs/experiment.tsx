import { type Context, Hono } from "hono";
import { cancelTrainingJob } from "../../../domain/jobs/cancel.ts";
import { deleteTrainingJob } from "../../../domain/jobs/delete.ts";
import { DomainError } from "../../../domain/kernel/errors.ts";
import { type TrainingJob, TrainingJobInput } from "../../../domain/jobs/job.ts";
import { isOutputDir } from "../../../domain/outputs/volume.ts";
import {
  DeleteExperimentModal,
  DeleteExperimentPage,
} from "../../../../views/jobs/delete_experiment.tsx";
import { ExperimentPage } from "../../../../views/jobs/experiment.tsx";
import { experimentHref } from "../../../../views/jobs/experiment_menu.tsx";
import { ExperimentRow } from "../../../../views/jobs/experiments.tsx";
import { renderFragment, renderPage } from "../../../../views/layout.tsx";
import type { OutputListing } from "../../../../views/jobs/output_files.tsx";
import { actorOf } from "../../client.ts";
import type { AppDeps, Env, Refusal } from "../../env.ts";
import {
  findExperiment,
  findProject,
  pageContext,
  triggerHeader,
  wantsFragment,
} from "../context.ts";
import { onRefusal } from "../form.ts";

/** One experiment's page, and cancelling and deleting it. */
export function experimentPages(deps: AppDeps): Hono<Env> {
  const pages = new Hono<Env>();

  pages.get("/:id/experiments/:job", async (c) => {
    return c.html(await experimentPage(c, { job: await findExperiment(deps, c) }));
  });

  pages.post("/:id/experiments/:job/cancel", onRefusal(showNotice), async (c) => {
    const job = await findExperiment(deps, c);
    const cancelled = await cancelTrainingJob(deps, { actor: actorOf(deps, c), id: job.id });
    if (!wantsFragment(c)) return c.redirect(listCameFrom(c, job) ?? experimentHref(job), 303);
    const message = c.get("messages").experiment.cancelled;
    return c.html(
      renderFragment(<ExperimentRow page={pageContext(deps, c)} job={cancelled} canEdit />),
      200,
      { "HX-Trigger": triggerHeader({ "experiment-changed": {}, toast: { message } }) },
    );
  });

  pages.get("/:id/experiments/:job/delete", async (c) => {
    const project = await findProject(deps, c, "editor");
    const job = await findExperiment(deps, c);
    const page = pageContext(deps, c);
    if (wantsFragment(c)) {
      return c.html(renderFragment(<DeleteExperimentModal page={page} job={job} />));
    }
    return c.html(renderPage(<DeleteExperimentPage page={page} project={project} job={job} />));
  });

  pages.post("/:id/experiments/:job/delete", onRefusal(showNotice), async (c) => {
    const job = await findExperiment(deps, c);
    await deleteTrainingJob(deps, { actor: actorOf(deps, c), id: job.id });
    const project = `/projects/${job.project_id}`;
    if (!wantsFragment(c)) return c.redirect(project, 303);
    // The experiment's own page is gone.
    if (cameFrom(c)?.pathname === experimentHref(job)) {
      return c.body(null, 200, { "HX-Redirect": project });
    }
    const message = c.get("messages").experiment.removed;
    return c.body(null, 200, {
      "HX-Trigger": triggerHeader({ "experiment-changed": {}, toast: { message } }),
    });
  });

  return pages;

  /** The experiment's page with the reason; htmx gets a toast. */
  async function showNotice(
    c: Context<Env>,
    { notice }: Refusal,
  ): Promise<string | undefined> {
    if (wantsFragment(c)) return undefined;
    // Read again: the refusal may come from a status that has changed.
    return await experimentPage(c, { job: await findExperiment(deps, c), notice });
  }

  async function experimentPage(
    c: Context<Env>,
    { job, notice }: { job: TrainingJob; notice?: string | undefined },
  ): Promise<string> {
    const [project, outputs] = await Promise.all([findProject(deps, c), listOutputs(c, job)]);
    const origin = deps.config.publicOrigin ?? new URL(c.req.url).origin;
    return renderPage(
      <ExperimentPage
        page={pageContext(deps, c)}
        project={project}
        job={job}
        outputs={outputs}
        curl={curlCommand(job, origin)}
        notice={notice}
      />,
    );
  }

  /** The page is shown without files while the volume is down. */
  async function listOutputs(c: Context<Env>, { output_dir }: TrainingJob): Promise<OutputListing> {
    // Another program may have written the row.
    if (!isOutputDir(output_dir)) return "missing";
    try {
      return await deps.volume.list(output_dir) ?? "missing";
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== "unavailable") throw error;
      const request_id = c.get("requestId");
      deps.log.error("output files could not be listed", { request_id, error });
      return "unavailable";
    }
  }
}

/** The project's page with its filters, when the request came from there. */
function listCameFrom(c: Context<Env>, { project_id }: TrainingJob): string | undefined {
  const url = cameFrom(c);
  return url?.pathname === `/projects/${project_id}` ? url.pathname + url.search : undefined;
}

function cameFrom(c: Context<Env>): URL | null {
  return URL.parse(c.req.header("Referer") ?? "");
}

/** A command for any POSIX shell that creates the same job over the API. */
function curlCommand(job: TrainingJob, origin: string): string {
  const members = Object.keys(TrainingJobInput.shape) as (keyof TrainingJobInput)[];
  const input = Object.fromEntries(members.map((name) => [name, job[name]]));
  return [
    `curl ${shellQuote(`${origin}/api/v1/training/jobs`)}`,
    `  -H "Authorization: Bearer $TRAINYARD_TOKEN"`,
    `  -H 'Content-Type: application/json'`,
    `  -d ${shellQuote(JSON.stringify(input, null, 2))}`,
  ].join(" \\\n");
}

function shellQuote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
