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

/** An inspected dataset with its problems in words. */
const Dataset = z.object({
  path: z.string().meta({ description: "What a creation gives as `dataset_path`." }),
  name: z.string().meta({ description: "The folder's own name." }),
  format: z.enum(DATASET_FORMATS).nullable().meta({
    description: "Null for a folder in none of the formats.",
  }),
  task_types: z.array(z.enum(TASK_TYPES)).meta({ description: "Tasks it suits." }),
  num_classes: z.int().nullable(),
  class_names: z.array(z.string()),
  splits: z.array(z.object({
    name: z.string().meta({ description: "train, val or test." }),
    images: z.int().nonnegative(),
    class_counts: z.array(z.int().nonnegative()).meta({
      description: "Instances of each class in the order of `class_names`; images, for classes.",
    }),
  })),
  warnings: z.array(z.string()).meta({ description: "Doubts; nothing is refused for them." }),
  refusal: z.string().nullable().meta({
    description: "Why no trainer may be given this folder; null when nothing speaks against it.",
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
      description: "Every recognised or refused folder directly below a datasets root, by name.",
      responses: { 200: json(items(Dataset), { description: "The datasets." }) },
    }),
    async (c) => {
      const datasets = await deps.datasets.list();
      const inspected = await Promise.all(datasets.map(({ path }) => deps.datasets.inspect(path)));
      // One that went away in between is no longer there to list.
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
        200: json(Dataset, { description: "What the folder holds." }),
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

/** Problems become words; what makes a dataset unusable is told apart from mere warnings. */
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
