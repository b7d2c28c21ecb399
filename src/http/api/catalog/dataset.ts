import { createRoute, z } from "@hono/zod-openapi";
import { DATASET_FORMATS, type InspectedDataset } from "../../../domain/catalog/dataset.ts";
import { invalid } from "../../../domain/kernel/errors.ts";
import { TASK_TYPES } from "../../../domain/catalog/task.ts";
import { en } from "../../../i18n/en.ts";
import { say } from "../../../i18n/messages.ts";
import type { AppDeps } from "../../env.ts";
import { apiApp } from "../../validate.ts";
import { items, json, refusals } from "../answers.ts";

const tags = ["Models and datasets"];

/** An inspected dataset, its problems as messages. */
const Dataset = z.object({
  path: z.string().meta({ description: "Use it as `dataset_path`." }),
  name: z.string().meta({ description: "The folder's name." }),
  format: z.enum(DATASET_FORMATS).nullable().meta({
    description: "Null for a folder in no known format.",
  }),
  task_types: z.array(z.enum(TASK_TYPES)).meta({ description: "Tasks it can be used for." }),
  num_classes: z.int().nullable(),
  class_names: z.array(z.string()),
  splits: z.array(z.object({
    name: z.string().meta({ description: "train, val or test." }),
    images: z.int().nonnegative(),
    class_counts: z.array(z.int().nonnegative()).meta({
      description:
        "Instances per class, in the order of `class_names`; for a classification dataset, images.",
    }),
  })),
  warnings: z.array(z.string()).meta({ description: "Problems that do not prevent training." }),
  refusal: z.string().nullable().meta({
    description: "Why the dataset cannot be used for training; null when it can.",
  }),
}).meta({ id: "Dataset" });
type Dataset = z.infer<typeof Dataset>;

const InspectQuery = z.object({
  path: z.string().min(1).max(1024).meta({
    description: "A folder below a datasets root: absolute, or relative to the root.",
    examples: ["seg-coco8"],
  }),
});

export function datasetRoutes(deps: AppDeps) {
  const datasets = apiApp();

  datasets.openapi(
    createRoute({
      operationId: "listDatasets",
      method: "get",
      path: "/",
      tags,
      summary: "List the datasets",
      description:
        "Every folder directly below a datasets root that is a dataset, usable or not, by name.",
      responses: { 200: json(items(Dataset), { description: "The datasets." }) },
    }),
    async (c) => {
      const datasets = await deps.datasets.list();
      const inspected = await Promise.all(datasets.map(({ path }) => deps.datasets.inspect(path)));
      // A folder may be gone since it was listed.
      return c.json({
        items: inspected.filter((dataset) => dataset !== undefined).map(toJson),
      }, 200);
    },
  );

  datasets.openapi(
    createRoute({
      operationId: "inspectDataset",
      method: "get",
      path: "/inspect",
      tags,
      summary: "Inspect one dataset",
      description: "Counts its images and reads its labels.",
      request: { query: InspectQuery },
      responses: {
        200: json(Dataset, { description: "The dataset." }),
        ...refusals(notThere("absent")),
      },
    }),
    async (c) => {
      const { path } = c.req.valid("query");
      const dataset = await deps.datasets.inspect(path);
      if (!dataset) throw notThere(path);
      return c.json(toJson(dataset), 200);
    },
  );

  return datasets;
}

function notThere(path: string) {
  return invalid({ field: "path", problem: { key: "dataset_not_found", dataset_path: path } });
}

function toJson(
  { refusal, warnings, splits, class_names, samples: _, ...dataset }: InspectedDataset,
): Dataset {
  return {
    ...dataset,
    class_names,
    splits: splits.map(({ name, images, class_counts }) => ({ name, images, class_counts })),
    warnings: warnings.map((problem) => say(en, problem)),
    refusal: refusal && say(en, refusal),
  };
}
