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

/** A sign-in; it ends by signing out or by the clock. */
export interface Session {
  /** What the signed token carries; never shown. */
  id: string;
  user_id: number;
  created_at: string;
  expires_at: string;
  /** To the minute. */
  last_seen_at: string;
  /** Where it was last seen. */
  address: string | null;
  /** What the client called itself when it signed in; its word alone. */
  user_agent: string | null;
}

/** Who sends a request, as far as can be told. */
export interface Client {
  address: string;
  user_agent: string | null;
}

/** A session as its owner sees it. */
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
  /** Nothing is written when the last use was after this: once a minute is enough. */
  before: string;
}

export interface Sessions {
  /**
   * With `passwordHash`: `false`, and nothing inserted, when that is not the user's (any more), so
   * that a sign-in during a change of the password gets no session from the old one.
   */
  insert(session: Session, options: Change & { passwordHash?: string }): Promise<boolean>;
  /** The user of a session that has not ended. */
  findUser(
    id: string,
    now: string,
  ): Promise<{ user: User; last_seen_at: string } | undefined>;
  /** Those that have not ended, the latest used first, a hundred at most. */
  list(options: { userId: number; now: string }): Promise<Session[]>;
  touch(id: string, use: Use): Promise<void>;
  remove(id: string, options: Change): Promise<void>;
  /** Ends all of the actor's sessions but one. */
  removeOthers(id: string, options: Change<UserActor>): Promise<void>;
  removeExpired(now: string): Promise<void>;
}

/**
 * A public name for a session. The id itself is half of what a forger of tokens needs (the other half
 * is the secret that signs them), so it stays out of answers and logs.
 */
export function sessionHandle(id: string): string {
  return createHash("sha256").update(id).digest("hex").slice(0, 32);
}

interface SessionDeps {
  sessions: Sessions;
  now: Clock;
}

/** A user's sessions that have not ended, the latest used first. */
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

/** Ends one session of a user. Throws a `DomainError` `not_found`. */
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
