import { type Context, Hono } from "hono";
import { deleteProject } from "../../../domain/projects/delete.ts";
import { DomainError } from "../../../domain/kernel/errors.ts";
import { type Project, ProjectInput, updateProject } from "../../../domain/projects/project.ts";
import { say } from "../../../i18n/messages.ts";
import { renderPage } from "../../../../views/layout.tsx";
import {
  type ProjectForm,
  ProjectSettingsPage,
  ProjectsPage,
} from "../../../../views/projects/projects.tsx";
import { actorOf, changeOf } from "../../client.ts";
import type { AppDeps, Env } from "../../env.ts";
import { parseInput } from "../../validate.ts";
import { findProject, messagesByField, pageContext, textField } from "../context.ts";

export function projectPages(deps: AppDeps): Hono<Env> {
  const pages = new Hono<Env>();

  pages.get("/", async (c) => {
    return c.html(await projectsPage(c, { name: "", description: "", errors: {} }));
  });

  pages.post("/", async (c) => {
    const form = await c.req.parseBody();
    try {
      const project = await deps.projects.insert(parseInput(ProjectInput, form), {
        ...changeOf(deps, c),
        ownerId: c.get("user").id,
      });
      return c.redirect(`/projects/${project.id}`, 303);
    } catch (error) {
      return c.html(await projectsPage(c, refusedForm(c, { error, form })), 422);
    }
  });

  pages.get("/:id/edit", async (c) => {
    const project = await findProject(deps, c, "editor");
    return c.html(settingsPage(c, { project, form: { ...project, errors: {} } }));
  });

  pages.post("/:id/edit", async (c) => {
    const project = await findProject(deps, c, "editor");
    const form = await c.req.parseBody();
    try {
      const patch = parseInput(ProjectInput, form);
      await updateProject(deps, { actor: actorOf(deps, c), id: project.id, patch });
      return c.redirect(`/projects/${project.id}`, 303);
    } catch (error) {
      return c.html(settingsPage(c, { project, form: refusedForm(c, { error, form }) }), 422);
    }
  });

  pages.post("/:id/delete", async (c) => {
    const project = await findProject(deps, c, "owner");
    const confirmation = textField(await c.req.parseBody(), "confirm").trim();
    if (project.experiment_count > 0 && confirmation !== project.name) {
      const confirm = say(c.get("messages"), { key: "project_name_unconfirmed" });
      return c.html(settingsPage(c, { project, form: { ...project, errors: { confirm } } }), 422);
    }
    try {
      await deleteProject(deps, { actor: actorOf(deps, c), id: project.id });
      return c.redirect("/projects", 303);
    } catch (error) {
      if (!(error instanceof DomainError) || error.code !== "conflict") throw error;
      const notice = say(c.get("messages"), error.problem);
      return c.html(settingsPage(c, { project, form: { ...project, errors: {}, notice } }), 409);
    }
  });

  return pages;

  async function projectsPage(c: Context<Env>, form: ProjectForm): Promise<string> {
    const projects = await deps.projects.list(c.get("user").id);
    return renderPage(<ProjectsPage page={pageContext(deps, c)} projects={projects} form={form} />);
  }

  function settingsPage(
    c: Context<Env>,
    { project, form }: { project: Project; form: ProjectForm & { notice?: string } },
  ): string {
    return renderPage(
      <ProjectSettingsPage page={pageContext(deps, c)} project={project} form={form} />,
    );
  }
}

/** What was typed, with what was wrong; rethrows what no form can mend. */
function refusedForm(
  c: Context<Env>,
  { error, form }: { error: unknown; form: Record<string, unknown> },
): ProjectForm {
  if (!(error instanceof DomainError) || error.code !== "invalid") throw error;
  return {
    name: textField(form, "name"),
    description: textField(form, "description"),
    errors: messagesByField(error, c.get("messages")),
  };
}
