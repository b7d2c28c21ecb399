import { createRoute, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import { checkTrainingJob } from "../../../domain/jobs/check.ts";
import { createTrainingJob } from "../../../domain/jobs/create.ts";
import { cancelTrainingJob } from "../../../domain/jobs/cancel.ts";
import { deleteTrainingJob } from "../../../domain/jobs/delete.ts";
import { DomainError, invalid, notFound } from "../../../domain/kernel/errors.ts";
import { PAGE_SIZE } from "../../../domain/kernel/page.ts";
import { type Status, STATUSES } from "../../../domain/jobs/status.ts";
import { TrainingJob, TrainingJobInput } from "../../../domain/jobs/job.ts";
import {
  DEFAULT_ORDER,
  ORDERS,
  parseCursor,
  SearchText,
  SORTS,
} from "../../../domain/jobs/list.ts";
import { insufficient, requireRole } from "../../../domain/projects/role.ts";
import { en } from "../../../i18n/en.ts";
import { say } from "../../../i18n/messages.ts";
import { actorOf } from "../../client.ts";
import type { AppDeps, Env } from "../../env.ts";
import { apiApp, idParam } from "../../validate.ts";
import { idLinks, json, jsonBody, LOCATION, NO_CONTENT, pathId, refusals } from "../answers.ts";

const tags = ["Training jobs"];
const PATH = pathId("A training job's id.");

const CreateQuery = z.object({
  validate_only: z.stringbool({ truthy: ["true"], falsy: ["false"], case: "sensitive" })
    .default(false).openapi({
      type: "boolean",
      default: false,
      description: "Check everything and create nothing.",
    }),
});

const CreateHeaders = z.object({
  "Idempotency-Key": z.string().regex(/^[\x21-\x7e]{1,255}$/).optional().meta({
    description:
      "Makes a retry safe: for a day, the same key and body get the first answer again. " +
      "Up to 255 visible ASCII characters, new for each creation.",
    examples: ["7f0c8a54-6a0e-4f5e-8b35-5d1c3f1f2a10"],
  }),
});

const Validation = z.object({
  valid: z.literal(true),
  warnings: z.array(z.string()).meta({
    description: "The dataset's problems that do not prevent training.",
  }),
}).meta({ id: "Validation" });

/** The query of a list. */
export const TrainingJobListQuery = z.object({
  project_id: z.coerce.number().int().optional().openapi({ type: "integer" }),
  status: z.enum(STATUSES).optional(),
  model_name: z.string().max(200).optional(),
  search: SearchText.optional().meta({
    description: "Text anywhere in the model name or dataset path.",
  }),
  sort: z.enum(SORTS).default("created_at"),
  order: z.enum(ORDERS).optional().meta({
    description: "Defaults to `desc` for `created_at` and `accuracy`, `asc` for the others.",
  }),
  limit: z.coerce.number().int().min(PAGE_SIZE.min).max(PAGE_SIZE.max).default(PAGE_SIZE.default)
    .meta({ description: "Rows per page." }),
  cursor: z.string().optional().meta({
    description: "The `next_cursor` of the previous page, with the same `sort` and `order`.",
  }),
});

export const TrainingJobPage = z.object({
  items: z.array(TrainingJob),
  next_cursor: z.string().nullable().meta({ description: "Null on the last page." }),
}).meta({ id: "TrainingJobPage" });

/** Names a sample dataset, so that it works on a server with the samples. */
const EXAMPLE = {
  project_id: 1,
  model_name: "yolo11n-seg",
  framework: "ultralytics",
  task_type: "instance_segmentation",
  dataset_path: "seg-coco8",
  dataset_format: "yolo",
  epochs: 50,
  batch_size: 16,
  learning_rate: 0.01,
  optimizer: "adam",
  pretrained: true,
} as const;

export function trainingJobRoutes(deps: AppDeps) {
  const jobs = apiApp();

  jobs.openapi(
    createRoute({
      operationId: "createTrainingJob",
      method: "post",
      path: "/",
      tags,
      summary: "Create a training job",
      description:
        "Checks the input, creates the output directory and stores the job as `pending`. " +
        "If a step fails, nothing is left behind.",
      request: {
        query: CreateQuery,
        headers: CreateHeaders,
        body: jsonBody(TrainingJobInput, EXAMPLE),
      },
      responses: {
        200: json(Validation, { description: "With `validate_only`: the job could be created." }),
        201: json(TrainingJob, {
          description: "The job.",
          example: {
            ...EXAMPLE,
            id: 3,
            num_classes: null,
            output_dir: "outputs/1/20240118_153000_yolo11n-seg",
            status: "pending",
            accuracy: null,
            loss: null,
            created_at: "2024-01-18T15:30:00.000Z",
            updated_at: "2024-01-18T15:30:00.000Z",
            started_at: null,
            completed_at: null,
            error_message: null,
          },
          links: idLinks("getTrainingJob", "cancelTrainingJob", "deleteTrainingJob"),
          headers: {
            ...LOCATION,
            "Idempotency-Replayed": {
              description: "Present when this repeats the first answer to the key.",
              schema: { type: "string", const: "true" },
            },
          },
        }),
        ...refusals(
          notFound("project"),
          insufficient("editor"),
          new DomainError("too_many", { key: "too_many_creations", seconds: 40 }),
          new DomainError("key_reused", { key: "idempotency_key_reused" }),
        ),
      },
    }),
    async (c) => {
      const input = c.req.valid("json");
      if (c.req.valid("query").validate_only) {
        const { dataset_path } = await checkTrainingJob(deps, {
          userId: c.get("user").id,
          input,
        });
        const dataset = await deps.datasets.inspect(dataset_path);
        const warnings = (dataset?.warnings ?? []).map((problem) => say(en, problem));
        return c.json({ valid: true as const, warnings }, 200);
      }
      const { job, replayed } = await createTrainingJob(deps, {
        actor: actorOf(deps, c),
        input,
        idempotencyKey: c.req.valid("header")["Idempotency-Key"],
      });
      if (replayed) c.header("Idempotency-Replayed", "true");
      return c.json(job, 201, { Location: `/api/v1/training/jobs/${job.id}` });
    },
  );

  jobs.openapi(
    createRoute({
      operationId: "listTrainingJobs",
      method: "get",
      path: "/",
      tags,
      summary: "List the training jobs of your projects",
      request: { query: TrainingJobListQuery },
      responses: {
        200: json(TrainingJobPage, { description: "One page of the list." }),
        ...refusals(notFound("project")),
      },
    }),
    async (c) => c.json(await listTrainingJobs(deps, { c, query: c.req.valid("query") }), 200),
  );

  jobs.openapi(
    createRoute({
      operationId: "getTrainingJob",
      method: "get",
      path: "/{id}",
      tags,
      summary: "Get a training job",
      request: { params: PATH },
      responses: {
        200: json(TrainingJob, { description: "The job." }),
        ...refusals(notFound("training_job")),
      },
    }),
    async (c) => {
      const id = idParam(c, "training_job");
      const job = await deps.jobs.find(id, { userId: c.get("user").id });
      if (!job) throw notFound("training_job");
      return c.json(job, 200);
    },
  );

  jobs.openapi(
    createRoute({
      operationId: "cancelTrainingJob",
      method: "post",
      path: "/{id}/cancel",
      tags,
      summary: "Cancel a training job",
      description: "While it is `pending` or `running`.",
      request: { params: PATH },
      responses: {
        200: json(TrainingJob, { description: "The job, `cancelled`." }),
        ...refusals(
          notFound("training_job"),
          insufficient("editor"),
          refusedTransition("cancel", "completed"),
        ),
      },
    }),
    async (c) => {
      const id = idParam(c, "training_job");
      return c.json(await cancelTrainingJob(deps, { actor: actorOf(deps, c), id }), 200);
    },
  );

  jobs.openapi(
    createRoute({
      operationId: "deleteTrainingJob",
      method: "delete",
      path: "/{id}",
      tags,
      summary: "Delete a training job",
      description: "Deletes its output directory too. Refused while it is `running`.",
      request: { params: PATH },
      responses: {
        204: NO_CONTENT,
        ...refusals(
          notFound("training_job"),
          insufficient("editor"),
          refusedTransition("delete", "running"),
        ),
      },
    }),
    async (c) => {
      const id = idParam(c, "training_job");
      await deleteTrainingJob(deps, { actor: actorOf(deps, c), id });
      return c.body(null, 204);
    },
  );

  return jobs;
}

function refusedTransition(verb: "cancel" | "delete", status: Status) {
  return new DomainError("conflict", { key: "transition_refused", verb, status });
}

/** One page of jobs; also for `GET /projects/{id}/experiments`. */
export async function listTrainingJobs(
  deps: AppDeps,
  { c, query }: { c: Context<Env>; query: z.infer<typeof TrainingJobListQuery> },
): Promise<z.infer<typeof TrainingJobPage>> {
  const userId = c.get("user").id;
  const { cursor, sort, order = DEFAULT_ORDER[sort], project_id, ...rest } = query;
  const after = cursor === undefined ? undefined : parseCursor(cursor, { sort, order });
  if (cursor !== undefined && !after) {
    throw invalid({ field: "cursor", problem: { key: "malformed", field: "cursor" } });
  }
  if (project_id !== undefined) {
    await requireRole(deps, { userId, projectId: project_id, needed: "viewer" });
  }
  const request = { ...rest, project_id, sort, order, after };
  return await deps.jobs.list(request, { userId });
}
