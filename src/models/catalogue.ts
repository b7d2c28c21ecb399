import { z } from "zod";
import { StartupError } from "../domain/kernel/errors.ts";
import { type Catalogue, Model } from "../domain/catalog/model.ts";
import shipped from "./catalogue.json" with { type: "json" };

/**
 * Loads the models shipped with Trainyard, then those in `file` (`MODELS_FILE`), a JSON array of
 * the same shape. Throws a `StartupError` that names the invalid entry.
 */
export async function openCatalogue({ file }: { file?: string | undefined } = {}): Promise<
  Catalogue
> {
  const entries = [...checkEntries(shipped, "catalogue.json")];
  if (file !== undefined) entries.push(...checkEntries(await readJson(file), file));

  const byName = new Map<string, Model>();
  for (const entry of entries) {
    if (byName.has(entry.name)) {
      throw new StartupError(`MODELS_FILE: ${entry.name} is already in the catalogue`);
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
  const result = z.array(Model).safeParse(value);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  throw new StartupError(`MODELS_FILE: ${source}: entry ${path.join(".")}: ${message}`);
}
