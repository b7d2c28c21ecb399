import { describe, expect, test } from "vitest";
import { createSignInLimit, networkOf, type SignInLimit } from "./sign_in_limit.ts";

const EMAIL = "ann@example.com";

/** How many failed tries go through before one is refused, with an attempt for each. */
async function triesBefore(
  limit: SignInLimit,
  attempt: (index: number) => { email: string; address: string },
): Promise<number> {
  for (let tries = 0; tries < 200; tries++) {
    try {
      await limit.count(attempt(tries));
    } catch (refused) {
      expect(refused).toMatchObject({
        code: "too_many",
        problem: { key: "too_many_tries", seconds: expect.any(Number) },
      });
      return tries;
    }
  }
  throw new Error("there is no limit");
}

describe("guessing is slowed", () => {
  test("for one account from one address", async () => {
    const limit = createSignInLimit();
    expect(await triesBefore(limit, () => ({ email: EMAIL, address: "192.0.2.1" }))).toBe(10);
  });

  test("for one account from many addresses", async () => {
    const limit = createSignInLimit();
    const tries = await triesBefore(limit, (i) => ({ email: EMAIL, address: `192.0.2.${i}` }));
    expect(tries).toBe(30);
  });

  test("for many accounts from one address, and from the networks one client holds", async () => {
    const one = createSignInLimit();
    const email = (i: number) => `${i}@example.com`;
    expect(await triesBefore(one, (i) => ({ email: email(i), address: "192.0.2.1" }))).toBe(50);
    const six = createSignInLimit();
    const tries = await triesBefore(six, (i) => ({
      email: email(i),
      address: `2001:db8:0:1::${i.toString(16)}`,
    }));
    expect(tries).toBe(50);
  });
});

describe("nobody is shut out by others", () => {
  test("of an account, at an address where they got in before", async () => {
    const limit = createSignInLimit();
    const home = { email: EMAIL, address: "198.51.100.7" };
    await limit.count(home);
    await limit.forgive(home);
    await triesBefore(limit, (i) => ({ email: EMAIL, address: `192.0.2.${i}` }));
    await limit.count(home);
    await expect(limit.count({ ...home, address: "203.0.113.9" })).rejects.toThrow();
  });

  test("at an address, by a stranger's tries from elsewhere", async () => {
    const limit = createSignInLimit();
    await triesBefore(limit, (i) => ({ email: `${i}@example.com`, address: "192.0.2.1" }));
    await limit.count({ email: EMAIL, address: "192.0.2.2" });
  });

  test("by their own sign-ins, however many", async () => {
    const limit = createSignInLimit();
    for (let i = 0; i < 100; i++) {
      const attempt = { email: EMAIL, address: "192.0.2.1" };
      await limit.count(attempt);
      await limit.forgive(attempt);
    }
  });

  test("and nobody clears the count of others by signing in themselves", async () => {
    const limit = createSignInLimit();
    const own = { email: "mallory@example.com", address: "192.0.2.1" };
    const tries = await triesBefore(limit, () => ({ email: EMAIL, address: "192.0.2.1" }));
    await limit.count(own);
    await limit.forgive(own);
    await expect(limit.count({ email: EMAIL, address: "192.0.2.1" })).rejects.toThrow();
    expect(tries).toBe(10);
  });
});

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["::1", "0:0:0:0::/64"],
  ["2001:db8::", "2001:db8:0:0::/64"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:0DB8:0001::5", "2001:db8:1:0::/64"],
  ["2001:db8::1:2:3:4:5", "2001:db8:0:1::/64"],
  ["unknown", "unknown"],
  ["", ""],
])("the network of %j is %j", (address, network) => {
  expect(networkOf(address)).toBe(network);
});
