import { Hono } from "hono";
import { deleteProject } from "../../domain/end_training_job.ts";
import { notFound } from "../../domain/errors.ts";
import { ProjectInput, ProjectPatch } from "../../domain/project.ts";
import type { AppDeps, Env } from "../env.ts";
import { idParam, jsonBody, query } from "../validate.ts";
import { listTrainingJobs, TrainingJobListQuery } from "./training_job.ts";

export function projectRoutes(deps: AppDeps): Hono<Env> {
  const projects = new Hono<Env>();

  projects.get("/", async (c) => {
    return c.json({ items: await deps.storage.projects.list(c.get("user").id) });
  });

  projects.post("/", jsonBody(ProjectInput), async (c) => {
    const project = await deps.storage.projects.insert(c.req.valid("json"), {
      userId: c.get("user").id,
      now: deps.now().toISOString(),
    });
    return c.json(project, 201, { Location: `/api/v1/projects/${project.id}` });
  });

  projects.get("/:id", async (c) => {
    const userId = c.get("user").id;
    const project = await deps.storage.projects.find(idParam(c, "project"), { userId });
    if (!project) throw notFound("project");
    return c.json(project);
  });

  projects.patch("/:id", jsonBody(ProjectPatch), async (c) => {
    const project = await deps.storage.projects.update(idParam(c, "project"), {
      userId: c.get("user").id,
      patch: c.req.valid("json"),
      now: deps.now().toISOString(),
    });
    if (!project) throw notFound("project");
    return c.json(project);
  });

  projects.delete("/:id", async (c) => {
    await deleteProject(deps, { userId: c.get("user").id, id: idParam(c, "project") });
    return c.body(null, 204);
  });

  projects.get(
    "/:id/experiments",
    query(TrainingJobListQuery.omit({ project_id: true })),
    (c) =>
      listTrainingJobs(deps, {
        c,
        query: { ...c.req.valid("query"), project_id: idParam(c, "project") },
      }),
  );

  return projects;
}
