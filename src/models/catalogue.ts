import { z } from "zod";
import { DATASET_FORMATS } from "../domain/dataset.ts";
import { StartupError } from "../domain/errors.ts";
import { type Catalogue, type Model, TASK_TYPES } from "../domain/model.ts";
import { text } from "../domain/text.ts";
import shipped from "./catalogue.json" with { type: "json" };

const Entry = z.strictObject({
  name: text({ max: 200 }),
  display_name: text({ max: 200 }),
  framework: text({ max: 100 }),
  task_type: z.enum(TASK_TYPES),
  parameters_m: z.number().positive(),
  input_size: z.int().positive(),
  recommended_batch_size: z.int().min(1).max(512),
  recommended_learning_rate: z.number().gt(0).lte(1),
  description: text({ max: 500 }),
  description_ko: text({ max: 500 }).optional(),
  dataset_formats: z.array(z.enum(DATASET_FORMATS)).min(1),
});

/**
 * The models shipped with Trainyard and those of a deployment's own file (`MODELS_FILE`), a JSON array
 * of the same entries. Throws a `StartupError` that names the entry at fault.
 */
export async function openCatalogue({ file }: { file?: string | undefined } = {}): Promise<
  Catalogue
> {
  const entries = [...checkEntries(shipped, "catalogue.json")];
  if (file !== undefined) entries.push(...checkEntries(await readJson(file), file));

  const byName = new Map<string, Model>();
  for (const entry of entries) {
    if (byName.has(entry.name)) {
      throw new StartupError(`MODELS_FILE: ${entry.name} is in the catalogue twice`);
    }
    byName.set(entry.name, entry);
  }
  return {
    list: ({ framework, task_type } = {}) =>
      entries.filter((model) =>
        (framework === undefined || model.framework === framework) &&
        (task_type === undefined || model.task_type === task_type)
      ),
    find: (name) => byName.get(name),
  };
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await Deno.readTextFile(file));
  } catch (cause) {
    throw new StartupError(`MODELS_FILE: cannot read ${file} as JSON`, { cause });
  }
}

function checkEntries(value: unknown, source: string): Model[] {
  const result = z.array(Entry).safeParse(value);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  throw new StartupError(`MODELS_FILE: ${source}: entry ${path.join(".")}: ${message}`);
}
