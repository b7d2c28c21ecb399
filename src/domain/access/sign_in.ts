import type { Clock, Origin, UserActor } from "../kernel/actor.ts";
import { DomainError, invalid } from "../kernel/errors.ts";
import { hashPassword, verifyPassword } from "./password.ts";
import type { AuditLog } from "./audit.ts";
import type { Client, Session, Sessions } from "./session.ts";
import type { LoginInput, PasswordChange, RegisterInput, User, Users } from "./user.ts";

declare module "../kernel/errors.ts" {
  interface Problems {
    invalid_credentials: Record<never, never>;
    too_many_tries: { seconds: number };
  }
}

/** Lifetime of a session, in seconds. */
export const SESSION_SECONDS = 12 * 60 * 60;

/**
 * Registers an account. Throws a `DomainError` `conflict` when the email is taken, and `forbidden`
 * when `onlyIfFirst` is set and an account exists.
 */
export async function register(
  deps: { users: Users; now: Clock },
  { input, onlyIfFirst = false }: { input: RegisterInput; onlyIfFirst?: boolean },
): Promise<User> {
  const { email, full_name, password } = input;
  const user = await deps.users.insert({
    email,
    full_name,
    password_hash: await hashPassword(password),
    created_at: deps.now().toISOString(),
  }, { onlyIfFirst });
  if (user) return user;
  if (onlyIfFirst) throw new DomainError("forbidden", { key: "setup_link_invalid" });
  throw new DomainError("conflict", { key: "email_taken" }, {
    fields: [{ field: "email", problem: { key: "email_taken" } }],
  });
}

/**
 * Checks email and password and starts a session, whose id becomes the token's `jti`. Throws a
 * `DomainError` `unauthenticated`, after the same time for an unknown email and a wrong password.
 */
export async function startSessionByPassword(
  deps: { users: Users; sessions: Sessions; auditLog: AuditLog; now: Clock },
  { input: { email, password }, client, origin }: {
    input: LoginInput;
    client: Client;
    origin: Origin;
  },
): Promise<{ user: User; session: Session }> {
  const account = await deps.users.findByEmail(email);
  if (await verifyPassword(password, account?.password_hash) && account) {
    const { password_hash: passwordHash, ...user } = account;
    const session = newSession(deps.now(), { user, client });
    const change = {
      actor: { kind: "user", id: user.id, origin },
      now: session.created_at,
    } as const;
    if (await deps.sessions.insert(session, { passwordHash, ...change })) {
      return { user, session };
    }
  }
  await deps.auditLog.addFailedSignIn({ email, origin, now: deps.now().toISOString() });
  throw new DomainError("unauthenticated", { key: "invalid_credentials" });
}

/** Starts a session for a user who has just registered. */
export async function startSession(
  deps: { sessions: Sessions; now: Clock },
  { user, client, origin }: { user: User; client: Client; origin: Origin },
): Promise<Session> {
  const session = newSession(deps.now(), { user, client });
  const actor = { kind: "user", id: user.id, origin } as const;
  await deps.sessions.insert(session, { actor, now: session.created_at });
  return session;
}

function newSession(now: Date, { user, client }: { user: User; client: Client }): Session {
  return {
    id: crypto.randomUUID(),
    user_id: user.id,
    created_at: now.toISOString(),
    expires_at: new Date(now.getTime() + SESSION_SECONDS * 1000).toISOString(),
    last_seen_at: now.toISOString(),
    ...client,
  };
}

/**
 * Changes the password and ends the user's other sessions. Throws a `DomainError` `invalid` when
 * the current password is wrong.
 */
export async function changePassword(
  deps: { users: Users; now: Clock },
  { user, sessionId, input, actor }: {
    user: User;
    sessionId: string;
    input: PasswordChange;
    actor: UserActor;
  },
): Promise<void> {
  const account = await deps.users.findByEmail(user.email);
  if (account && await verifyPassword(input.current_password, account.password_hash)) {
    const changed = await deps.users.changePassword({
      actor,
      now: deps.now().toISOString(),
      from: account.password_hash,
      to: await hashPassword(input.new_password),
      keepSession: sessionId,
    });
    if (changed) return;
  }
  throw invalid({ field: "current_password", problem: { key: "password_wrong" } });
}
