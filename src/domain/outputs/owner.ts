import type { Status } from "../jobs/status.ts";

/** What the database says about an output directory: it belongs to a job, it waits for its removal
 * (or was just removed), or nothing is known of it. */
export type OutputOwner = "job" | "removal" | "none";

export interface JobOutputDir {
  id: number;
  output_dir: string;
  status: Status;
}

export interface OutputOwners {
  /** One answer for each directory that was asked about, or it throws. */
  ownersOf(outputDirs: readonly string[]): Promise<Map<string, OutputOwner>>;
  /** The output directories of all jobs, oldest first; `after` is the last one's id. */
  outputDirs(options: { after: number; limit: number }): Promise<JobOutputDir[]>;
}
