import type { Actor } from "../../domain/kernel/actor.ts";
import type { Role } from "../../domain/projects/role.ts";
import { type Sql, sql } from "../sql/sql.ts";

/** The projects in which a user has at least this role. Every query about projects or jobs uses it:
 * seeing takes a viewer, changing an editor. */
export function projectsOf(userId: number, needed: Role): Sql {
  const owned = sql`select id from projects where user_id = ${userId}`;
  if (needed === "owner") return sql`(${owned})`;
  const shared = sql`select project_id from project_members where user_id = ${userId}`;
  const asEditor = sql`${shared} and role = 'editor'`;
  return sql`(${owned} union all ${needed === "editor" ? asEditor : shared})`;
}

/** The projects that an actor may change: a user's by role; all of them for the server itself and for
 * runners, whose tokens open the calls about their own runs only. */
export function changeableBy(actor: Actor, needed: Role): Sql {
  return actor.kind === "user" ? projectsOf(actor.id, needed) : sql`(select id from projects)`;
}
