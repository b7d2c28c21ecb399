import type { Context, MiddlewareHandler } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { SYSTEM } from "../../domain/kernel/actor.ts";
import { DomainError } from "../../domain/kernel/errors.ts";
import { hashToken, isWellFormedToken, looksLikeToken } from "../../domain/access/token.ts";
import type { Session, Use } from "../../domain/access/session.ts";
import {
  changePassword,
  SESSION_SECONDS,
  startSession,
  startSessionByPassword,
} from "../../domain/access/sign_in.ts";
import type { LoginInput, PasswordChange, User } from "../../domain/access/user.ts";
import { actorOf, clientAddress, clientOf, originOf } from "../client.ts";
import type { AppDeps, Env } from "../env.ts";
import { cookieOptions } from "../https.ts";

/** A new session's user and token. */
export interface SignIn {
  user: User;
  token: string;
}

/** Checks email and password, rate-limited, and starts a session. */
export async function signIn(
  deps: AppDeps,
  { input, c }: { input: LoginInput; c: Context<Env> },
): Promise<SignIn> {
  const client = clientOf(deps, c);
  const attempt = { email: input.email, address: client.address };
  await deps.signInLimit.count(attempt);
  const { user, session } = await startSessionByPassword(deps, {
    input,
    client,
    origin: originOf(deps, c),
  });
  await deps.signInLimit.forgive(attempt);
  return { user, token: await tokenOf(deps, session) };
}

/** Changes the signed-in user's password. A wrong current password counts as a failed sign-in. */
export async function changeOwnPassword(
  deps: AppDeps,
  { input, c }: { input: PasswordChange; c: Context<Env> },
): Promise<void> {
  const user = c.get("user");
  const attempt = { email: user.email, address: clientAddress(deps, c) };
  await deps.signInLimit.count(attempt);
  const actor = actorOf(deps, c);
  await changePassword(deps, { user, sessionId: c.get("sessionId"), input, actor });
  await deps.signInLimit.forgive(attempt);
}

/** Starts a session for a user who has just registered. */
export async function issueToken(
  deps: AppDeps,
  { user, c }: { user: User; c: Context<Env> },
): Promise<string> {
  const session = await startSession(deps, {
    user,
    client: clientOf(deps, c),
    origin: originOf(deps, c),
  });
  return await tokenOf(deps, session);
}

function tokenOf(deps: AppDeps, session: Session): Promise<string> {
  return deps.tokens.sign({ sub: String(session.user_id), jti: session.id }, {
    audience: "trainyard",
    issuedAt: new Date(session.created_at),
    expiresAt: new Date(session.expires_at),
  });
}

/**
 * Requires a valid `Authorization: Bearer` token: a session's, or a personal access token whose scope
 * allows the method.
 */
export function requireBearer(deps: AppDeps): MiddlewareHandler<Env> {
  return async (c, next) => {
    const [, token = ""] = BEARER.exec(c.req.header("Authorization") ?? "") ?? [];
    const known = looksLikeToken(token)
      ? await identifyByPersonalAccessToken(deps, { c, token })
      : await identifyBySession(deps, { c, token });
    if (!known) throw new DomainError("unauthenticated", { key: "unauthenticated" });
    await next();
  };
}
// Our tokens have about 300 characters; longer headers are not parsed.
const BEARER = /^Bearer +([^ ]{1,4096})$/i;

/** After `requireBearer`: refuses personal access tokens, so that a leaked one can neither create more
 * tokens nor lock its owner out. */
export function requireSignIn(): MiddlewareHandler<Env> {
  return async (c, next) => {
    if (c.get("sessionId") === undefined) {
      throw new DomainError("forbidden", { key: "sign_in_required" });
    }
    await next();
  };
}

