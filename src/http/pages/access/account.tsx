import { type Context, Hono } from "hono";
import { DomainError } from "../../../domain/kernel/errors.ts";
import { register } from "../../../domain/access/sign_in.ts";
import { LoginInput, RegisterInput, type User } from "../../../domain/access/user.ts";
import { say } from "../../../i18n/messages.ts";
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
import type { AppDeps, Env } from "../../env.ts";
import { toFailure } from "../../problem.ts";
import { parseInput } from "../../validate.ts";
import { localPath, messagesByField, pageContext, textField } from "../context.ts";

export function accountPages(deps: AppDeps): Hono<Env> {
  const account = new Hono<Env>();

  account.get("/login", (c) => c.html(loginPage(c, { form: { errors: {} } })));

  account.post("/login", async (c) => {
    const form = await c.req.parseBody();
    try {
      const input = parseInput(LoginInput, form);
      const { token } = await signIn(deps, { input, c });
      await setSessionCookie(deps, { c, token });
      return c.redirect(localPath(textField(form, "next")), 303);
    } catch (error) {
      return refuse(c, { error, form, page: loginPage });
    }
  });

  account.get("/signup", (c) => {
    requireOpenSignUp();
    return c.html(signUpPage(c, { form: { errors: {} } }));
  });

  account.post("/signup", async (c) => {
    requireOpenSignUp();
    const form = await c.req.parseBody();
    try {
      const input = parseInput(RegisterInput, form);
      await deps.signUpLimit.count(clientAddress(deps, c));
      return await enter(c, await register(deps, { input }));
    } catch (error) {
      return refuse(c, { error, form, page: signUpPage });
    }
  });

  account.get("/setup", async (c) => {
    const setupToken = c.req.query("token") ?? "";
    await requireSetupToken(setupToken);
    return c.html(signUpPage(c, { form: { errors: {} }, setupToken }));
  });

  account.post("/setup", async (c) => {
    const form = await c.req.parseBody();
    const setupToken = textField(form, "token");
    await requireSetupToken(setupToken);
    try {
      const input = parseInput(RegisterInput, form);
      return await enter(c, await register(deps, { input, onlyIfFirst: true }));
    } catch (error) {
      return refuse(c, { error, form, page: (c, { form }) => signUpPage(c, { form, setupToken }) });
    }
  });

  account.post("/logout", requireSession(deps), async (c) => {
    await deps.sessions.remove(c.get("sessionId"), changeOf(deps, c));
    clearSessionCookie(deps, c);
    return c.redirect("/login", 303);
  });

  return account;

  function loginPage(c: Context<Env>, { form, next }: { form: AccountForm; next?: string }) {
    const page = pageContext(deps, c);
    return renderPage(
      <LoginPage
        page={page}
        form={form}
        next={localPath(next ?? c.req.query("next"))}
        canSignUp={deps.config.signup === "open"}
        demo={deps.demoAccount}
      />,
    );
  }

  function signUpPage(
    c: Context<Env>,
    { form, setupToken }: { form: AccountForm; setupToken?: string },
  ) {
    const page = pageContext(deps, c);
    return renderPage(<SignUpPage page={page} form={form} setupToken={setupToken} />);
  }

  function requireOpenSignUp(): void {
    if (deps.config.signup === "open") return;
    throw new DomainError("forbidden", { key: "signup_closed" });
  }

  /** The link is good until it expires or the first account is there. */
  async function requireSetupToken(token: string): Promise<void> {
    const claims = await deps.tokens.verify(token, {
      audience: "trainyard-setup",
      now: deps.now(),
    });
    if (claims && !await deps.users.any()) return;
    throw new DomainError("forbidden", { key: "setup_link_invalid" });
  }

  async function enter(c: Context<Env>, user: User) {
    await setSessionCookie(deps, { c, token: await issueToken(deps, { user, c }) });
    return c.redirect("/projects", 303);
  }

  /** Shows the form again with what was wrong; the password is typed anew. */
  function refuse(c: Context<Env>, { error, form, page }: {
    error: unknown;
    form: Record<string, unknown>;
    page: (c: Context<Env>, options: { form: AccountForm; next: string }) => string;
  }) {
    if (!(error instanceof DomainError) || error.code === "unavailable") throw error;
    const messages = c.get("messages");
    const { status } = toFailure(deps, { thrown: error, c });
    const html = page(c, {
      next: textField(form, "next"),
      form: {
        email: textField(form, "email"),
        full_name: textField(form, "full_name"),
        errors: messagesByField(error, messages),
        notice: error.fields.length === 0 ? say(messages, error.problem) : undefined,
      },
    });
    if (error.problem.key === "too_many_tries") {
      c.header("Retry-After", String(error.problem.seconds));
    }
    return c.html(html, status === 400 ? 422 : status);
  }
}
