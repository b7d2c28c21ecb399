import { createRoute, z } from "@hono/zod-openapi";
import { notFound } from "../../../domain/kernel/errors.ts";
import { endSession, listSessions, ShownSession } from "../../../domain/access/session.ts";
import { requireSignIn } from "../../middleware/auth.ts";
import { actorOf, changeOf } from "../../client.ts";
import type { AppDeps } from "../../env.ts";
import { apiApp } from "../../validate.ts";
import { items, json, NO_CONTENT, refusals, SIGN_IN_REQUIRED } from "../answers.ts";

const tags = ["Sign-ins and tokens"];
const PATH = z.object({
  id: z.string().openapi({
    description: "A session's id.",
    example: "0c2f6a1d9b3e4f5a8c7d6e5f4a3b2c1d",
  }),
});

/** The account's sessions. */
export function sessionRoutes(deps: AppDeps) {
  const sessions = apiApp();
  sessions.use(requireSignIn());

  sessions.openapi(
    createRoute({
      operationId: "listSessions",
      method: "get",
      path: "/",
      tags,
      summary: "List your sessions",
      responses: {
        200: json(items(ShownSession), { description: "The sessions, most recently used first." }),
        ...refusals(SIGN_IN_REQUIRED),
      },
    }),
    async (c) => {
      const asker = { userId: c.get("user").id, currentId: c.get("sessionId") };
      return c.json({ items: await listSessions(deps, asker) }, 200);
    },
  );

  sessions.openapi(
    createRoute({
      operationId: "endOtherSessions",
      method: "delete",
      path: "/",
      tags,
      summary: "Sign out everywhere else",
      description: "Keeps the session that asks.",
      responses: { 204: NO_CONTENT, ...refusals(SIGN_IN_REQUIRED) },
    }),
    async (c) => {
      await deps.sessions.removeOthers(c.get("sessionId"), changeOf(deps, c));
      return c.body(null, 204);
    },
  );

  sessions.openapi(
    createRoute({
      operationId: "endSession",
      method: "delete",
      path: "/{id}",
      tags,
      summary: "End a session",
      request: { params: PATH },
      responses: { 204: NO_CONTENT, ...refusals(SIGN_IN_REQUIRED, notFound("session")) },
    }),
    async (c) => {
      await endSession(deps, { actor: actorOf(deps, c), handle: c.req.valid("param").id });
      return c.body(null, 204);
    },
  );

  return sessions;
}
