import { createRoute } from "@hono/zod-openapi";
import { deleteProject } from "../../../domain/projects/delete.ts";
import { DomainError, notFound } from "../../../domain/kernel/errors.ts";
import {
  Project,
  ProjectInput,
  ProjectPatch,
  updateProject,
} from "../../../domain/projects/project.ts";
import { insufficient } from "../../../domain/projects/role.ts";
import { actorOf, changeOf } from "../../client.ts";
import type { AppDeps } from "../../env.ts";
import { apiApp, idParam } from "../../validate.ts";
import {
  idLinks,
  items,
  json,
  jsonBody,
  LOCATION,
  NO_CONTENT,
  pathId,
  refusals,
} from "../answers.ts";
import { listTrainingJobs, TrainingJobListQuery, TrainingJobPage } from "../jobs/job.ts";

const tags = ["Projects"];
const PATH = pathId("A project's id.");

export function projectRoutes(deps: AppDeps) {
  const projects = apiApp();

  projects.openapi(
    createRoute({
      operationId: "listProjects",
      method: "get",
      path: "/",
      tags,
      summary: "List your projects and those shared with you, newest first",
      responses: { 200: json(items(Project), { description: "Your projects." }) },
    }),
    async (c) => c.json({ items: await deps.projects.list(c.get("user").id) }, 200),
  );

  projects.openapi(
    createRoute({
      operationId: "createProject",
      method: "post",
      path: "/",
      tags,
      summary: "Create a project",
      request: {
        body: jsonBody(ProjectInput, {
          name: "Dog vs Cat",
          description: "개/고양이 분류 프로젝트",
        }),
      },
      responses: {
        201: json(Project, {
          description: "The project.",
          headers: LOCATION,
          links: idLinks("getProject", "updateProject", "deleteProject", "listProjectExperiments"),
        }),
      },
    }),
    async (c) => {
      const project = await deps.projects.insert(c.req.valid("json"), {
        ...changeOf(deps, c),
        ownerId: c.get("user").id,
      });
      return c.json(project, 201, { Location: `/api/v1/projects/${project.id}` });
    },
  );

  projects.openapi(
    createRoute({
      operationId: "getProject",
      method: "get",
      path: "/{id}",
      tags,
      summary: "Get a project",
      request: { params: PATH },
      responses: {
        200: json(Project, { description: "The project." }),
        ...refusals(notFound("project")),
      },
    }),
    async (c) => {
      const userId = c.get("user").id;
      const project = await deps.projects.find(idParam(c, "project"), { userId });
      if (!project) throw notFound("project");
      return c.json(project, 200);
    },
  );

  projects.openapi(
    createRoute({
      operationId: "updateProject",
      method: "patch",
      path: "/{id}",
      tags,
      summary: "Rename or describe a project",
      request: { params: PATH, body: jsonBody(ProjectPatch, { name: "Dogs, cats and foxes" }) },
      responses: {
        200: json(Project, { description: "The changed project." }),
        ...refusals(notFound("project"), insufficient("editor")),
      },
    }),
    async (c) => {
      const project = await updateProject(deps, {
        actor: actorOf(deps, c),
        id: idParam(c, "project"),
        patch: c.req.valid("json"),
      });
      return c.json(project, 200);
    },
  );

  projects.openapi(
    createRoute({
      operationId: "deleteProject",
      method: "delete",
      path: "/{id}",
      tags,
      summary: "Delete a project",
      description:
        "Deletes its training jobs and their output directories too. Refused while one " +
        "of them is running.",
      request: { params: PATH },
      responses: {
        204: NO_CONTENT,
        ...refusals(
          notFound("project"),
          insufficient("owner"),
          new DomainError("conflict", { key: "project_running" }),
        ),
      },
    }),
    async (c) => {
      await deleteProject(deps, { actor: actorOf(deps, c), id: idParam(c, "project") });
      return c.body(null, 204);
    },
  );

  projects.openapi(
    createRoute({
      operationId: "listProjectExperiments",
      method: "get",
      path: "/{id}/experiments",
      tags,
      summary: "List a project's training jobs",
      description: "The same as `GET /training/jobs?project_id={id}`.",
      request: { params: PATH, query: TrainingJobListQuery.omit({ project_id: true }) },
      responses: {
        200: json(TrainingJobPage, { description: "One page of the list." }),
        ...refusals(notFound("project")),
      },
    }),
    async (c) => {
      const query = { ...c.req.valid("query"), project_id: idParam(c, "project") };
      return c.json(await listTrainingJobs(deps, { c, query }), 200);
    },
  );

  return projects;
}
