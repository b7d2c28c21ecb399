import type { User, Users } from "./domain/access/user.ts";
import type { NewTrainingJob, TrainingJobs } from "./domain/jobs/job.ts";
import { type Clock, SYSTEM } from "./domain/kernel/actor.ts";
import type { OutputDirNames } from "./domain/outputs/output_dir.ts";
import type { Volume } from "./domain/outputs/volume.ts";
import type { Projects } from "./domain/projects/project.ts";
import { DomainError } from "./domain/kernel/errors.ts";
import { register } from "./domain/access/sign_in.ts";

interface DemoDeps {
  users: Users;
  projects: Projects;
  jobs: TrainingJobs;
  volume: Volume;
  nextOutputDir: OutputDirNames;
  now: Clock;
}

export const DEMO_ACCOUNT = { email: "demo@example.com", password: "demo-password" };

/** Fills an empty database with the demo user, a project and two finished experiments. */
export async function fillWithDemoData(deps: DemoDeps): Promise<void> {
  if (await deps.users.any()) return;
  const user = await registerDemoUser(deps);
  // Another server that started at the same moment was faster.
  if (!user) return;
  const project = await deps.projects.insert(
    { name: "Dog vs Cat", description: "개/고양이 분류 프로젝트" },
    { actor: SYSTEM, ownerId: user.id, now: "2024-01-15T09:00:00.000Z" },
  );
  const failed: Experiment = {
    project_id: project.id,
    model_name: "resnet50",
    framework: "timm",
    task_type: "image_classification",
    dataset_path: "dog-vs-cat",
    dataset_format: "imagefolder",
    num_classes: 2,
    epochs: 30,
    batch_size: 512,
    learning_rate: 0.001,
    optimizer: "adamw",
    pretrained: true,
    status: "failed",
    accuracy: null,
    loss: null,
    created_at: "2024-01-16T04:10:00.000Z",
    started_at: "2024-01-16T04:10:30.000Z",
    completed_at: "2024-01-16T04:11:05.000Z",
    updated_at: "2024-01-16T04:11:05.000Z",
    error_message: "CUDA out of memory",
  };
  const completed: Experiment = {
    ...failed,
    model_name: "yolo11n",
    framework: "ultralytics",
    task_type: "detection",
    dataset_path: "shapes-det",
    dataset_format: "yolo",
    num_classes: 3,
    epochs: 50,
    batch_size: 16,
    learning_rate: 0.01,
    optimizer: "sgd",
    status: "completed",
    accuracy: 0.89,
    loss: 0.41,
    created_at: "2024-01-17T01:22:00.000Z",
    started_at: "2024-01-17T01:22:20.000Z",
    completed_at: "2024-01-17T02:05:00.000Z",
    updated_at: "2024-01-17T02:05:00.000Z",
    error_message: null,
  };
  for (const experiment of [failed, completed]) {
    await insertExperiment(deps, experiment);
  }
}

async function registerDemoUser(deps: DemoDeps): Promise<User | undefined> {
  try {
    return await register(deps, { input: { ...DEMO_ACCOUNT, full_name: "demo" } });
  } catch (error) {
    if (error instanceof DomainError && error.code === "conflict") return undefined;
    throw error;
  }
}

type Experiment = Omit<NewTrainingJob, "output_dir">;

async function insertExperiment(deps: DemoDeps, experiment: Experiment): Promise<void> {
  const { project_id, created_at, model_name } = experiment;
  const nextName = () => deps.nextOutputDir(project_id, new Date(created_at), model_name);
  let output_dir = nextName();
  // Directories of an earlier database may still be there.
  while (!await deps.volume.reserve(output_dir)) output_dir = nextName();
  await deps.jobs.insert({ ...experiment, output_dir }, { actor: SYSTEM, now: created_at });
}
