import { createHash } from "node:crypto";
import { z } from "zod";
import type { Asker } from "./audit.ts";
import type { Deps } from "../kernel/deps.ts";
import { notFound } from "../kernel/errors.ts";
import { timestamp } from "../kernel/timestamp.ts";

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

/**
 * A name for a session that gives its id away to nobody. The id is half of what a forger of tokens
 * needs (the other half is the secret that signs them), so it stays out of answers and logs.
 */
export function sessionHandle(id: string): string {
  return createHash("sha256").update(id).digest("hex").slice(0, 32);
}

/** A user's sessions that have not ended, the latest used first. */
export async function listSessions(
  deps: Deps,
  { userId, currentId }: { userId: number; currentId: string },
): Promise<ShownSession[]> {
  const sessions = await deps.storage.sessions.list({ userId, now: deps.now().toISOString() });
  return sessions.map(({ id, user_id: _, ...session }) => ({
    ...session,
    id: sessionHandle(id),
    current: id === currentId,
  }));
}

/** Ends one session of a user. Throws a `DomainError` `not_found`. */
export async function endSession(
  deps: Deps,
  { userId, origin, handle }: Asker & { handle: string },
): Promise<void> {
  const sessions = await deps.storage.sessions.list({ userId, now: deps.now().toISOString() });
  const session = sessions.find(({ id }) => sessionHandle(id) === handle);
  if (!session) throw notFound("session");
  await deps.storage.sessions.remove(session.id, { origin });
}
