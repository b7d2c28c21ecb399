import { Hono } from "hono";
import { PasswordChange } from "../../domain/user.ts";
import { changeOwnPassword, requireSignIn } from "../auth.ts";
import type { AppDeps, Env } from "../env.ts";
import { jsonBody } from "../validate.ts";

export function passwordRoutes(deps: AppDeps): Hono<Env> {
  const password = new Hono<Env>();
  password.use(requireSignIn());

  password.post("/", jsonBody(PasswordChange), async (c) => {
    await changeOwnPassword(deps, { input: c.req.valid("json"), c });
    return c.body(null, 204);
  });

  return password;
}
