import { openDatasets } from "../../src/datasets/open.ts";
import { openCatalogue } from "../../src/models/catalogue.ts";
import { openLibsqlFile } from "../../src/storage/drivers/libsql_file.ts";
import { migrate } from "../../src/storage/sql/migrate.ts";
import { createStorage } from "../../src/storage/open.ts";
import { openLocalVolume } from "../../src/volume/local.ts";
import type { Deps } from "../../src/domain/kernel/deps.ts";
import { outputDirNames } from "../../src/domain/outputs/output_dir.ts";
import { STATUSES, type TrainingJob, TrainingJobInput } from "../../src/domain/jobs/job.ts";

export const NOW = new Date("2024-01-18T15:30:00.000Z");

/** Every part of the product but HTTP, on real files in a fresh folder. */
export interface World extends AsyncDisposable {
  deps: Deps;
  /** Where the volume keeps its directories. */
  outputs: string;
  /** The owner of `projectId`. */
  userId: number;
  projectId: number;
  /** Somebody with nothing of their own. */
  strangerId: number;
  /** A good creation, on a dataset that suits, with `changes` over it. */
  input(changes?: Record<string, unknown>): TrainingJobInput;
  /** Every row of the user. */
  rows(): Promise<TrainingJob[]>;
  /** Every output directory that is there, as `output_dir` has it. */
  directories(): Promise<string[]>;
  /** What was logged, `"warn: message"`. */
  logged: string[];
}

export async function openWorld(): Promise<World> {
  const folder = await Deno.makeTempDir();
  const outputs = `${folder}/outputs`;
  for (const name of ["pets/train/cat", "pets/train/dog"]) {
    await Deno.mkdir(`${folder}/datasets/${name}`, { recursive: true });
    await Deno.writeTextFile(`${folder}/datasets/${name}/1.jpg`, "");
  }
  const db = await openLibsqlFile(`${folder}/trainyard.db`);
  const migrations = new URL("../../migrations/libsql", import.meta.url).pathname;
  await migrate(db, { folder: migrations, now: NOW });
  const storage = createStorage(db);

  const logged: string[] = [];
  const at = (level: string) => (message: string) => void logged.push(`${level}: ${message}`);
  const datasets = openDatasets([`${folder}/datasets`]);
  const deps: Deps = {
    storage,
    volume: openLocalVolume(outputs),
    datasets,
    models: await openCatalogue(),
    nextOutputDir: outputDirNames(),
    unsettled: new Map(),
    now: () => NOW,
    log: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") },
  };
  const addUser = async (email: string) => {
    const account = { email, full_name: null, password_hash: "-", created_at: NOW.toISOString() };
    return (await storage.users.insert(account))!.id;
  };
  const userId = await addUser("ann@example.com");
  const project = { name: "Dog vs Cat", description: "" };
  const owner = { userId, now: NOW.toISOString() };
  const { id: projectId } = await storage.projects.insert(project, owner);

  return {
    deps,
    outputs,
    userId,
    projectId,
    strangerId: await addUser("bob@example.com"),
    logged,
    input: (changes = {}) =>
      TrainingJobInput.parse({
        project_id: projectId,
        model_name: "resnet50",
        dataset_path: "pets",
        ...changes,
      }),
    rows: async () => (await storage.trainingJobs.list({ limit: 1000 }, { userId })).items,
    directories: () => directoriesIn(outputs),
    async [Symbol.asyncDispose]() {
      await datasets.close();
      await storage.close();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

async function directoriesIn(outputs: string): Promise<string[]> {
  const directories: string[] = [];
  for (const project of await namesIn(outputs)) {
    const leaves = await namesIn(`${outputs}/${project}`);
    directories.push(...leaves.map((leaf) => `outputs/${project}/${leaf}`));
  }
  return directories.sort();
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map((entry) => entry.name);
  } catch (error) {
    // Nothing was ever made there.
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Puts a job into a status, as its trainer would. */
export async function moveTo(
  { deps, userId }: World,
  { id, status }: Pick<TrainingJob, "id" | "status">,
): Promise<void> {
  const changes = { status, updated_at: NOW.toISOString() };
  await deps.storage.trainingJobs.transition(id, { userId, from: STATUSES, changes });
}
