import type { PersonalAccessTokens, Scope } from "../../domain/access/token.ts";
import { logged } from "./audit.ts";
import type { Database } from "../sql/database.ts";
import { nullable, timestamp, toPersonalAccessToken, toUser } from "../sql/rows.ts";
import { one, sql } from "../sql/sql.ts";

export function personalAccessTokenQueries(db: Database): PersonalAccessTokens {
  return {
    async insert(token, { limit, ...change }) {
      const { user_id, name, scope, token_hash, created_at, expires_at } = token;
      // Two concurrent inserts would not see each other and could exceed the limit.
      const [[row] = []] = await db.alone(() =>
        db.write([
          sql`
            insert into personal_access_tokens (
              user_id, name, scope, token_hash, created_at, expires_at)
            select ${user_id}, ${name}, ${scope}, ${token_hash}, ${created_at}, ${expires_at}
            where (select count(*) from personal_access_tokens where user_id = ${user_id})
              < ${limit}
            on conflict (user_id, name) do nothing
            returning *`,
          logged(change, {
            action: "token_created",
            projectId: null,
            subject: name,
            detail: scope,
            from: sql`personal_access_tokens where token_hash = ${token_hash}`,
          }),
        ])
      );
      return row && toPersonalAccessToken(row);
    },

    async findUser(tokenHash, now) {
      const [row] = await db.read(one(sql`
        select u.*, t.id as token_id, t.scope, t.last_used_at
        from personal_access_tokens t join users u on u.id = t.user_id
        where t.token_hash = ${tokenHash} and t.expires_at > ${now}`));
      return row && {
        user: toUser(row),
        id: Number(row.token_id),
        scope: row.scope as Scope,
        last_used_at: nullable(row.last_used_at, timestamp),
      };
    },

    async list(userId) {
      const rows = await db.read(sql`
        select * from personal_access_tokens where user_id = ${userId} order by id desc`);
      return rows.map(toPersonalAccessToken);
    },

    async touch(id, { at, address, before }) {
      await db.write([sql`
        update personal_access_tokens set last_used_at = ${at}, last_used_address = ${address}
        where id = ${id} and (last_used_at is null or last_used_at <= ${before})`]);
    },

    async remove(id, change) {
      const target = sql`id = ${id} and user_id = ${change.actor.id}`;
      const [, removed = []] = await db.write([
        logged(change, {
          action: "token_revoked",
          projectId: null,
          subject: sql`name`,
          from: sql`personal_access_tokens where ${target} ${db.words.forUpdate}`,
        }),
        sql`delete from personal_access_tokens where ${target} returning id`,
      ]);
      return removed.length > 0;
    },
  };
}
