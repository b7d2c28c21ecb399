import { expect, test } from "vitest";
import { type Api, type ApiAnswer, DATASETS, signInApi } from "../support/api.ts";
import { openPlace, type Place } from "../support/place.ts";
import { type Server, startServer } from "../support/server.ts";

const JOBS = "/api/v1/training/jobs";
const PROJECTS = "/api/v1/projects";
const SIZE = 400;
/** From sending the deletion to each kill. A fifth of `CRASH_ROUNDS`, where that is given. */
const KILLS = Math.max(2, Math.round(Number(Deno.env.get("CRASH_ROUNDS") ?? 0) / 5));
const KILL_AFTER_MS = Array.from({ length: KILLS }, (_, n) => 50 + 400 * n / (KILLS - 1));

test.each(["libsql × disk", "postgres × disk"] as const)(
  "a kill while a project is deleted leaves nothing of it on %s",
  async (backend) => {
    const place = await openPlace({ backend });
    await using first = await startServer({ place, datasets: DATASETS });
    const kept = await createJobs(await signInApi(first), { project_id: 1, count: 20 });
    await first.stop();
    const interrupted: string[] = [];
    for (const ms of KILL_AFTER_MS) {
      await using server = await startServer({ place, datasets: DATASETS });
      const api = await signInApi(server);
      const project = await createProject(api, place);
      const answered = await deleteAndKill(server, { api, project, ms });
      const left = (await directoriesOf(place, project)).length;
      if (left > 0 && left < SIZE) interrupted.push(`${left} after ${Math.round(ms)} ms`);

      await using next = await startServer({ place, datasets: DATASETS });
      await expectDeletedOrWhole(await signInApi(next), { place, project, answered });
      await expectKept(await signInApi(next), { place, kept });
    }
    console.log(`${backend}: directories left by the kill: ${interrupted.join(", ") || "none"}`);
    await place.remove();
  },
  KILLS * 60_000,
);

async function createJobs(
  api: Api,
  { project_id, count }: { project_id: number; count: number },
): Promise<ApiAnswer["body"][]> {
  const input = { project_id, model_name: "resnet18", dataset_path: "dog-vs-cat" };
  const jobs: ApiAnswer["body"][] = [];
  let started = 0;
  await Promise.all(Array.from({ length: 16 }, async () => {
    while (started++ < count) {
      const { status, body } = await api.send("POST", JOBS, { json: input });
      expect(status).toBe(201);
      jobs.push(body);
    }
  }));
  return jobs;
}

/** A project of 400 jobs with a file each, which no sweep may remove. */
async function createProject(api: Api, place: Place): Promise<number> {
  const { body } = await api.send("POST", PROJECTS, { json: { name: "short-lived" } });
  const jobs = await createJobs(api, { project_id: body.id, count: SIZE });
  for (const { output_dir } of jobs) {
    await place.putOutput(output_dir, "logs/train.log", "epoch 1");
  }
  return body.id;
}

/** Answers whether the server had time to answer. */
async function deleteAndKill(
  server: Server,
  { api, project, ms }: { api: Api; project: number; ms: number },
): Promise<boolean> {
  // The connection breaks when the server does.
  const deletion = api.send("DELETE", `${PROJECTS}/${project}`)
    .then(({ status }) => status, () => undefined);
  await new Promise((resolve) => setTimeout(resolve, ms));
  await server.stop("SIGKILL");
  const status = await deletion;
  expect([204, undefined]).toContain(status);
  return status === 204;
}

/** Within seconds of the start nothing is left of a deleted project. A kill before the commit leaves
 * the project as it was; then it is deleted again. */
async function expectDeletedOrWhole(
  api: Api,
  { place, project, answered }: { place: Place; project: number; answered: boolean },
): Promise<void> {
  const { status, body } = await api.send("GET", `${PROJECTS}/${project}`);
  if (status === 200) {
    expect(answered).toBe(false);
    expect(body.experiment_count).toBe(SIZE);
    expect(await directoriesOf(place, project)).toHaveLength(SIZE);
    expect((await api.send("DELETE", `${PROJECTS}/${project}`)).status).toBe(204);
  } else expect(status).toBe(404);
  await expect.poll(() => directoriesOf(place, project), { timeout: 15_000 }).toEqual([]);
}

async function directoriesOf(place: Place, project: number): Promise<string[]> {
  return [...(await place.outputDirs()).keys()]
    .filter((name) => name.startsWith(`outputs/${project}/`));
}

async function expectKept(
  api: Api,
  { place, kept }: { place: Place; kept: ApiAnswer["body"][] },
): Promise<void> {
  const directories = await place.outputDirs();
  const { items } = (await api.send("GET", `${JOBS}?limit=200`)).body;
  // The demo's two are the others.
  expect(items).toHaveLength(kept.length + 2);
  expect(items).toEqual(expect.arrayContaining(kept));
  for (const { output_dir } of items) {
    expect(directories.get(output_dir), output_dir).toEqual(["checkpoints", "logs", "results"]);
  }
}
