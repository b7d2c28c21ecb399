import { Hono } from "hono";
import { notFound } from "../../domain/errors.ts";
import {
  createPersonalAccessToken,
  type PersonalAccessToken,
  PersonalAccessTokenInput,
} from "../../domain/personal_access_token.ts";
import { requireSignIn } from "../auth.ts";
import type { AppDeps, Env } from "../env.ts";
import { idParam, jsonBody } from "../validate.ts";

export function personalAccessTokenRoutes(deps: AppDeps): Hono<Env> {
  const tokens = new Hono<Env>();
  tokens.use(requireSignIn());

  tokens.get("/", async (c) => {
    const items = await deps.storage.personalAccessTokens.list(c.get("user").id);
    return c.json({ items: items.map(shown) });
  });

  tokens.post("/", jsonBody(PersonalAccessTokenInput), async (c) => {
    const { token, secret } = await createPersonalAccessToken(deps, {
      userId: c.get("user").id,
      input: c.req.valid("json"),
    });
    return c.json({ ...shown(token), token: secret }, 201);
  });

  tokens.delete("/:id", async (c) => {
    const id = idParam(c, "personal_access_token");
    const userId = c.get("user").id;
    if (!await deps.storage.personalAccessTokens.remove(id, { userId })) {
      throw notFound("personal_access_token");
    }
    return c.body(null, 204);
  });

  return tokens;
}

function shown({ user_id: _, ...token }: PersonalAccessToken) {
  return token;
}
