import type { Context } from "hono";
import type { Change, Origin, UserActor } from "../domain/kernel/actor.ts";
import type { Client } from "../domain/access/session.ts";
import type { AppDeps, Env } from "./env.ts";

/** As long as an IPv6 address with a zone gets. */
const MAX_ADDRESS = 64;
const MAX_USER_AGENT = 200;

/** Who sends this request; both facts are shown and stored as cleaned, shortened text. */
export function clientOf(deps: AppDeps, c: Context<Env>): Client {
  const userAgent = clean(c.req.header("User-Agent") ?? "", MAX_USER_AGENT);
  return { address: clientAddress(deps, c), user_agent: userAgent || null };
}

/** The signed-in user, as the actor of a change. */
export function actorOf(deps: AppDeps, c: Context<Env>): UserActor {
  return { kind: "user", id: c.get("user").id, origin: originOf(deps, c) };
}

/** A change that the signed-in user makes now. */
export function changeOf(deps: AppDeps, c: Context<Env>): Change<UserActor> {
  return { actor: actorOf(deps, c), now: deps.now().toISOString() };
}

export function originOf(deps: AppDeps, c: Context<Env>): Origin {
  return { address: clientAddress(deps, c), request_id: c.get("requestId") };
}

/** Behind a proxy that is trusted, whom the proxy names: anyone else could name anyone. */
export function clientAddress(deps: AppDeps, c: Context<Env>): string {
  const named = deps.config.trustProxy ? c.req.header("X-Real-IP") : undefined;
  return clean(named ?? c.env?.remoteAddr?.hostname ?? "", MAX_ADDRESS) || "unknown";
}

/** Without controls, invisible characters and those that turn the direction of writing. */
function clean(text: string, max: number): string {
  return text.replace(/\p{C}+/gu, " ").trim().slice(0, max);
}
