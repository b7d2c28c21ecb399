import type { Context } from "hono";
import type { Change, Origin, UserActor } from "../domain/kernel/actor.ts";
import type { Client } from "../domain/access/session.ts";
import type { AppDeps, Env } from "./env.ts";

/** Longer than an IPv6 address with a zone. */
const MAX_ADDRESS = 64;
const MAX_USER_AGENT = 200;

/** The client's address and user agent, cleaned and shortened: both are stored and shown. */
export function clientOf(deps: AppDeps, c: Context<Env>): Client {
  const userAgent = clean(c.req.header("User-Agent") ?? "", MAX_USER_AGENT);
  return { address: clientAddress(deps, c), user_agent: userAgent || null };
}

/** The signed-in user, as the actor of a change. */
export function actorOf(deps: AppDeps, c: Context<Env>): UserActor {
  return { kind: "user", id: c.get("user").id, origin: originOf(deps, c) };
}

/** The signed-in user as the actor, and the current time. */
export function changeOf(deps: AppDeps, c: Context<Env>): Change<UserActor> {
  return { actor: actorOf(deps, c), now: deps.now().toISOString() };
}

export function originOf(deps: AppDeps, c: Context<Env>): Origin {
  return { address: clientAddress(deps, c), request_id: c.get("requestId") };
}

/** The peer's address or, with `TRUST_PROXY`, the proxy's `X-Real-IP`, which others could forge. */
export function clientAddress(deps: AppDeps, c: Context<Env>): string {
  const named = deps.config.trustProxy ? c.req.header("X-Real-IP") : undefined;
  return clean(named ?? c.env?.remoteAddr?.hostname ?? "", MAX_ADDRESS) || "unknown";
}

/** Removes control characters, invisible characters and those that change the text direction. */
function clean(text: string, max: number): string {
  return text.replace(/\p{C}+/gu, " ").trim().slice(0, max);
}
