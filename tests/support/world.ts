import { openParts, type Parts } from "../../src/compose.ts";
import { SYSTEM, type UserActor } from "../../src/domain/kernel/actor.ts";
import { STATUSES } from "../../src/domain/jobs/status.ts";
import { type TrainingJob, TrainingJobInput } from "../../src/domain/jobs/job.ts";

export const NOW = new Date("2024-01-18T15:30:00.000Z");

/** Every part of the product but HTTP, on real files in a fresh folder. */
export interface World extends AsyncDisposable {
  deps: Parts;
  /** Where the volume keeps its directories. */
  outputs: string;
  /** The owner of `projectId`. */
  actor: UserActor;
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
  const logged: string[] = [];
  const at = (level: string) => (message: string) => void logged.push(`${level}: ${message}`);
  const log = { debug: at("debug"), info: () => {}, warn: at("warn"), error: at("error") };
  const parts = await openParts({
    database: { kind: "libsql-file", path: `${folder}/trainyard.db` },
    volume: { kind: "local", root: outputs },
    datasetRoots: [`${folder}/datasets`],
    modelsFile: undefined,
  }, { log });
  const deps = { ...parts, now: () => NOW };
  const addUser = async (email: string) => {
    const account = { email, full_name: null, password_hash: "-", created_at: NOW.toISOString() };
    return (await deps.users.insert(account))!.id;
  };
  const userId = await addUser("ann@example.com");
  const project = { name: "Dog vs Cat", description: "" };
  const actor = { kind: "user", id: userId } as const;
  const { id: projectId } = await deps.projects.insert(project, {
    actor,
    ownerId: userId,
    now: NOW.toISOString(),
  });

  return {
    deps,
    outputs,
    actor,
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
    rows: async () => (await deps.jobs.list({ limit: 1000 }, { userId })).items,
    directories: () => directoriesIn(outputs),
    async [Symbol.asyncDispose]() {
      await deps.close();
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
  { deps }: World,
  { id, status }: Pick<TrainingJob, "id" | "status">,
): Promise<void> {
  const now = NOW.toISOString();
  await deps.jobs.transition(id, { actor: SYSTEM, now, from: STATUSES, changes: { status } });
}
