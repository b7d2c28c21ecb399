import { z } from "zod";
import { DATASET_FORMATS } from "./dataset.ts";
import { text } from "../kernel/text.ts";
import { TASK_TYPES, type TaskType } from "./task.ts";

declare module "../kernel/errors.ts" {
  interface Problems {
    model_unknown: { model_name: string; similar: readonly string[] };
    framework_disagrees: { model_name: string; expected: string; given: string };
    task_disagrees: { model_name: string; expected: string; given: string };
  }
  interface Fields {
    model_name: true;
    framework: true;
    task_type: true;
  }
}

/** An entry of the model catalogue. */
export const Model = z.strictObject({
  name: text({ max: 200 }).meta({ description: "Unique; what a creation names." }),
  display_name: text({ max: 200 }),
  framework: text({ max: 100 }).meta({ description: "The library that trains it." }),
  task_type: z.enum(TASK_TYPES),
  parameters_m: z.number().positive().meta({ description: "Parameters, in millions." }),
  input_size: z.int().positive().meta({ description: "Side of the square input, in pixels." }),
  recommended_batch_size: z.int().min(1).max(512),
  recommended_learning_rate: z.number().gt(0).lte(1),
  description: text({ max: 500 }).meta({ description: "One line in English." }),
  /** Optional in a `MODELS_FILE`. */
  description_ko: text({ max: 500 }).optional(),
  dataset_formats: z.array(z.enum(DATASET_FORMATS)).min(1).readonly().meta({
    description: "Dataset formats its trainer reads.",
  }),
});
export type Model = z.infer<typeof Model>;

export interface ModelFilter {
  framework?: string | undefined;
  task_type?: TaskType | undefined;
}

/** The available models. Names are unique. */
export interface Catalogue {
  list(filter?: ModelFilter): Model[];
  find(name: string): Model | undefined;
}
