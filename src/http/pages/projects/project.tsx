import { type Context, Hono } from "hono";
import { z } from "zod";
import { deleteProject } from "../../../domain/projects/delete.ts";
import { type Project, ProjectInput, updateProject } from "../../../domain/projects/project.ts";
import { say } from "../../../i18n/messages.ts";
import { renderPage } from "../../../../views/layout.tsx";
import {
  type ProjectForm,
  ProjectSettingsPage,
  ProjectsPage,
} from "../../../../views/projects/projects.tsx";
import { actorOf, changeOf } from "../../client.ts";
import type { AppDeps, Env, Refusal } from "../../env.ts";
import { idParam } from "../../validate.ts";
import { findProject, pageContext, textField } from "../context.ts";
import { formValidator } from "../form.ts";

/** The project's name, typed to confirm its deletion. Without experiments it is not asked for. */
const Confirmation = z.object({ confirm: z.string().trim().catch("") });

/** The list of projects, and one project's settings. */
export function projectPages(deps: AppDeps): Hono<Env> {
  const pages = new Hono<Env>();

  pages.get("/", async (c) => {
    return c.html(await projectsPage(c, { name: "", description: "", errors: {} }));
  });

  pages.post(
    "/",
    formValidator(ProjectInput, { show: (c, refusal) => projectsPage(c, typedAgain(refusal)) }),
    async (c) => {
      const project = await deps.projects.insert(c.req.valid("form"), {
        ...changeOf(deps, c),
        ownerId: c.get("user").id,
      });
      return c.redirect(`/projects/${project.id}`, 303);
    },
  );

  pages.get("/:id/edit", async (c) => {
    const project = await findProject(deps, c, "editor");
    return c.html(settingsPage(c, { project, form: { ...project, errors: {} } }));
  });

  pages.post(
    "/:id/edit",
    formValidator(ProjectInput, {
      show: async (c, refusal) => {
        const project = await findProject(deps, c, "editor");
        return settingsPage(c, { project, form: typedAgain(refusal) });
      },
    }),
    async (c) => {
      const id = idParam(c, "project");
      await updateProject(deps, { actor: actorOf(deps, c), id, patch: c.req.valid("form") });
      return c.redirect(`/projects/${id}`, 303);
    },
  );

  pages.post(
    "/:id/delete",
    formValidator(Confirmation, {
      show: async (c, { notice }) => {
        const project = await findProject(deps, c, "owner");
        return settingsPage(c, { project, form: { ...project, errors: {}, notice } });
      },
    }),
    async (c) => {
      const project = await findProject(deps, c, "owner");
      if (project.experiment_count > 0 && c.req.valid("form").confirm !== project.name) {
        const confirm = say(c.get("messages"), { key: "project_name_unconfirmed" });
        return c.html(settingsPage(c, { project, form: { ...project, errors: { confirm } } }), 422);
      }
      await deleteProject(deps, { actor: actorOf(deps, c), id: project.id });
      return c.redirect("/projects", 303);
    },
  );

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

function typedAgain({ form, errors }: Refusal): ProjectForm {
  return { name: textField(form, "name"), description: textField(form, "description"), errors };
}
