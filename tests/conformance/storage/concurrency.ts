import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DomainError } from "../../../src/domain/kernel/errors.ts";
import type { Event } from "../../../src/domain/kernel/events.ts";
import type { Database } from "../../../src/storage/sql/database.ts";
import { type Sql, sql } from "../../../src/storage/sql/sql.ts";

export interface OpenDatabase {
  db: Database;
  /** On Postgres a second connection pool, as another server has; on a libSQL file `db` again. */
  other: Database;
  /** Every event that was published, in order. */
  published: Event[];
  close(): Promise<void>;
}

const event = (id: number): Event => ({ type: "project.changed", project_id: id });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** What a `Database` promises about work at the same time, for every driver. */
export function concurrencyConformance(name: string, open: () => Promise<OpenDatabase>): void {
  describe(`concurrency conformance: ${name}`, () => {
    let opened: OpenDatabase;
    let db: Database;

    beforeEach(async () => {
      opened = await open();
      db = opened.db;
      await db.script("create table items (id integer primary key, owner integer, n integer)");
    });
    afterEach(() => opened.close());

    const insert = (id: number, n = 0): Sql => sql`insert into items (id, n) values (${id}, ${n})`;
    const ids = async (from: Database = db) =>
      (await from.read(sql`select id from items order by id`)).map(({ id }) => Number(id));

    test("writes that arrive together do not fail for one another", async () => {
      await db.write([insert(5)]);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 10 }, (_, index) => db.write([insert(index)])),
      );
      expect(outcomes.map(({ status }) => status === "fulfilled")).toEqual(
        Array.from({ length: 10 }, (_, index) => index !== 5),
      );
      expect(await ids()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    });

    test("events come after their commit, those of a refused write never", async () => {
      await Promise.allSettled([
        db.write([insert(1)], { events: () => [event(1)] }),
        db.write([insert(2), insert(1)], { events: () => [event(2)] }),
        db.write([insert(3)], {
          events: () => {
            throw new Error("a mistake in a write");
          },
        }),
        db.write([insert(4)], { events: ([rows]) => rows!.map(() => event(99)) }),
      ]);
      await db.write([insert(5)], { events: () => [event(5)] });
      await expect.poll(() => opened.published).toEqual([event(1), event(5)]);
      // What could not say its events was not committed either.
      expect(await ids()).toEqual([1, 4, 5]);
    });

    test("events are in the order of the commits", async () => {
      for (let id = 0; id < 50; id++) {
        await db.write([insert(id)], { events: () => [event(id)] });
      }
      await expect.poll(() => opened.published.length).toBe(50);
      expect(opened.published).toEqual(Array.from({ length: 50 }, (_, id) => event(id)));
    });

    test("transactions, writes and reads at the same time do not disturb one another", async () => {
      const transactions = Array.from({ length: 5 }, (_, index) =>
        db.transaction(async (send) => {
          await send(insert(100 + index));
          await pause(5);
          await send(sql`update items set n = n + 1 where id = ${100 + index}`);
        }));
      const writes = Array.from({ length: 20 }, async (_, index) => {
        await pause(index);
        await db.write([insert(index)]);
      });
      const reads = Array.from({ length: 20 }, async (_, index) => {
        await pause(index);
        // Committed rows only: a transaction's row has been changed by its second statement.
        const rows = await db.read(sql`select n from items where id >= 100`);
        expect(rows.every(({ n }) => Number(n) === 1)).toBe(true);
      });
      await Promise.all([...transactions, ...writes, ...reads]);
      expect(await ids()).toHaveLength(25);
    });

    test("a read-only transaction sees one moment, and keeps no write waiting", async () => {
      await db.write([insert(1)]);
      const counts = await db.transaction(async (send) => {
        const count = async () => Number((await send(sql`select count(*) as n from items`))[0]!.n);
        const before = await count();
        await db.write([insert(2)]);
        return [before, await count()];
      }, { readOnly: true });
      expect(counts).toEqual([1, 1]);
      expect(await ids()).toEqual([1, 2]);
    });

    test("rows are claimed once each by claimers at the same time", async () => {
      await db.write(Array.from({ length: 40 }, (_, index) => insert(index)));
      const claim = async (from: Database, owner: number): Promise<number[]> => {
        const claimed: number[] = [];
        while (true) {
          const [[row] = []] = await from.write([sql`
            update items set owner = ${owner}
            where id = (
              select id from items where owner is null order by id limit 1
              ${from.words.forUpdateSkipLocked})
            returning id`]);
          if (!row) return claimed;
          claimed.push(Number(row.id));
        }
      };
      const claims = await Promise.all(
        Array.from({ length: 8 }, (_, owner) => claim(owner % 2 ? opened.other : db, owner)),
      );
      const all = claims.flat().sort((a, b) => a - b);
      expect(all).toEqual(Array.from({ length: 40 }, (_, index) => index));
    });

    test("work that runs alone does not overlap", async () => {
      let running = 0;
      const most = await Promise.all([db, opened.other, db].map((each) =>
        each.alone(async () => {
          running++;
          await pause(20);
          return running--;
        })
      ));
      if (opened.other !== db) expect(most).toEqual([1, 1, 1]);
      expect(running).toBe(0);
    });

    test("after it is closed, everything is unavailable", async () => {
      await db.close();
      for (
        const attempt of [
          () => db.read(sql`select 1`),
          () => db.write([insert(1)]),
          () => db.transaction((send) => send(insert(1))),
        ]
      ) {
        await expect(attempt()).rejects.toThrow(DomainError);
      }
    });
  });
}
