import { z } from "zod";
import { text } from "./text.ts";

export interface Project {
  id: number;
  user_id: number;
  name: string;
  description: string;
  created_at: string;
  updated_at: string;
  experiment_count: number;
}

const name = text({ max: 100 });
const description = text({ min: 0, max: 1000 });

export const ProjectInput = z.object({ name, description: description.default("") });
export type ProjectInput = z.infer<typeof ProjectInput>;

export const ProjectPatch = z.object({
  name: name.optional(),
  description: description.optional(),
});
export type ProjectPatch = z.infer<typeof ProjectPatch>;
