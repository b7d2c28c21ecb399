import { describe, expect, test } from "vitest";
import { createSignInLimit, networkOf, type SignInLimit } from "./sign_in_limit.ts";

const EMAIL = "ann@example.com";

/** How many tries are allowed before the first refusal. */
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
  throw new Error("no try was refused");
}

describe("guessing is limited", () => {
  test("for one account from one address", async () => {
    const limit = createSignInLimit();
    expect(await triesBefore(limit, () => ({ email: EMAIL, address: "192.0.2.1" }))).toBe(10);
  });

  test("for one account from many addresses", async () => {
    const limit = createSignInLimit();
    const tries = await triesBefore(limit, (i) => ({ email: EMAIL, address: `192.0.2.${i}` }));
    expect(tries).toBe(30);
  });

  test("for many accounts from one address or one IPv6 network", async () => {
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

describe("others cannot lock out", () => {
  test("an account at an address where it signed in before", async () => {
    const limit = createSignInLimit();
    const home = { email: EMAIL, address: "198.51.100.7" };
    await limit.count(home);
    await limit.forgive(home);
    await triesBefore(limit, (i) => ({ email: EMAIL, address: `192.0.2.${i}` }));
    await limit.count(home);
    await expect(limit.count({ ...home, address: "203.0.113.9" })).rejects.toThrow();
  });

  test("an address, by tries from another one", async () => {
    const limit = createSignInLimit();
    await triesBefore(limit, (i) => ({ email: `${i}@example.com`, address: "192.0.2.1" }));
    await limit.count({ email: EMAIL, address: "192.0.2.2" });
  });

  test("an account that signs in often", async () => {
    const limit = createSignInLimit();
    for (let i = 0; i < 100; i++) {
      const attempt = { email: EMAIL, address: "192.0.2.1" };
      await limit.count(attempt);
      await limit.forgive(attempt);
    }
  });

  test("and a sign-in does not clear the count of another account", async () => {
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
