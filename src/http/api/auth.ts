import { Hono } from "hono";
import { DomainError } from "../../domain/errors.ts";
import { register, SESSION_SECONDS } from "../../domain/sign_in.ts";
import { LoginInput, RegisterInput } from "../../domain/user.ts";
import { requireSignIn, signIn } from "../auth.ts";
import type { AppDeps, Env } from "../env.ts";
import { jsonBody } from "../validate.ts";

/** What needs no token. */
export function authRoutes(deps: AppDeps): Hono<Env> {
  const auth = new Hono<Env>();

  auth.post("/register", jsonBody(RegisterInput), async (c) => {
    if (deps.config.signup === "closed") {
      throw new DomainError("forbidden", { key: "signup_closed" });
    }
    return c.json(await register(deps, { input: c.req.valid("json") }), 201);
  });

  auth.post("/login", jsonBody(LoginInput), async (c) => {
    const { user, token } = await signIn(deps, { input: c.req.valid("json"), c });
    const { id, email, full_name } = user;
    return c.json({
      access_token: token,
      token_type: "bearer",
      expires_in: SESSION_SECONDS,
      user: { id, email, full_name },
    });
  });

  return auth;
}

/** What concerns the signed-in account. */
export function accountRoutes(deps: AppDeps): Hono<Env> {
  const account = new Hono<Env>();

  account.get("/me", (c) => c.json(c.get("user")));

  account.post("/logout", requireSignIn(), async (c) => {
    await deps.storage.sessions.remove(c.get("sessionId"));
    return c.body(null, 204);
  });

  return account;
}
