import { Hono } from "hono";
import { z } from "zod";
import type { InspectedDataset } from "../../domain/dataset.ts";
import { invalid } from "../../domain/errors.ts";
import { en } from "../../i18n/en.ts";
import { say } from "../../i18n/messages.ts";
import type { AppDeps, Env } from "../env.ts";
import { query } from "../validate.ts";

export function datasetRoutes(deps: AppDeps): Hono<Env> {
  const datasets = new Hono<Env>();

  datasets.get("/", async (c) => {
    const datasets = await deps.datasets.list();
    const inspected = await Promise.all(datasets.map(({ path }) => deps.datasets.inspect(path)));
    // One that went away in between is no longer there to list.
    return c.json({ items: inspected.filter((dataset) => dataset !== undefined).map(toJson) });
  });

  datasets.get("/inspect", query(z.object({ path: z.string().min(1).max(1024) })), async (c) => {
    const { path } = c.req.valid("query");
    const dataset = await deps.datasets.inspect(path);
    if (!dataset) {
      const problem = { key: "dataset_not_found", dataset_path: path } as const;
      throw invalid({ field: "path", problem });
    }
    return c.json(toJson(dataset));
  });

  return datasets;
}

/** Problems become words; what makes a dataset unusable is told apart from mere warnings. */
function toJson(
  { refusal, warnings, splits, class_names, samples: _, ...dataset }: InspectedDataset,
) {
  return {
    ...dataset,
    class_names,
    splits: splits.map(({ name, images, class_counts }) => ({ name, images, class_counts })),
    warnings: warnings.map((problem) => say(en, problem)),
    refusal: refusal && say(en, refusal),
  };
}
