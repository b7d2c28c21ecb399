import { beforeEach, expect, test } from "vitest";
import type { Storage } from "../../../src/storage/open.ts";
import type { Database } from "../../../src/storage/sql/database.ts";
import { account, addUser, count, type Opened } from "./samples.ts";

/** Accounts. */
export function userConformance(open: () => Opened): void {
  let storage: Storage;
  let db: Database;

  beforeEach(() => {
    ({ storage, db } = open());
  });

  test("a user comes back as inserted, the hash only to who signs in", async () => {
    const given = account("ann@example.com");
    const { password_hash, ...shown } = given;
    const user = await storage.users.insert(given);
    expect(user).toStrictEqual({ id: expect.any(Number), ...shown });
    expect(await storage.users.findByEmail("ann@example.com"))
      .toStrictEqual({ ...user, password_hash });
    expect(await storage.users.findByEmail("bob@example.com")).toBeUndefined();
  });

  test("a user may have no full name", async () => {
    const user = await storage.users.insert({ ...account("a@example.com"), full_name: null });
    expect(user!.full_name).toBeNull();
  });

  test("an address that is taken gives no user and changes nothing", async () => {
    await addUser(storage, "ann@example.com");
    const second = { ...account("ann@example.com"), password_hash: "other" };
    expect(await storage.users.insert(second)).toBeUndefined();
    expect((await storage.users.findByEmail("ann@example.com"))!.password_hash).toBe("hash");
    expect(await count(db, "users")).toBe(1);
  });

  test("onlyIfFirst lets exactly one of many through", async () => {
    expect(await storage.users.any()).toBe(false);
    const users = await Promise.all(
      Array.from(
        { length: 8 },
        (_, i) => storage.users.insert(account(`u${i}@example.com`), { onlyIfFirst: true }),
      ),
    );
    expect(users.filter(Boolean)).toHaveLength(1);
    expect(await count(db, "users")).toBe(1);
    expect(await storage.users.any()).toBe(true);
  });
}
