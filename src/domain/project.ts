import { z } from "zod";
import { text } from "./text.ts";
import { timestamp } from "./timestamp.ts";

/** One row of `projects`, as the API answers it. */
export const Project = z.object({
  id: z.int(),
  user_id: z.int().meta({ description: "Whose it is." }),
  name: z.string(),
  description: z.string().meta({ description: "Empty when there is none." }),
  created_at: timestamp("When it was made."),
  updated_at: timestamp("When its name or description was last changed."),
  experiment_count: z.int().nonnegative().meta({ description: "Training jobs in it." }),
}).meta({ id: "Project" });
export type Project = z.infer<typeof Project>;

const name = text({ max: 100 });
const description = text({ min: 0, max: 1000 });

export const ProjectInput = z.object({ name, description: description.default("") })
  .meta({ id: "ProjectInput" });
export type ProjectInput = z.infer<typeof ProjectInput>;

export const ProjectPatch = z.object({
  name: name.optional(),
  description: description.optional(),
}).meta({ id: "ProjectPatch", description: "What is left out stays as it is." });
export type ProjectPatch = z.infer<typeof ProjectPatch>;
