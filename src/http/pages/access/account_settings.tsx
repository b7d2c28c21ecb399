import { type Context, Hono } from "hono";
import { DomainError, notFound } from "../../../domain/kernel/errors.ts";
import {
  createPersonalAccessToken,
  inDays,
  LIFETIME_DAYS,
  PersonalAccessTokenInput,
} from "../../../domain/access/token.ts";
import { endSession, listSessions } from "../../../domain/access/session.ts";
import { PasswordChange } from "../../../domain/access/user.ts";
import { say } from "../../../i18n/messages.ts";
import { LIFETIMES, type TokenForm } from "../../../../views/access/tokens.tsx";
import {
  type AccountSettings,
  AccountSettingsPage,
} from "../../../../views/access/account_settings.tsx";
import { renderPage } from "../../../../views/layout.tsx";
import { changeOwnPassword } from "../../middleware/auth.ts";
import { actorOf, changeOf } from "../../client.ts";
import type { AppDeps, Env } from "../../env.ts";
import { failureHeaders, toFailure } from "../../problem.ts";
import { idParam, parseInput } from "../../validate.ts";
import { messagesByField, pageContext, textField } from "../context.ts";

const EMPTY_TOKEN_FORM: TokenForm = {
  name: "",
  scope: "read",
  lifetime: String(LIFETIME_DAYS.default),
  expires_on: "",
  errors: {},
};

/** Of the audit log. */
const SHOWN_ENTRIES = 20;

export function accountSettingsPages(deps: AppDeps): Hono<Env> {
  const pages = new Hono<Env>();

  pages.get("/", async (c) => c.html(await settingsPage(c)));

  pages.post("/password", async (c) => {
    const form = await c.req.parseBody();
    try {
      await changeOwnPassword(deps, { input: parseInput(PasswordChange, form), c });
      return c.redirect("/account?done=password", 303);
    } catch (error) {
      return await refuse(c, {
        error,
        show: (errors, notice) => ({ passwordForm: { errors, notice } }),
      });
    }
  });

  pages.post("/other-sessions/end", async (c) => {
    await deps.sessions.removeOthers(c.get("sessionId"), changeOf(deps, c));
    return c.redirect("/account?done=others", 303);
  });

  pages.post("/sessions/:id/end", async (c) => {
    await endSession(deps, { actor: actorOf(deps, c), handle: c.req.param("id") });
    return c.redirect("/account?done=session", 303);
  });

  // Answered with the page itself: the token must not wait anywhere for a second request. A reload
  // makes no second token, as the name is taken.
  pages.post("/tokens", async (c) => {
    const form = await c.req.parseBody();
    try {
      const input = parseInput(PersonalAccessTokenInput, {
        name: form.name,
        scope: form.scope,
        expires_at: expiry(form),
      });
      const { token, secret } = await createPersonalAccessToken(deps, {
        actor: actorOf(deps, c),
        input,
      });
      return c.html(await settingsPage(c, { newToken: { name: token.name, secret } }), 201);
    } catch (error) {
      const typed = {
        name: textField(form, "name"),
        scope: textField(form, "scope"),
        lifetime: textField(form, "lifetime"),
        expires_on: textField(form, "expires_on"),
      };
      return await refuse(c, { error, show: (errors) => ({ tokenForm: { ...typed, errors } }) });
    }
  });

  pages.post("/tokens/:id/revoke", async (c) => {
    const id = idParam(c, "personal_access_token");
    if (!await deps.accessTokens.remove(id, changeOf(deps, c))) {
      throw notFound("personal_access_token");
    }
    return c.redirect("/account?done=token", 303);
  });

  return pages;

  /** A number of days from now on, or the date beside it. */
  function expiry(form: Record<string, unknown>): string {
    const days = LIFETIMES.find((days) => String(days) === form.lifetime);
    return days === undefined ? textField(form, "expires_on") : inDays(deps.now(), days);
  }

  async function settingsPage(
    c: Context<Env>,
    changes: Partial<AccountSettings> = {},
  ): Promise<string> {
    const user = c.get("user");
    const { done } = c.get("messages").accountSettings;
    const key = Object.keys(done).find((key) => key === c.req.query("done")) as keyof typeof done;
    const asker = { userId: user.id, currentId: c.get("sessionId") };
    const [sessions, tokens, activity] = await Promise.all([
      listSessions(deps, asker),
      deps.accessTokens.list(user.id),
      deps.auditLog.ofAccount({ userId: user.id, limit: SHOWN_ENTRIES }),
    ]);
    const settings: AccountSettings = {
      user,
      sessions,
      tokens,
      activity,
      origin: deps.config.publicOrigin ?? new URL(c.req.url).origin,
      done: done[key],
      passwordForm: { errors: {} },
      tokenForm: EMPTY_TOKEN_FORM,
      ...changes,
    };
    return renderPage(<AccountSettingsPage page={pageContext(deps, c)} settings={settings} />);
  }

  /** The page again with what was wrong; rethrows what no form can mend. */
  async function refuse(
    c: Context<Env>,
    { error, show }: {
      error: unknown;
      show: (errors: Record<string, string>, notice?: string) => Partial<AccountSettings>;
    },
  ): Promise<Response> {
    if (!(error instanceof DomainError) || error.code === "unavailable") throw error;
    const messages = c.get("messages");
    const notice = error.fields.length === 0 ? say(messages, error.problem) : undefined;
    const html = await settingsPage(c, show(messagesByField(error, messages), notice));
    const { status } = toFailure(deps, { thrown: error, c });
    return c.html(html, status === 400 ? 422 : status, failureHeaders(error));
  }
}