/** Requires a session cookie. Others are redirected to the sign-in page, and back afterwards. */
export function requireSession(deps: AppDeps): MiddlewareHandler<Env> {
  return async (c, next) => {
    if (await identifyBySession(deps, { c, token: readSessionCookie(deps, c) ?? "" })) {
      return await next();
    }
    const isRead = c.req.method === "GET";
    const { pathname, search } = new URL(c.req.url);
    if (c.req.header("HX-Request") === undefined) {
      return c.redirect(signInPath(isRead ? pathname + search : "/"), 303);
    }
    // A toast keeps the filled-in form: after a sign-in in another tab it can be sent again.
    if (!isRead) throw new DomainError("unauthenticated", { key: "session_ended" });
    const here = URL.parse(c.req.header("HX-Current-URL") ?? "");
    return c.body(null, 401, {
      "HX-Redirect": signInPath(here ? here.pathname + here.search : "/"),
    });
  };
}

function signInPath(next: string): string {
  return next === "/" ? "/login" : `/login?next=${encodeURIComponent(next)}`;
}

async function identifyBySession(
  deps: AppDeps,
  { c, token }: { c: Context<Env>; token: string },
): Promise<boolean> {
  const now = deps.now();
  const claims = await deps.tokens.verify(token, { audience: "trainyard", now });
  const found = claims && await deps.sessions.findUser(claims.jti, now.toISOString());
  if (!found || String(found.user.id) !== claims.sub) return false;
  c.set("user", found.user);
  c.set("sessionId", claims.jti);
  await noteUse(deps, {
    c,
    last: found.last_seen_at,
    write: (use) => deps.sessions.touch(claims.jti, use),
  });
  return true;
}

/** Throws a `DomainError` `forbidden` when the token's scope is `read` and the method writes. */
async function identifyByPersonalAccessToken(
  deps: AppDeps,
  { c, token }: { c: Context<Env>; token: string },
): Promise<boolean> {
  if (!isWellFormedToken(token)) return false;
  const now = deps.now().toISOString();
  const found = await deps.accessTokens.findUser(hashToken(token), now);
  if (!found) return false;
  c.set("user", found.user);
  await noteUse(deps, {
    c,
    last: found.last_used_at,
    write: (use) => deps.accessTokens.touch(found.id, use),
  });
  if (found.scope === "read" && !["GET", "HEAD"].includes(c.req.method)) {
    throw new DomainError("forbidden", { key: "insufficient_scope", needed: "write" });
  }
  return true;
}

const MINUTE = 60 * 1000;

/** Stores when a session or token was used, at most once a minute: a commit per request would cost more
 * than the request. A failed write is only logged, so that reads work while the database cannot write. */
async function noteUse(
  deps: AppDeps,
  { c, last, write }: {
    c: Context<Env>;
    last: string | null;
    write: (use: Use) => Promise<void>;
  },
): Promise<void> {
  const now = deps.now();
  const before = new Date(now.getTime() - MINUTE).toISOString();
  if (last !== null && last > before) return;
  try {
    await write({ at: now.toISOString(), address: clientAddress(deps, c), before });
  } catch (error) {
    deps.log.warn("a use could not be stored", { error });
  }
}

const COOKIE = "trainyard_session";

/** Sets the cookie to a new session's token and ends the session it held before. */
export async function setSessionCookie(
  deps: AppDeps,
  { c, token }: { c: Context<Env>; token: string },
): Promise<void> {
  const replaced = await deps.tokens.verify(readSessionCookie(deps, c) ?? "", {
    audience: "trainyard",
    now: deps.now(),
  });
  if (replaced) {
    await deps.sessions.remove(replaced.jti, { actor: SYSTEM, now: deps.now().toISOString() });
  }
  setCookie(c, COOKIE, token, {
    ...cookieOptions(deps),
    httpOnly: true,
    sameSite: "Lax",
    path: "/",
    maxAge: SESSION_SECONDS,
  });
}

export function clearSessionCookie(deps: AppDeps, c: Context<Env>): void {
  deleteCookie(c, COOKIE, { ...cookieOptions(deps), path: "/" });
}

function readSessionCookie(deps: AppDeps, c: Context<Env>): string | undefined {
  return getCookie(c, COOKIE, cookieOptions(deps).prefix);
}
