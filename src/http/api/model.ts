import { Hono } from "hono";
import { z } from "zod";
import { type Model, TASK_TYPES } from "../../domain/model.ts";
import type { AppDeps, Env } from "../env.ts";
import { query } from "../validate.ts";

const ModelQuery = z.object({
  framework: z.string().max(100).optional(),
  task_type: z.enum(TASK_TYPES).optional(),
});

export function modelRoutes(deps: AppDeps): Hono<Env> {
  const models = new Hono<Env>();
  models.get(
    "/",
    query(ModelQuery),
    (c) => c.json({ items: deps.models.list(c.req.valid("query")).map(toJson) }),
  );
  return models;
}

/** The API speaks English. */
function toJson({ description_ko: _, ...model }: Model) {
  return model;
}
