import type { Optimizer } from "../../src/domain/jobs/job.ts";

/** Optimizers as their papers spell them. */
export const OPTIMIZER_NAMES: Record<Optimizer, string> = {
  adam: "Adam",
  adamw: "AdamW",
  sgd: "SGD",
  rmsprop: "RMSProp",
  nadam: "NAdam",
  radam: "RAdam",
  adamax: "Adamax",
};
