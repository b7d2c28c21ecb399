import { expect, test } from "vitest";
import type { Database } from "../sql/database.ts";
import { trainingJobQueries } from "./job.ts";

test("an answer that was cut short is not taken for directories without a row", async () => {
  const rows = [{ output_dir: "outputs/1/20240118_153000_a", id: null }];
  const jobs = trainingJobQueries({ read: () => Promise.resolve(rows) } as unknown as Database);
  const [a, b] = ["outputs/1/20240118_153000_a", "outputs/1/20240118_153000_b"];
  expect(await jobs.haveRows([a])).toEqual(new Map([[a, false]]));
  await expect(jobs.haveRows([a, b])).rejects.toThrow("did not answer for every");
});
