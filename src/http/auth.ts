import type { Context, MiddlewareHandler } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { DomainError } from "../domain/errors.ts";
import { authenticate, SESSION_SECONDS, startSession } from "../domain/sign_in.ts";
import type { LoginInput, User } from "../domain/user.ts";
import type { AppDeps, Env } from "./env.ts";

/** A sign-in as the API and the pages hand it out. */
export interface SignIn {
  user: User;
  token: string;
}

/** Checks address and password, with the brake on guessing, and starts a session. */
export async function signIn(
  deps: AppDeps,
  { input, c }: { input: LoginInput; c: Context<Env> },
): Promise<SignIn> {
  const attempt = { email: input.email, address: clientAddress(deps, c) };
  await deps.signInLimit.count(attempt);
  const user = await authenticate(deps, input);
  await deps.signInLimit.forgive(attempt);
  return { user, token: await issueToken(deps, user) };
}

/** Behind a proxy that is trusted, whom the proxy names: anyone else could name anyone. */
function clientAddress(deps: AppDeps, c: Context<Env>): string {
  const named = deps.config.trustProxy ? c.req.header("X-Real-IP") : undefined;
  return named ?? c.env?.remoteAddr?.hostname ?? "unknown";
}

/** Starts a session for a user who has just proved to be one. */
export async function issueToken(deps: AppDeps, user: User): Promise<string> {
  const session = await startSession(deps, user);
  return await deps.tokens.sign({ sub: String(user.id), jti: session.id }, {
    audience: "trainyard",
    issuedAt: new Date(session.created_at),
    expiresAt: new Date(session.expires_at),
  });
}

/** Lets through who shows a good `Authorization: Bearer` token. */
export function requireBearer(deps: AppDeps): MiddlewareHandler<Env> {
  return async (c, next) => {
    const [, token] = /^Bearer +([^ ]+)$/i.exec(c.req.header("Authorization") ?? "") ?? [];
    if (!await identify(deps, { c, token })) {
      throw new DomainError("unauthenticated", { key: "unauthenticated" });
    }
    await next();
  };
}

/** Lets through who has a session cookie; others are asked to sign in and brought back after. */
export function requireSession(deps: AppDeps): MiddlewareHandler<Env> {
  return async (c, next) => {
    if (await identify(deps, { c, token: readSessionCookie(deps, c) })) return await next();
    const isRead = c.req.method === "GET";
    const { pathname, search } = new URL(c.req.url);
    if (c.req.header("HX-Request") === undefined) {
      return c.redirect(signInPath(isRead ? pathname + search : "/"), 303);
    }
    // A form that was filled in stays: after a sign-in in another tab it can be sent again.
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

async function identify(
  deps: AppDeps,
  { c, token }: { c: Context<Env>; token: string | undefined },
): Promise<boolean> {
  if (token === undefined) return false;
  const now = deps.now();
  const claims = await deps.tokens.verify(token, { audience: "trainyard", now });
  const user = claims && await deps.storage.sessions.findUser(claims.jti, now.toISOString());
  if (!user || String(user.id) !== claims.sub) return false;
  c.set("user", user);
  c.set("sessionId", claims.jti);
  return true;
}

const COOKIE = "trainyard_session";

/** On HTTPS the `__Host-` prefix pins the cookie to this host, its root path and TLS. */
function cookieOptions(deps: AppDeps) {
  return deps.config.publicOrigin?.startsWith("https:")
    ? { prefix: "host", secure: true } as const
    : { secure: false };
}

export function setSessionCookie(
  deps: AppDeps,
  { c, token }: { c: Context<Env>; token: string },
): void {
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
