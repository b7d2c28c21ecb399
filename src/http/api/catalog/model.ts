import { createRoute, z } from "@hono/zod-openapi";
import { Model } from "../../../domain/catalog/model.ts";
import { TASK_TYPES } from "../../../domain/catalog/task.ts";
import type { AppDeps } from "../../env.ts";
import { apiApp } from "../../validate.ts";
import { items, json } from "../answers.ts";

/** The API speaks English. */
const ShownModel = Model.omit({ description_ko: true }).meta({ id: "Model" });

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
      responses: { 200: json(items(ShownModel), { description: "The models that match." }) },
    }),
    (c) => c.json({ items: deps.models.list(c.req.valid("query")).map(toJson) }, 200),
  );

  return models;
}

function toJson({ description_ko: _, ...model }: Model) {
  return model;
}
