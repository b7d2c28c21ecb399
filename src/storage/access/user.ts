import type { Users } from "../../domain/access/user.ts";
import { logged } from "./audit.ts";
import type { Database } from "../sql/database.ts";
import { toUser } from "../sql/rows.ts";
import { one, sql } from "../sql/sql.ts";

export function userQueries(db: Database): Users {
  return {
    async insert({ email, full_name, password_hash, created_at }, { onlyIfFirst = false } = {}) {
      const condition = onlyIfFirst ? sql`not exists (select 1 from users)` : sql`1 = 1`;
      const insert = () =>
        db.write([sql`
          insert into users (email, full_name, password_hash, created_at)
          select ${email}, ${full_name}, ${password_hash}, ${created_at} where ${condition}
          on conflict (email) do nothing
          returning *`]);
      // Two concurrent first accounts would not see each other.
      const [[row] = []] = onlyIfFirst ? await db.alone(insert) : await insert();
      return row && toUser(row);
    },

    async findByEmail(email) {
      const [row] = await db.read(one(sql`select * from users where email = ${email}`));
      return row && { ...toUser(row), password_hash: String(row.password_hash) };
    },

    async any() {
      return (await db.read(sql`select 1 from users limit 1`)).length > 0;
    },

    async changePassword({ from, to, keepSession, ...change }) {
      const { id } = change.actor;
      const target = sql`id = ${id} and password_hash = ${from}`;
      const [, changed = []] = await db.write([
        logged(change, {
          action: "password_changed",
          projectId: null,
          from: sql`users where ${target} ${db.words.forUpdate}`,
        }),
        sql`update users set password_hash = ${to} where ${target} returning id`,
        sql`
          delete from sessions
          where user_id = ${id} and id <> ${keepSession}
            and exists (select 1 from users where id = ${id} and password_hash = ${to})`,
      ]);
      return changed.length > 0;
    },
  };
}
