import { expect, test } from "vitest";
import { createSignUpLimit } from "./sign_up_limit.ts";

test("a network gets a hundred accounts an hour; other networks are unaffected", async () => {
  const limit = createSignUpLimit();
  for (let i = 0; i < 100; i++) await limit.count(`2001:db8:1:2::${i}`);
  await expect(limit.count("2001:db8:1:2:ffff::1")).rejects.toMatchObject({
    code: "too_many",
    problem: { key: "too_many_tries" },
  });
  await limit.count("2001:db8:1:3::1");
});
