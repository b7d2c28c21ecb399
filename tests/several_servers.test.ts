import { expect, test } from "vitest";
import { type Api, DATASETS, EXAMPLE, request, signInApi } from "./support/api.ts";
import { openPlace } from "./support/place.ts";
import { startServer } from "./support/server.ts";

const JOBS = "/api/v1/training/jobs";
const INPUT = { project_id: 1, model_name: "resnet18", dataset_path: "dog-vs-cat" };

for (const backend of ["postgres × disk", "postgres × s3"] as const) {
  test(`two servers on ${backend} create side by side and know each other's tokens and keys`, async () => {
    const place = await openPlace({ backend });
    try {
      await using one = await startServer({ place, datasets: DATASETS });
      await using other = await startServer({ place, datasets: DATASETS });
      const api = await signInApi(one);

      // A token of one is good at the other, until it is handed back at either.
      const headers = { Authorization: `Bearer ${api.token}` };
      const me = { method: "GET", path: "/api/v1/auth/me", headers };
      expect((await request(other, me)).status).toBe(200);

      const through = (server: typeof one): Api => ({
        ...api,
        send: (method, path, options) =>
          request(server, {
            method,
            path,
            json: options?.json,
            headers: { ...headers, ...options?.headers },
          }),
      });
      const apis = [through(one), through(other)];

      const answers = await Promise.all(
        Array.from({ length: 200 }, (_, i) => apis[i % 2]!.send("POST", JOBS, { json: INPUT })),
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
        Array.from({ length: 8 }, (_, i) =>
          apis[i % 2]!.send("POST", JOBS, {
            json: EXAMPLE,
            headers: { "Idempotency-Key": "both" },
          })),
      );
      expect(new Set(retries.map(({ body }) => JSON.stringify(body))).size).toBe(1);
      expect(retries.filter(({ headers }) => headers.has("Idempotency-Replayed"))).toHaveLength(7);
      expect((await place.outputDirs()).size).toBe(203);

      await request(one, { method: "POST", path: "/api/v1/auth/logout", headers });
      expect((await request(other, me)).status).toBe(401);
    } finally {
      await place.remove();
    }
  });
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
