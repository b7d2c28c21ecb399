import { expect, test } from "vitest";
import { createSignUpLimit } from "./sign_up_limit.ts";

test("a hundred accounts an hour from one network, and others are not held up", async () => {
  const limit = createSignUpLimit();
  for (let i = 0; i < 100; i++) await limit.count(`2001:db8:1:2::${i}`);
  await expect(limit.count("2001:db8:1:2:ffff::1")).rejects.toMatchObject({
    code: "too_many",
    problem: { key: "too_many_tries" },
  });
  await limit.count("2001:db8:1:3::1");
});
