import { createRoute } from "@hono/zod-openapi";
import { DomainError } from "../../../domain/kernel/errors.ts";
import { PasswordChange } from "../../../domain/access/user.ts";
import { changeOwnPassword, requireSignIn } from "../../middleware/auth.ts";
import type { AppDeps } from "../../env.ts";
import { apiApp } from "../../validate.ts";
import { jsonBody, NO_CONTENT, refusals, SIGN_IN_REQUIRED } from "../answers.ts";

export function passwordRoutes(deps: AppDeps) {
  const password = apiApp();
  password.use(requireSignIn());

  password.openapi(
    createRoute({
      operationId: "changePassword",
      method: "post",
      path: "/",
      tags: ["Accounts"],
      summary: "Change the password",
      description: "Ends every other session. A wrong current password counts as a failed sign-in.",
      request: {
        body: jsonBody(PasswordChange, {
          current_password: "correct horse battery",
          new_password: "staple correct horse",
        }),
      },
      responses: {
        204: NO_CONTENT,
        ...refusals(
          SIGN_IN_REQUIRED,
          new DomainError("too_many", { key: "too_many_tries", seconds: 840 }),
        ),
      },
    }),
    async (c) => {
      await changeOwnPassword(deps, { input: c.req.valid("json"), c });
      return c.body(null, 204);
    },
  );

  return password;
}
