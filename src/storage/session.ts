import type { Sessions } from "../domain/storage.ts";
import type { Database } from "./database.ts";
import { toUser } from "./rows.ts";
import { sql } from "./sql.ts";

export function sessionQueries(db: Database): Sessions {
  return {
    async insert({ id, user_id, created_at, expires_at }) {
      await db.write(sql`
        insert into sessions (id, user_id, created_at, expires_at)
        values (${id}, ${user_id}, ${created_at}, ${expires_at})`);
    },

    async findUser(id, now) {
      const [row] = await db.read(sql`
        select u.* from sessions s join users u on u.id = s.user_id
        where s.id = ${id} and s.expires_at > ${now}`);
      return row && toUser(row);
    },

    async remove(id) {
      await db.write(sql`delete from sessions where id = ${id}`);
    },

    async removeExpired(now) {
      await db.write(sql`delete from sessions where expires_at <= ${now}`);
    },
  };
}
