import type { Sessions } from "../../domain/access/session.ts";
import { logged } from "./audit.ts";
import type { Database } from "../sql/database.ts";
import { timestamp, toSession, toUser } from "../sql/rows.ts";
import { one, sql } from "../sql/sql.ts";

export function sessionQueries(db: Database): Sessions {
  return {
    async insert(session, { passwordHash, ...change }) {
      const { id, user_id, created_at, expires_at, last_seen_at, address, user_agent } = session;
      const user = passwordHash === undefined
        ? sql`id = ${user_id}`
        : sql`id = ${user_id} and password_hash = ${passwordHash}`;
      // On Postgres the row's lock makes this wait for a change of the password that is under way, or
      // that change for this; a read would see the old password until the change is committed.
      const lock = passwordHash === undefined
        ? []
        : [sql`update users set password_hash = password_hash where ${user}`];
      const results = await db.write([
        ...lock,
        sql`
          insert into sessions (
            id, user_id, created_at, expires_at, last_seen_at, address, user_agent)
          select ${id}, id, ${created_at}, ${expires_at}, ${last_seen_at}, ${address}, ${user_agent}
          from users where ${user}
          returning id`,
        logged(change, {
          action: "signed_in",
          projectId: null,
          from: sql`sessions where id = ${id}`,
        }),
      ]);
      return results.at(-2)!.length > 0;
    },

    async findUser(id, now) {
      const [row] = await db.read(one(sql`
        select u.*, coalesce(s.last_seen_at, s.created_at) as last_seen_at, s.expires_at
        from sessions s join users u on u.id = s.user_id
        where s.id = ${id}`));
      if (!row || timestamp(row.expires_at) <= now) return undefined;
      return { user: toUser(row), last_seen_at: timestamp(row.last_seen_at) };
    },

    async list({ userId, now }) {
      const rows = await db.read(sql`
        select * from sessions where user_id = ${userId} and expires_at > ${now}
        order by coalesce(last_seen_at, created_at) desc, id limit 100`);
      return rows.map(toSession);
    },

    async touch(id, { at, address, before }) {
      await db.write([sql`
        update sessions set last_seen_at = ${at}, address = ${address}
        where id = ${id} and coalesce(last_seen_at, created_at) <= ${before}`]);
    },

    async remove(id, change) {
      const target = sql`id = ${id}`;
      await db.write([
        logged(change, {
          action: "signed_out",
          projectId: null,
          userId: sql`s.user_id`,
          from: sql`sessions s where ${target} ${db.words.forUpdate}`,
        }),
        sql`delete from sessions where ${target}`,
      ]);
    },

    async removeOthers(id, change) {
      const userId = change.actor.id;
      await db.write([
        logged(change, {
          action: "signed_out_elsewhere",
          projectId: null,
          from: sql`users where id = ${userId}`,
        }),
        sql`delete from sessions where user_id = ${userId} and id <> ${id}`,
      ]);
    },

    async removeExpired(now) {
      await db.write([sql`delete from sessions where expires_at <= ${now}`]);
    },
  };
}
