import { Hono } from "hono";
import { endSession, listSessions } from "../../domain/session.ts";
import { requireSignIn } from "../auth.ts";
import type { AppDeps, Env } from "../env.ts";

/** Where the account is signed in. */
export function sessionRoutes(deps: AppDeps): Hono<Env> {
  const sessions = new Hono<Env>();
  sessions.use(requireSignIn());

  sessions.get("/", async (c) => {
    const asker = { userId: c.get("user").id, currentId: c.get("sessionId") };
    return c.json({ items: await listSessions(deps, asker) });
  });

  // Everywhere else: the session that asks goes on.
  sessions.delete("/", async (c) => {
    await deps.storage.sessions.removeOthers(c.get("sessionId"), { userId: c.get("user").id });
    return c.body(null, 204);
  });

  sessions.delete("/:id", async (c) => {
    await endSession(deps, { userId: c.get("user").id, handle: c.req.param("id") });
    return c.body(null, 204);
  });

  return sessions;
}
