import { expect, test } from "vitest";
import { type Api, apiWith, DATASETS, EXAMPLE, signInApi } from "../support/api.ts";
import type { Backend } from "../support/backends.ts";
import { openPlace, type Place } from "../support/place.ts";
import { startServer } from "../support/server.ts";

const JOBS = "/api/v1/training/jobs";
test("two servers on one Postgres share sessions and keys, and never a directory", async () => {
  await withTwoServers("postgres × disk", async ({ place, apis }) => {
    const json = { project_id: 1, model_name: "resnet18", dataset_path: "dog-vs-cat" };
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) => apis[i % 2]!.send("POST", JOBS, { json })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(200).fill(201));
    const names: string[] = answers.map(({ body }) => body.output_dir);
    expect(new Set(names).size).toBe(200);
    const directories = await place.outputDirs();
    for (const name of names) {
      expect(directories.get(name), name).toEqual(["checkpoints", "logs", "results"]);
    }
    // The demo's two are the others.
    expect(directories.size).toBe(202);

    const retries = await Promise.all(
      Array.from({ length: 8 }, (_, i) => create(apis[i % 2]!, { "Idempotency-Key": "both" })),
    );
    expect(new Set(retries.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(retries.filter(({ headers }) => headers.has("Idempotency-Replayed"))).toHaveLength(7);
    expect((await place.outputDirs()).size).toBe(203);

    await apis[0]!.send("POST", "/api/v1/auth/logout");
    expect((await apis[1]!.send("GET", "/api/v1/auth/me")).status).toBe(401);
  });
});

// s3rver ignores If-None-Match and breaks when two put one key at once, so here the names differ.
test("two servers on one Postgres and one bucket create side by side", async () => {
  await withTwoServers("postgres × s3", async ({ place, apis }) => {
    const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => {
      const model_name = ["resnet18", "resnet50"][i % 2];
      const json = { project_id: 1, model_name, dataset_path: "dog-vs-cat" };
      return apis[i % 2]!.send("POST", JOBS, { json });
    }));
    expect(answers.map(({ status }) => status)).toEqual(Array(40).fill(201));
    const names: string[] = answers.map(({ body }) => body.output_dir);
    expect(new Set(names).size).toBe(40);
    const directories = await place.outputDirs();
    for (const name of names) {
      expect(directories.get(name), name).toEqual(["checkpoints", "logs", "results"]);
    }
    const [first, second] = [
      await create(apis[0]!, { "Idempotency-Key": "both" }),
      await create(apis[1]!, { "Idempotency-Key": "both" }),
    ];
    expect(second.headers.get("Idempotency-Replayed")).toBe("true");
    expect(second.body).toEqual(first.body);
    expect((await place.outputDirs()).size).toBe(43);
  });
});

/** The same user at two servers with one place. */
async function withTwoServers(
  backend: Backend,
  use: (two: { place: Place; apis: Api[] }) => Promise<void>,
): Promise<void> {
  const place = await openPlace({ backend });
  try {
    await using one = await startServer({ place, datasets: DATASETS });
    await using other = await startServer({ place, datasets: DATASETS });
    // A token of one is good at the other.
    const { token } = await signInApi(one);
    await use({ place, apis: [one, other].map((server) => apiWith(server, token)) });
  } finally {
    await place.remove();
  }
}

function create(api: Api, headers: Record<string, string>) {
  return api.send("POST", JOBS, { json: EXAMPLE, headers });
}

test("of servers that start together on an empty database each starts, and one fills it", async () => {
  const place = await openPlace({ backend: "postgres × disk" });
  try {
    const servers = await Promise.all(
      [1, 2, 3].map(() => startServer({ place, datasets: DATASETS })),
    );
    const [row] = await place.sql("select count(*) as users from users");
    expect(Number(row!.users)).toBe(1);
    await Promise.all(servers.map((server) => server.stop()));
  } finally {
    await place.remove();
  }
});
