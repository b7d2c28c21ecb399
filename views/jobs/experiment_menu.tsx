import { DELETABLE } from "../../src/domain/jobs/status.ts";
import type { TrainingJob } from "../../src/domain/jobs/job.ts";
import type { PageContext } from "../page_context.ts";
import { Menu } from "../parts/menu.tsx";

/** The actions on an experiment, as a popover menu in its row. */
export function ExperimentMenu({ page: { messages }, job, canEdit }: {
  page: PageContext;
  job: TrainingJob;
  canEdit: boolean;
}) {
  const { experiment } = messages;
  const href = experimentHref(job);
  return (
    <Menu id={`menu-${job.id}`} label={experiment.menu(job.model_name)} button="⋯">
      <a role="menuitem" href={href}>{experiment.open}</a>
      {canEdit && (
        <a
          role="menuitem"
          href={cloneHref(job)}
          hx-get={cloneHref(job)}
          hx-target="#new-experiment"
        >
          {experiment.clone}
        </a>
      )}
      {canEdit && job.status === "pending" && (
        <form
          role="none"
          method="post"
          action={`${href}/cancel`}
          hx-post={`${href}/cancel`}
          hx-target="closest tr"
          hx-swap="outerHTML"
        >
          <button type="submit" role="menuitem">{experiment.cancel}</button>
        </form>
      )}
      {canEdit && DELETABLE.includes(job.status) && (
        <a
          role="menuitem"
          class="destructive"
          href={`${href}/delete`}
          hx-get={`${href}/delete`}
          hx-target="#confirm"
        >
          {experiment.remove}
        </a>
      )}
    </Menu>
  );
}

export function experimentHref(job: TrainingJob): string {
  return `/projects/${job.project_id}/experiments/${job.id}`;
}

export function cloneHref(job: TrainingJob): string {
  return `/projects/${job.project_id}/experiments/new?from=${job.id}`;
}
