import { createRoute, z } from "@hono/zod-openapi";
import { Model, TASK_TYPES } from "../../domain/model.ts";
import type { AppDeps } from "../env.ts";
import { apiApp } from "../validate.ts";
import { items, json } from "./answers.ts";

const ModelQuery = z.object({
  framework: z.string().max(100).optional().meta({ examples: ["ultralytics"] }),
  task_type: z.enum(TASK_TYPES).optional(),
});

export function modelRoutes(deps: AppDeps) {
  const models = apiApp();

  models.openapi(
    createRoute({
      operationId: "listModels",
      method: "get",
      path: "/",
      tags: ["Models and datasets"],
      summary: "List the model catalogue",
      request: { query: ModelQuery },
      responses: { 200: json(items(Model), { description: "The models that match." }) },
    }),
    (c) => c.json({ items: deps.models.list(c.req.valid("query")) }, 200),
  );

  return models;
}
