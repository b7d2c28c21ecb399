import { beforeEach, describe, expect, test } from "vitest";
import type { Session } from "../../../src/domain/access/session.ts";
import type { Storage } from "../../../src/storage/open.ts";
import type { Database } from "../../../src/storage/sql/database.ts";
import { sql } from "../../../src/storage/sql/sql.ts";
import { addUser, by, LATER, NOW, type Opened } from "./samples.ts";

const SOON = "2024-01-18T15:31:00.000Z";

/** Sessions, tokens and passwords. */
export function accessConformance(open: () => Opened): void {
  let storage: Storage;
  let db: Database;
  let ann: number;
  let bob: number;

  beforeEach(async () => {
    ({ storage, db } = open());
    ann = await addUser(storage, "ann@example.com");
    bob = await addUser(storage, "bob@example.com");
  });

  const session = (id: string, changes: Partial<Session> = {}): Session => ({
    id,
    user_id: ann,
    created_at: NOW,
    expires_at: LATER,
    last_seen_at: NOW,
    address: "203.0.113.7",
    user_agent: "curl/8.5 한국어 🐈 '); drop table sessions; --",
    ...changes,
  });
  const addSession = (id: string, changes?: Partial<Session>) =>
    storage.sessions.insert(session(id, changes), by(ann));
  const sessionIds = async (userId = ann, now = NOW) =>
    (await storage.sessions.list({ userId, now })).map(({ id }) => id);

  describe("sessions", () => {
    test("a session knows its user until it expires", async () => {
      expect(await addSession("s")).toBe(true);
      expect(await storage.sessions.findUser("s", NOW)).toStrictEqual({
        user: { id: ann, email: "ann@example.com", full_name: "A person", created_at: NOW },
        last_seen_at: NOW,
      });
      expect(await storage.sessions.findUser("s", LATER)).toBeUndefined();
      expect(await storage.sessions.findUser("other", NOW)).toBeUndefined();
    });

    test("a session of nobody is not inserted", async () => {
      expect(await addSession("s", { user_id: 999_999 })).toBe(false);
      expect(await storage.sessions.findUser("s", NOW)).toBeUndefined();
    });

    test("a session needs the password it was opened with", async () => {
      const insert = (id: string, passwordHash: string) =>
        storage.sessions.insert(session(id), { ...by(ann), passwordHash });
      expect(await insert("right", "hash")).toBe(true);
      expect(await insert("wrong", "another hash")).toBe(false);
      expect(await sessionIds()).toEqual(["right"]);
    });

    test("the list is one's own, the latest used first, without what has ended", async () => {
      await addSession("older");
      await addSession("newer", { last_seen_at: SOON });
      await addSession("ended", { expires_at: SOON });
      await addSession("bobs", { user_id: bob });
      expect(await sessionIds(ann, SOON)).toEqual(["newer", "older"]);
      expect(await sessionIds(bob, SOON)).toEqual(["bobs"]);
      expect(await storage.sessions.list({ userId: bob, now: NOW }))
        .toStrictEqual([session("bobs", { user_id: bob })]);
    });

    test("a session of before the last migration was last seen when it began", async () => {
      await db.write([sql`
        insert into sessions (id, user_id, created_at, expires_at)
        values ('old', ${ann}, ${NOW}, ${LATER})`]);
      expect((await storage.sessions.findUser("old", NOW))!.last_seen_at).toBe(NOW);
      expect(await storage.sessions.list({ userId: ann, now: NOW })).toStrictEqual([
        session("old", { address: null, user_agent: null }),
      ]);
      await storage.sessions.touch("old", { at: SOON, address: "::1", before: NOW });
      expect((await storage.sessions.findUser("old", NOW))!.last_seen_at).toBe(SOON);
    });

    test("a use is noted unless one was since `before`", async () => {
      await addSession("s");
      await addSession("other");
      await storage.sessions.touch("s", { at: SOON, address: "::1", before: NOW });
      await storage.sessions.touch("s", { at: LATER, address: "::2", before: NOW });
      expect(await storage.sessions.list({ userId: ann, now: NOW })).toStrictEqual([
        session("s", { last_seen_at: SOON, address: "::1" }),
        session("other"),
      ]);
    });

    test("a removed session knows nobody, and removing it twice is no error", async () => {
      await addSession("s");
      await addSession("kept");
      await storage.sessions.remove("s", by(ann));
      await storage.sessions.remove("s", by(ann));
      expect(await storage.sessions.findUser("s", NOW)).toBeUndefined();
      expect(await storage.sessions.findUser("kept", NOW)).toBeDefined();
    });

    test("removeOthers leaves the one, and other people's", async () => {
      for (const id of ["a", "b", "c"]) await addSession(id);
      await addSession("bobs", { user_id: bob });
      await storage.sessions.removeOthers("b", by(ann));
      expect(await sessionIds()).toEqual(["b"]);
      expect(await sessionIds(bob)).toEqual(["bobs"]);
    });

    test("removeExpired removes what has ended and nothing else", async () => {
      await addSession("ended", { expires_at: NOW });
      await addSession("lasting");
      await storage.sessions.removeExpired(NOW);
      const rows = await db.read(sql`select id from sessions`);
      expect(rows.map((row) => row.id)).toEqual(["lasting"]);
    });
  });

  describe("a change of the password", () => {
    const change = (options: { from: string; to: string }) =>
      storage.users.changePassword({ ...by(ann), ...options, keepSession: "kept" });
    const hash = async () => (await storage.users.findByEmail("ann@example.com"))!.password_hash;

    beforeEach(async () => {
      for (const id of ["kept", "other"]) await addSession(id);
      await addSession("bobs", { user_id: bob });
    });

    test("takes, and ends the user's other sessions", async () => {
      expect(await change({ from: "hash", to: "new hash" })).toBe(true);
      expect(await hash()).toBe("new hash");
      expect(await sessionIds()).toEqual(["kept"]);
      expect(await sessionIds(bob)).toEqual(["bobs"]);
      expect((await storage.users.findByEmail("bob@example.com"))!.password_hash).toBe("hash");
    });

    test("does nothing when the password is another by now", async () => {
      expect(await change({ from: "older hash", to: "new hash" })).toBe(false);
      expect(await hash()).toBe("hash");
      expect((await sessionIds()).sort()).toEqual(["kept", "other"]);
    });

    test("lets one of several at once through", async () => {
      const changes = await Promise.all(
        ["one", "two", "three"].map((to) => change({ from: "hash", to })),
      );
      expect(changes.filter(Boolean)).toHaveLength(1);
      expect(await hash()).toBe(["one", "two", "three"][changes.indexOf(true)]);
    });

    test("leaves no session to who signs in with the old one meanwhile", async () => {
      const signIns = Array.from(
        { length: 8 },
        (_, i) =>
          storage.sessions.insert(session(`late-${i}`), { ...by(ann), passwordHash: "hash" }),
      );
      expect(await change({ from: "hash", to: "new hash" })).toBe(true);
      await Promise.all(signIns);
      expect(await sessionIds()).toEqual(["kept"]);
    });
  });

  describe("personal access tokens", () => {
    const token = (name: string, user_id = ann) => ({
      user_id,
      name,
      scope: "read" as const,
      token_hash: `hash of ${name} of ${user_id}`,
      created_at: NOW,
      expires_at: LATER,
    });
    const add = (name: string, user_id = ann) =>
      storage.accessTokens.insert(token(name, user_id), { ...by(user_id), limit: 3 });

    test("a token comes back as inserted, without its hash", async () => {
      const { token_hash: _, ...shown } = token("학습 서버 🐈 '\"");
      const inserted = await add(shown.name);
      expect(inserted).toStrictEqual({
        ...shown,
        id: expect.any(Number),
        last_used_at: null,
        last_used_address: null,
      });
      expect(await storage.accessTokens.list(ann)).toStrictEqual([inserted]);
    });

    test("a token knows its user and scope until it expires", async () => {
      const { id } = (await add("gpu"))!;
      const { token_hash } = token("gpu");
      expect(await storage.accessTokens.findUser(token_hash, NOW)).toStrictEqual({
        user: { id: ann, email: "ann@example.com", full_name: "A person", created_at: NOW },
        id,
        scope: "read",
        last_used_at: null,
      });
      expect(await storage.accessTokens.findUser(token_hash, LATER)).toBeUndefined();
      expect(await storage.accessTokens.findUser("other", NOW)).toBeUndefined();
    });

    test("a name is used once a user, the limit holds, also for many at once", async () => {
      expect(await add("one")).toBeDefined();
      expect(await add("one")).toBeUndefined();
      expect(await add("one", bob)).toBeDefined();
      const added = await Promise.all(["two", "three", "four", "five"].map((name) => add(name)));
      expect(added.filter(Boolean)).toHaveLength(2);
      expect(await storage.accessTokens.list(ann)).toHaveLength(3);
    });

    test("the list is one's own, newest first", async () => {
      for (const name of ["first", "second"]) await add(name);
      await add("bobs", bob);
      expect((await storage.accessTokens.list(ann)).map(({ name }) => name))
        .toEqual(["second", "first"]);
    });

    test("a use is noted unless one was since `before`", async () => {
      const { id } = (await add("gpu"))!;
      await add("other");
      await storage.accessTokens.touch(id, { at: NOW, address: "::1", before: NOW });
      await storage.accessTokens.touch(id, { at: SOON, address: "::2", before: NOW });
      await storage.accessTokens.touch(id, { at: LATER, address: "::3", before: NOW });
      expect(await storage.accessTokens.list(ann)).toMatchObject([
        { name: "other", last_used_at: null, last_used_address: null },
        { name: "gpu", last_used_at: SOON, last_used_address: "::2" },
      ]);
    });

    test("only its owner removes a token, once", async () => {
      const { id } = (await add("gpu"))!;
      expect(await storage.accessTokens.remove(id, by(bob))).toBe(false);
      expect(await storage.accessTokens.remove(id, by(ann))).toBe(true);
      expect(await storage.accessTokens.remove(id, by(ann))).toBe(false);
      expect(await storage.accessTokens.findUser(token("gpu").token_hash, NOW))
        .toBeUndefined();
    });
  });
}
