import { expect, test } from "vitest";
import type { Database } from "../sql/database.ts";
import { outputOwnerQueries } from "./owner.ts";

test("an answer that was cut short is not taken for directories without an owner", async () => {
  const rows = [{ output_dir: "outputs/1/20240118_153000_a", owner: "none" }];
  const owners = outputOwnerQueries({ read: () => Promise.resolve(rows) } as unknown as Database);
  const [a, b] = ["outputs/1/20240118_153000_a", "outputs/1/20240118_153000_b"];
  expect(await owners.ownersOf([a])).toEqual(new Map([[a, "none"]]));
  await expect(owners.ownersOf([a, b])).rejects.toThrow("did not answer for every");
});
