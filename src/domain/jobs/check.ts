import type { Dataset, Datasets } from "../catalog/dataset.ts";
import { invalid, type Problem } from "../kernel/errors.ts";
import type { Catalogue, Model } from "../catalog/model.ts";
import { requireRole, type RoleLookup } from "../projects/role.ts";
import type { NewTrainingJob, TrainingJobInput } from "./job.ts";

/** The columns of a job that come from its creator, checked and completed. */
export type CheckedTrainingJob = Pick<
  NewTrainingJob,
  | "project_id"
  | "model_name"
  | "framework"
  | "task_type"
  | "dataset_path"
  | "dataset_format"
  | "epochs"
  | "batch_size"
  | "learning_rate"
  | "optimizer"
  | "pretrained"
>;

export interface CheckDeps {
  models: Catalogue;
  projects: RoleLookup;
  datasets: Datasets;
}

/**
 * Checks a creation in the contract's order: the values agree with the catalogue, the user may
 * change the project, the dataset exists and suits the model. Creates nothing.
 *
 * Throws a `DomainError` `invalid`, `not_found` or `forbidden`.
 */
export async function checkTrainingJob(
  deps: CheckDeps,
  { userId, input }: { userId: number; input: TrainingJobInput },
): Promise<CheckedTrainingJob> {
  const model = findModel(deps.models, input);
  await requireRole(deps, { userId, projectId: input.project_id, needed: "editor" });
  const dataset = await deps.datasets.find(input.dataset_path);
  return judge(dataset, { input, model });
}

/** Throws when the dataset does not exist or does not suit the model. */
function judge(
  dataset: Dataset | undefined,
  { input, model }: { input: TrainingJobInput; model: Model },
): CheckedTrainingJob {
  const { dataset_path, dataset_format } = input;
  if (!dataset) {
    throw invalid({
      field: "dataset_path",
      problem: { key: "dataset_not_found", dataset_path },
    });
  }
  if (dataset.refusal || dataset.format === null) {
    throw invalid({
      field: "dataset_path",
      problem: dataset.refusal ?? { key: "dataset_unrecognised", dataset_path },
    });
  }
  if (dataset_format !== undefined && dataset_format !== dataset.format) {
    throw invalid({
      field: "dataset_format",
      problem: {
        key: "dataset_format_disagrees",
        given: dataset_format,
        found: dataset.format,
      },
    });
  }
  const unsuitable = unsuitability(dataset, model);
  if (unsuitable) throw invalid({ field: "dataset_path", problem: unsuitable });
  return {
    project_id: input.project_id,
    model_name: model.name,
    framework: model.framework,
    task_type: model.task_type,
    dataset_path: dataset.path,
    dataset_format: dataset.format,
    epochs: input.epochs,
    batch_size: input.batch_size,
    learning_rate: input.learning_rate,
    optimizer: input.optimizer,
    pretrained: input.pretrained,
  };
}

function findModel(models: Catalogue, input: TrainingJobInput): Model {
  const { model_name, framework, task_type } = input;
  const model = models.find(model_name);
  if (!model) {
    const similar = similarNames(model_name, models.list());
    throw invalid({
      field: "model_name",
      problem: { key: "model_unknown", model_name, similar },
    });
  }
  if (framework !== undefined && framework !== model.framework) {
    throw invalid({
      field: "framework",
      problem: {
        key: "framework_disagrees",
        model_name,
        expected: model.framework,
        given: framework,
      },
    });
  }
  if (task_type !== undefined && task_type !== model.task_type) {
    throw invalid({
      field: "task_type",
      problem: { key: "task_disagrees", model_name, expected: model.task_type, given: task_type },
    });
  }
  return model;
}

/** Up to three names with the longest common prefix with the wanted one, longest first. */
function similarNames(wanted: string, models: Model[]): string[] {
  const common = (name: string) => {
    let length = 0;
    while (length < name.length && name[length] === wanted[length]) length++;
    return length;
  };
  return models.map((model) => ({ name: model.name, common: common(model.name) }))
    .filter((candidate) => candidate.common >= 3)
    .sort((a, b) => b.common - a.common)
    .slice(0, 3)
    .map((candidate) => candidate.name);
}

/** Why a dataset does not suit a model; `null` when it does. */
export function unsuitability(dataset: Dataset, model: Model): Problem | null {
  if (dataset.refusal) return dataset.refusal;
  const suits = dataset.format !== null && model.dataset_formats.includes(dataset.format) &&
    dataset.task_types.includes(model.task_type);
  if (suits) return null;
  return {
    key: "dataset_unsuitable",
    model_name: model.name,
    needed_task: model.task_type,
    needed_formats: model.dataset_formats,
    found_format: dataset.format ?? "unknown",
    found_tasks: dataset.task_types,
  };
}
