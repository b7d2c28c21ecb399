import { type Context, Hono } from "hono";
import { z } from "zod";
import { checkTrainingJob } from "../../domain/check_training_job.ts";
import { createTrainingJob } from "../../domain/create_training_job.ts";
import { cancelTrainingJob, deleteTrainingJob } from "../../domain/end_training_job.ts";
import { invalid, notFound } from "../../domain/errors.ts";
import { PAGE_SIZE, STATUSES, TrainingJobInput } from "../../domain/training_job.ts";
import {
  DEFAULT_ORDER,
  ORDERS,
  parseCursor,
  SearchText,
  SORTS,
} from "../../domain/training_job_list.ts";
import { en } from "../../i18n/en.ts";
import { say } from "../../i18n/messages.ts";
import type { AppDeps, Env } from "../env.ts";
import { idParam, jsonBody, query } from "../validate.ts";

const CreateQuery = z.object({
  validate_only: z.enum(["true", "false"]).default("false").transform((text) => text === "true"),
});

/** What a list may be asked for. */
export const TrainingJobListQuery = z.object({
  project_id: z.coerce.number().pipe(z.int()).optional(),
  status: z.enum(STATUSES).optional(),
  model_name: z.string().max(200).optional(),
  search: SearchText.optional(),
  sort: z.enum(SORTS).default("created_at"),
  order: z.enum(ORDERS).optional(),
  limit: z.coerce.number().pipe(z.int().min(PAGE_SIZE.min).max(PAGE_SIZE.max))
    .default(PAGE_SIZE.default),
  cursor: z.string().optional(),
});

export function trainingJobRoutes(deps: AppDeps): Hono<Env> {
  const jobs = new Hono<Env>();

  jobs.post("/", query(CreateQuery), jsonBody(TrainingJobInput), async (c) => {
    const userId = c.get("user").id;
    const input = c.req.valid("json");
    if (c.req.valid("query").validate_only) {
      const { dataset_path } = await checkTrainingJob(deps, { userId, input });
      const dataset = await deps.datasets.inspect(dataset_path);
      const warnings = (dataset?.warnings ?? []).map((problem) => say(en, problem));
      return c.json({ valid: true, warnings });
    }
    const { job, replayed } = await createTrainingJob(deps, {
      userId,
      input,
      idempotencyKey: idempotencyKey(c),
    });
    if (replayed) c.header("Idempotency-Replayed", "true");
    return c.json(job, 201, { Location: `/api/v1/training/jobs/${job.id}` });
  });

  jobs.get(
    "/",
    query(TrainingJobListQuery),
    (c) => listTrainingJobs(deps, { c, query: c.req.valid("query") }),
  );

  jobs.get("/:id", async (c) => {
    const id = idParam(c, "training_job");
    const job = await deps.storage.trainingJobs.find(id, { userId: c.get("user").id });
    if (!job) throw notFound("training_job");
    return c.json(job);
  });

  jobs.post("/:id/cancel", async (c) => {
    const id = idParam(c, "training_job");
    return c.json(await cancelTrainingJob(deps, { userId: c.get("user").id, id }));
  });

  jobs.delete("/:id", async (c) => {
    const id = idParam(c, "training_job");
    await deleteTrainingJob(deps, { userId: c.get("user").id, id });
    return c.body(null, 204);
  });

  return jobs;
}

/** One page of jobs; also what `GET /projects/{id}/experiments` answers. */
export async function listTrainingJobs(
  deps: AppDeps,
  { c, query }: { c: Context<Env>; query: z.infer<typeof TrainingJobListQuery> },
): Promise<Response> {
  const userId = c.get("user").id;
  const { cursor, sort, order = DEFAULT_ORDER[sort], project_id, ...rest } = query;
  const after = cursor === undefined ? undefined : parseCursor(cursor, { sort, order });
  if (cursor !== undefined && !after) {
    throw invalid({ field: "cursor", problem: { key: "malformed", field: "cursor" } });
  }
  if (project_id !== undefined && !await deps.storage.projects.has(project_id, { userId })) {
    throw notFound("project");
  }
  const request = { ...rest, project_id, sort, order, after };
  return c.json(await deps.storage.trainingJobs.list(request, { userId }));
}

function idempotencyKey(c: Context<Env>): string | undefined {
  const key = c.req.header("Idempotency-Key");
  if (key === undefined || /^[\x21-\x7e]{1,255}$/.test(key)) return key;
  throw invalid({ field: "body", problem: { key: "idempotency_key_malformed" } });
}
