import { expect, test } from "vitest";
import { DATASETS, request, signInApi } from "../support/api.ts";
import { openPlace } from "../support/place.ts";
import { startPostgres } from "../support/postgres.ts";
import { startServer } from "../support/server.ts";

const JOBS = "/api/v1/training/jobs";
const INPUT = { project_id: 1, model_name: "resnet18", dataset_path: "dog-vs-cat" };

test(
  "Postgres stopped and started under load: 503, then 201 again, and nothing half-made",
  async () => {
    await using postgres = await startPostgres();
    const place = await openPlace({ backend: "postgres × disk", postgresUrl: postgres.url });
    await using server = await startServer({ place, datasets: DATASETS });
    const api = await signInApi(server);

    const statuses: number[] = [];
    const promised: number[] = [];
    let loading = true;
    const load = Array.from({ length: 16 }, async () => {
      while (loading) {
        const { status, headers, body } = await api.send("POST", JOBS, { json: INPUT });
        statuses.push(status);
        if (status === 201) promised.push(body.id);
        else {
          expect({ status, type: headers.get("Content-Type") })
            .toEqual({ status: 503, type: "application/problem+json" });
          expect(body.detail).toBe("The database is unavailable; try again soon");
          await pause(20);
        }
      }
    });

    await pause(700);
    await postgres.stop();
    await pause(700);
    const answeredWhenDown = statuses.length;
    expect(await request(server, { method: "GET", path: "/readyz" }))
      .toMatchObject({ status: 503, body: { database: "unavailable", volume: "ok" } });
    expect((await request(server, { method: "GET", path: "/healthz" })).status).toBe(200);
    await pause(500);
    // It goes on answering while the database is away.
    expect(statuses.length).toBeGreaterThan(answeredWhenDown);
    expect(statuses.at(-1)).toBe(503);

    await postgres.start();
    await until(() => statuses.at(-1) === 201);
    loading = false;
    await Promise.all(load);
    expect((await request(server, { method: "GET", path: "/readyz" })).status).toBe(200);

    const rows = await place.sql("select id, output_dir from training_jobs");
    const ids = new Set(rows.map(({ id }) => Number(id)));
    expect(promised.filter((id) => !ids.has(id))).toEqual([]);
    // Every row has its directory at once; a directory whose row might still have come goes after a
    // while.
    const names = rows.map(({ output_dir }) => String(output_dir)).sort();
    const directories = await place.outputDirs();
    for (const name of names) expect(directories.get(name), name).toHaveLength(3);
    await until(async () => (await place.outputDirs()).size === names.length, 30_000);
    await server.stop();
  },
  90_000,
);

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function until(
  condition: () => boolean | Promise<boolean>,
  timeout = 15_000,
): Promise<void> {
  const deadline = Date.now() + timeout;
  while (!await condition()) {
    if (Date.now() > deadline) throw new Error("it did not come about in time");
    await pause(50);
  }
}
