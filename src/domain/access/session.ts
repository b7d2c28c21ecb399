import { createHash } from "node:crypto";
import { z } from "zod";
import type { Change, Clock, UserActor } from "../kernel/actor.ts";
import { notFound } from "../kernel/errors.ts";
import { timestamp } from "../kernel/timestamp.ts";
import type { User } from "./user.ts";

declare module "../kernel/errors.ts" {
  interface Problems {
    unauthenticated: Record<never, never>;
    session_ended: Record<never, never>;
    sign_in_required: Record<never, never>;
    session_not_found: Record<never, never>;
  }
}

/** A sign-in. Ends at sign-out or at `expires_at`. */
export interface Session {
  /** The `jti` of the signed token; never shown. */
  id: string;
  user_id: number;
  created_at: string;
  expires_at: string;
  /** Accurate to a minute. */
  last_seen_at: string;
  /** The last IP address. */
  address: string | null;
  /** The `User-Agent` header at sign-in; not verified. */
  user_agent: string | null;
}

/** What a request reveals about its client; `user_agent` is not verified. */
export interface Client {
  address: string;
  user_agent: string | null;
}

/** A session as shown to its user. */
export const ShownSession = z.object({
  /** `sessionHandle` of the session's id. */
  id: z.string().meta({ description: "Names it; of no other use." }),
  created_at: timestamp("When it was opened."),
  expires_at: timestamp("When it ends, unless it is ended before."),
  last_seen_at: timestamp("To the minute."),
  address: z.string().nullable().meta({ description: "Where it was last seen." }),
  user_agent: z.string().nullable().meta({
    description: "What the client called itself when it signed in; its word alone.",
  }),
  current: z.boolean().meta({ description: "Whether it is the one that asks." }),
}).meta({ id: "Session" });
export type ShownSession = z.infer<typeof ShownSession>;

/** One use of a session or token. */
export interface Use {
  at: string;
  address: string;
  /** Skip the write when the last recorded use is later than this (a minute ago). */
  before: string;
}

export interface Sessions {
  /**
   * With `passwordHash`, inserts only if it is still the user's hash, and returns `false`
   * otherwise, so that a sign-in with the old password during a password change gets no session.
   */
  insert(session: Session, options: Change & { passwordHash?: string }): Promise<boolean>;
  /** The user of an active session. */
  findUser(
    id: string,
    now: string,
  ): Promise<{ user: User; last_seen_at: string } | undefined>;
  /** At most 100 active sessions, most recently used first. */
  list(options: { userId: number; now: string }): Promise<Session[]>;
  touch(id: string, use: Use): Promise<void>;
  remove(id: string, options: Change): Promise<void>;
  /** Ends all of the actor's sessions except `id`. */
  removeOthers(id: string, options: Change<UserActor>): Promise<void>;
  removeExpired(now: string): Promise<void>;
}

/**
 * A public identifier for a session. With the signing secret, the id itself would be enough to
 * forge a token, so it never appears in responses or logs.
 */
export function sessionHandle(id: string): string {
  return createHash("sha256").update(id).digest("hex").slice(0, 32);
}

interface SessionDeps {
  sessions: Sessions;
  now: Clock;
}

/** A user's active sessions, most recently used first. */
export async function listSessions(
  deps: SessionDeps,
  { userId, currentId }: { userId: number; currentId: string },
): Promise<ShownSession[]> {
  const sessions = await deps.sessions.list({ userId, now: deps.now().toISOString() });
  return sessions.map(({ id, user_id: _, ...session }) => ({
    ...session,
    id: sessionHandle(id),
    current: id === currentId,
  }));
}

/** Ends one of the actor's sessions. Throws a `DomainError` `not_found`. */
export async function endSession(
  deps: SessionDeps,
  { actor, handle }: { actor: UserActor; handle: string },
): Promise<void> {
  const now = deps.now().toISOString();
  const sessions = await deps.sessions.list({ userId: actor.id, now });
  const session = sessions.find(({ id }) => sessionHandle(id) === handle);
  if (!session) throw notFound("session");
  await deps.sessions.remove(session.id, { actor, now });
}
