import { beforeEach, describe, expect, test } from "vitest";
import { Conflict } from "../../../src/domain/kernel/errors.ts";
import { pingDatabase, type Storage } from "../../../src/storage/open.ts";
import type { Database } from "../../../src/storage/sql/database.ts";
import { sql } from "../../../src/storage/sql/sql.ts";
import { addUser, count, failure, NOW, type Opened } from "./samples.ts";

/** What the queries stand on: writes, reads and transactions. */
export function databaseConformance(open: () => Opened): void {
  let storage: Storage;
  let db: Database;

  beforeEach(() => {
    ({ storage, db } = open());
  });

  const insertProject = (id: number, userId: number) =>
    sql`
      insert into projects (id, user_id, name, created_at, updated_at)
      values (${id}, ${userId}, ${"p"}, ${NOW}, ${NOW}) returning id`;

  test("a write answers the rows of each statement in turn", async () => {
    const ann = await addUser(storage, "ann@example.com");
    const [first, none, second] = await db.write([
      insertProject(101, ann),
      sql`delete from projects where id = ${999} returning id`,
      insertProject(102, ann),
    ]);
    expect([first, none, second].map((rows) => rows!.map((row) => Number(row.id))))
      .toEqual([[101], [], [102]]);
  });

  test("a write of several statements is all or nothing, and the next one works", async () => {
    const ann = await addUser(storage, "ann@example.com");
    const twice = db.write([insertProject(101, ann), insertProject(101, ann)]);
    await expect(twice).rejects.toBeInstanceOf(Conflict);
    expect(await count(db, "projects")).toBe(0);
    await db.write([insertProject(101, ann)]);
    expect(await count(db, "projects")).toBe(1);
  });

  test("writes that arrive together do not spoil each other", async () => {
    const ann = await addUser(storage, "ann@example.com");
    const writes = [
      db.write([insertProject(101, ann)]),
      db.write([insertProject(101, ann)]),
      // All of this one is undone, also what came before its fault.
      db.write([insertProject(102, ann), insertProject(102, ann)]),
      db.write([insertProject(103, ann), insertProject(104, ann)]),
      db.write([sql`insert into nowhere values (1)`]),
      db.write([insertProject(102, ann)]),
    ];
    const [first, same, undone, pair, defect, last] = await Promise.allSettled(writes);
    const statuses = [first, same].map((outcome) => outcome!.status).sort();
    expect(statuses).toEqual(["fulfilled", "rejected"]);
    const loser = first!.status === "rejected" ? first : same;
    expect(loser).toMatchObject({ reason: expect.any(Conflict) });
    expect(undone).toMatchObject({ reason: expect.any(Conflict) });
    expect(pair).toMatchObject({ status: "fulfilled" });
    expect(defect).toMatchObject({ status: "rejected", reason: expect.any(Error) });
    expect(defect).not.toMatchObject({ reason: expect.any(Conflict) });
    expect(last).toMatchObject({ status: "fulfilled" });
    const rows = await db.read(sql`select id from projects order by id`);
    expect(rows.map((row) => Number(row.id))).toEqual([101, 102, 103, 104]);
  });

  test("a write that was answered is read at once", async () => {
    const ann = await addUser(storage, "ann@example.com");
    await Promise.all(Array.from({ length: 20 }, async (_, i) => {
      await db.write([insertProject(201 + i, ann)]);
      const rows = await db.read(sql`select id from projects where id = ${201 + i}`);
      expect(rows).toHaveLength(1);
    }));
  });

  describe("a transaction", () => {
    const add = (email: string) =>
      sql`
      insert into users (email, password_hash, created_at) values (${email}, '-', ${NOW})
      returning email`;

    test("is committed when its work resolves, and sees its own writes", async () => {
      const before = await count(db, "users");
      const seen = await db.transaction(async (send) => {
        await send(add("one@example.com"));
        await send(add("two@example.com"));
        return (await send(sql`select 1 from users`)).length;
      });
      expect(seen).toBe(before + 2);
      expect(await count(db, "users")).toBe(before + 2);
    });

    test("is undone when its work throws, and throws what that threw", async () => {
      const before = await count(db, "users");
      const failed = new Error("the work failed");
      await expect(db.transaction(async (send) => {
        await send(add("one@example.com"));
        throw failed;
      })).rejects.toBe(failed);
      expect(await count(db, "users")).toBe(before);
    });

    test("tells a conflict apart, and the next one works", async () => {
      await db.write([add("one@example.com")]);
      const error = await failure(db.transaction((send) => send(add("one@example.com"))));
      expect(error).toBeInstanceOf(Conflict);
      await db.transaction((send) => send(add("two@example.com")));
      expect(await storage.users.findByEmail("two@example.com")).toBeDefined();
    });

    test("that only reads answers what its work does", async () => {
      await db.write([add("one@example.com")]);
      const rows = await db.transaction(
        (send) => send(sql`select email from users where email = 'one@example.com'`),
        { readOnly: true },
      );
      expect(rows.map(({ email }) => email)).toEqual(["one@example.com"]);
    });
  });

  test("ping resolves while the database answers", async () => {
    await expect(pingDatabase(db)).resolves.toBeUndefined();
  });
}
