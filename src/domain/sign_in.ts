import type { Deps } from "./deps.ts";
import { DomainError } from "./errors.ts";
import { hashPassword, verifyPassword } from "./password.ts";
import type { Session } from "./storage.ts";
import type { LoginInput, RegisterInput, User } from "./user.ts";

/** How long a sign-in lasts, in seconds. */
export const SESSION_SECONDS = 12 * 60 * 60;

/**
 * Registers an account. Throws a `DomainError` `conflict` when the address is taken and, with
 * `onlyIfFirst`, `forbidden` when there is an account already.
 */
export async function register(
  deps: Deps,
  { input, onlyIfFirst = false }: { input: RegisterInput; onlyIfFirst?: boolean },
): Promise<User> {
  const { email, full_name, password } = input;
  const user = await deps.storage.users.insert({
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

/** The user of an address and password. Throws a `DomainError` `unauthenticated`, in the same time
 * for an unknown address and a wrong password. */
export async function authenticate(deps: Deps, { email, password }: LoginInput): Promise<User> {
  const account = await deps.storage.users.findByEmail(email);
  if (!await verifyPassword(password, account?.password_hash) || !account) {
    throw new DomainError("unauthenticated", { key: "invalid_credentials" });
  }
  const { password_hash: _, ...user } = account;
  return user;
}

/** Starts a session; its id goes into the token as `jti`. */
export async function startSession(deps: Deps, user: User): Promise<Session> {
  const now = deps.now();
  const session: Session = {
    id: crypto.randomUUID(),
    user_id: user.id,
    created_at: now.toISOString(),
    expires_at: new Date(now.getTime() + SESSION_SECONDS * 1000).toISOString(),
  };
  await deps.storage.sessions.insert(session);
  return session;
}
