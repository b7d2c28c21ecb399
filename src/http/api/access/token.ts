import { createRoute, z } from "@hono/zod-openapi";
import { DomainError, notFound } from "../../../domain/kernel/errors.ts";
import {
  createPersonalAccessToken,
  PersonalAccessToken,
  PersonalAccessTokenInput,
} from "../../../domain/access/token.ts";
import { requireSignIn } from "../../middleware/auth.ts";
import { actorOf, changeOf } from "../../client.ts";
import type { AppDeps } from "../../env.ts";
import { apiApp, idParam } from "../../validate.ts";
import {
  idLinks,
  items,
  json,
  jsonBody,
  NO_CONTENT,
  pathId,
  refusals,
  SIGN_IN_REQUIRED,
} from "../answers.ts";

const tags = ["Sign-ins and tokens"];

const ShownToken = PersonalAccessToken.omit({ user_id: true }).meta({ id: "PersonalAccessToken" });
const CreatedToken = z.object({
  ...ShownToken.shape,
  token: z.string().meta({
    description: "The token itself. It is not stored and cannot be shown again.",
  }),
}).meta({ id: "CreatedPersonalAccessToken" });

export function personalAccessTokenRoutes(deps: AppDeps) {
  const tokens = apiApp();
  tokens.use(requireSignIn());

  tokens.openapi(
    createRoute({
      operationId: "listPersonalAccessTokens",
      method: "get",
      path: "/",
      tags,
      summary: "List your personal access tokens, newest first",
      responses: {
        200: json(items(ShownToken), { description: "Your tokens, including expired ones." }),
        ...refusals(SIGN_IN_REQUIRED),
      },
    }),
    async (c) => {
      const items = await deps.accessTokens.list(c.get("user").id);
      return c.json({ items: items.map(shown) }, 200);
    },
  );

  tokens.openapi(
    createRoute({
      operationId: "createPersonalAccessToken",
      method: "post",
      path: "/",
      tags,
      summary: "Create a personal access token",
      description: "For scripts and training machines, instead of a sign-in.",
      request: {
        body: jsonBody(PersonalAccessTokenInput, { name: "GPU server", scope: "write" }),
      },
      responses: {
        201: json(CreatedToken, {
          description: "The token.",
          links: idLinks("revokePersonalAccessToken"),
        }),
        ...refusals(SIGN_IN_REQUIRED, new DomainError("conflict", { key: "token_name_taken" })),
      },
    }),
    async (c) => {
      const { token, secret } = await createPersonalAccessToken(deps, {
        actor: actorOf(deps, c),
        input: c.req.valid("json"),
      });
      return c.json({ ...shown(token), token: secret }, 201);
    },
  );

  tokens.openapi(
    createRoute({
      operationId: "revokePersonalAccessToken",
      method: "delete",
      path: "/{id}",
      tags,
      summary: "Revoke a personal access token",
      request: { params: pathId("A token's id.") },
      responses: {
        204: NO_CONTENT,
        ...refusals(SIGN_IN_REQUIRED, notFound("personal_access_token")),
      },
    }),
    async (c) => {
      const id = idParam(c, "personal_access_token");
      if (!await deps.accessTokens.remove(id, changeOf(deps, c))) {
        throw notFound("personal_access_token");
      }
      return c.body(null, 204);
    },
  );

  return tokens;
}

function shown({ user_id: _, ...token }: PersonalAccessToken) {
  return token;
}
