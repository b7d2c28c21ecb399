import { createRoute, z } from "@hono/zod-openapi";
import { DomainError } from "../../../domain/kernel/errors.ts";
import { register, SESSION_SECONDS } from "../../../domain/access/sign_in.ts";
import { LoginInput, RegisterInput, User } from "../../../domain/access/user.ts";
import { requireSignIn, signIn } from "../../middleware/auth.ts";
import { changeOf, clientAddress } from "../../client.ts";
import type { AppDeps } from "../../env.ts";
import { apiApp } from "../../validate.ts";
import { json, jsonBody, NO_CONTENT, refusals, SIGN_IN_REQUIRED } from "../answers.ts";

const tags = ["Accounts"];
const ACCOUNT = { email: "vision@example.com", password: "correct horse battery" };

const SignedIn = z.object({
  access_token: z.string().meta({ description: "Send it as `Authorization: Bearer …`." }),
  token_type: z.literal("bearer"),
  expires_in: z.int().positive().meta({ description: "Seconds." }),
  user: User.pick({ id: true, email: true, full_name: true }),
}).meta({ id: "SignedIn" });

/** Calls that need no token. */
export function authRoutes(deps: AppDeps) {
  const auth = apiApp();

  auth.openapi(
    createRoute({
      operationId: "register",
      method: "post",
      path: "/register",
      tags,
      security: [],
      summary: "Register an account",
      request: { body: jsonBody(RegisterInput, { ...ACCOUNT, full_name: "Kim Vision" }) },
      responses: {
        201: json(User, { description: "The account." }),
        ...refusals(
          new DomainError("forbidden", { key: "signup_closed" }),
          new DomainError("conflict", { key: "email_taken" }),
          new DomainError("too_many", { key: "too_many_tries", seconds: 3000 }),
        ),
      },
    }),
    async (c) => {
      if (deps.config.signup === "closed") {
        throw new DomainError("forbidden", { key: "signup_closed" });
      }
      await deps.signUpLimit.count(clientAddress(deps, c));
      return c.json(await register(deps, { input: c.req.valid("json") }), 201);
    },
  );

  auth.openapi(
    createRoute({
      operationId: "login",
      method: "post",
      path: "/login",
      tags,
      security: [],
      summary: "Sign in for a token",
      request: { body: jsonBody(LoginInput, ACCOUNT) },
      responses: {
        200: json(SignedIn, { description: "A token, valid until it expires or is signed out." }),
        ...refusals(
          new DomainError("unauthenticated", { key: "invalid_credentials" }),
          new DomainError("too_many", { key: "too_many_tries", seconds: 840 }),
        ),
      },
    }),
    async (c) => {
      const { user, token } = await signIn(deps, { input: c.req.valid("json"), c });
      const { id, email, full_name } = user;
      return c.json({
        access_token: token,
        token_type: "bearer" as const,
        expires_in: SESSION_SECONDS,
        user: { id, email, full_name },
      }, 200);
    },
  );

  return auth;
}

/** Calls of the signed-in account. */
export function accountRoutes(deps: AppDeps) {
  const account = apiApp();

  account.openapi(
    createRoute({
      operationId: "getAccount",
      method: "get",
      path: "/me",
      tags,
      summary: "Get your account",
      responses: { 200: json(User, { description: "The account." }) },
    }),
    (c) => c.json(c.get("user"), 200),
  );

  account.openapi(
    createRoute({
      operationId: "logout",
      method: "post",
      path: "/logout",
      tags,
      summary: "Sign out",
      description: "Ends the token's session; the token is refused afterwards.",
      middleware: requireSignIn(),
      responses: { 204: NO_CONTENT, ...refusals(SIGN_IN_REQUIRED) },
    }),
    async (c) => {
      await deps.sessions.remove(c.get("sessionId"), changeOf(deps, c));
      return c.body(null, 204);
    },
  );

  return account;
}
