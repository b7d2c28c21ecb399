import { z } from "zod";
import { text } from "./text.ts";
import type { Status } from "./training_job.ts";

export interface Project {
  id: number;
  user_id: number;
  name: string;
  description: string;
  created_at: string;
  updated_at: string;
  experiment_count: number;
  experiments_by_status: Record<Status, number>;
  /** When an experiment was last created or changed its status, or else the project itself was changed. */
  last_activity_at: string;
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
