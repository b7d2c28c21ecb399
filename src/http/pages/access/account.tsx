import { type Context, Hono, type MiddlewareHandler } from "hono";
import { DomainError } from "../../../domain/kernel/errors.ts";
import { register } from "../../../domain/access/sign_in.ts";
import { LoginInput, RegisterInput, type User } from "../../../domain/access/user.ts";
import { type AccountForm, LoginPage, SignUpPage } from "../../../../views/access/account.tsx";
import { renderPage } from "../../../../views/layout.tsx";
import {
  clearSessionCookie,
  issueToken,
  requireSession,
  setSessionCookie,
  signIn,
} from "../../middleware/auth.ts";
import { changeOf, clientAddress } from "../../client.ts";
import type { AppDeps, Env, Refusal } from "../../env.ts";
import { localPath, pageContext, textField } from "../context.ts";
import { formValidator, NextPath } from "../form.ts";

/** Signing in, up and out, and the set-up link for the first account. */
export function accountPages(deps: AppDeps): Hono<Env> {
  const account = new Hono<Env>();

  account.get("/login", (c) => {
    return c.html(loginPage(c, { form: { errors: {} }, next: c.req.query("next") }));
  });

  account.post(
    "/login",
    formValidator(LoginInput.extend({ next: NextPath }), {
      show: (c, refusal) => {
        return loginPage(c, { form: typedAgain(refusal), next: textField(refusal.form, "next") });
      },
    }),
    async (c) => {
      const { next, ...input } = c.req.valid("form");
      const { token } = await signIn(deps, { input, c });
      await setSessionCookie(deps, { c, token });
      return c.redirect(next, 303);
    },
  );

  account.use("/signup", requireOpenSignUp());

  account.get("/signup", (c) => c.html(signUpPage(c, { form: { errors: {} } })));

  account.post(
    "/signup",
    formValidator(RegisterInput, {
      show: (c, refusal) => signUpPage(c, { form: typedAgain(refusal) }),
    }),
    async (c) => {
      await deps.signUpLimit.count(clientAddress(deps, c));
      return await enter(c, await register(deps, { input: c.req.valid("form") }));
    },
  );

  account.use("/setup", requireSetupToken());

  account.get("/setup", (c) => {
    return c.html(signUpPage(c, { form: { errors: {} }, setupToken: c.req.query("token") }));
  });

  account.post(
    "/setup",
    formValidator(RegisterInput, {
      show: (c, refusal) => {
        const setupToken = textField(refusal.form, "token");
        return signUpPage(c, { form: typedAgain(refusal), setupToken });
      },
    }),
    async (c) => {
      return await enter(
        c,
        await register(deps, { input: c.req.valid("form"), onlyIfFirst: true }),
      );
    },
  );

  account.post("/logout", requireSession(deps), async (c) => {
    await deps.sessions.remove(c.get("sessionId"), changeOf(deps, c));
    clearSessionCookie(deps, c);
    return c.redirect("/login", 303);
  });

  return account;

  function loginPage(
    c: Context<Env>,
    { form, next }: { form: AccountForm; next: string | undefined },
  ): string {
    return renderPage(
      <LoginPage
        page={pageContext(deps, c)}
        form={form}
        next={localPath(next)}
        canSignUp={deps.config.signup === "open"}
        demo={deps.demoAccount}
      />,
    );
  }

  function signUpPage(
    c: Context<Env>,
    { form, setupToken }: { form: AccountForm; setupToken?: string | undefined },
  ): string {
    const page = pageContext(deps, c);
    return renderPage(<SignUpPage page={page} form={form} setupToken={setupToken} />);
  }

  function requireOpenSignUp(): MiddlewareHandler<Env> {
    return async (_, next) => {
      if (deps.config.signup === "closed") {
        throw new DomainError("forbidden", { key: "signup_closed" });
      }
      await next();
    };
  }

  /** The set-up link works until it expires or the first account exists. */
  function requireSetupToken(): MiddlewareHandler<Env> {
    return async (c, next) => {
      // The page has it in its address, the form among its fields.
      const token = c.req.method === "POST"
        ? textField(await c.req.parseBody(), "token")
        : c.req.query("token") ?? "";
      const claims = await deps.tokens.verify(token, {
        audience: "trainyard-setup",
        now: deps.now(),
      });
      if (!claims || await deps.users.any()) {
        throw new DomainError("forbidden", { key: "setup_link_invalid" });
      }
      await next();
    };
  }

  async function enter(c: Context<Env>, user: User): Promise<Response> {
    await setSessionCookie(deps, { c, token: await issueToken(deps, { user, c }) });
    return c.redirect("/projects", 303);
  }
}

/** Everything that was typed except the password. */
function typedAgain({ form, errors, notice }: Refusal): AccountForm {
  return {
    email: textField(form, "email"),
    full_name: textField(form, "full_name"),
    errors,
    notice,
  };
}
