import { type Context, Hono } from "hono";
import { notFound } from "../../../domain/kernel/errors.ts";
import {
  createPersonalAccessToken,
  inDays,
  LIFETIME_DAYS,
  PersonalAccessTokenInput,
} from "../../../domain/access/token.ts";
import { endSession, listSessions } from "../../../domain/access/session.ts";
import { PasswordChange } from "../../../domain/access/user.ts";
import { LIFETIMES, type TokenForm } from "../../../../views/access/tokens.tsx";
import {
  type AccountSettings,
  AccountSettingsPage,
} from "../../../../views/access/account_settings.tsx";
import { renderPage } from "../../../../views/layout.tsx";
import { changeOwnPassword } from "../../middleware/auth.ts";
import { actorOf, changeOf } from "../../client.ts";
import type { AppDeps, Env } from "../../env.ts";
import { idParam } from "../../validate.ts";
import { pageContext, textField } from "../context.ts";
import { formValidator } from "../form.ts";

const EMPTY_TOKEN_FORM: TokenForm = {
  name: "",
  scope: "read",
  lifetime: String(LIFETIME_DAYS.default),
  expires_on: "",
  errors: {},
};

/** Entries of the audit log on the page. */
const SHOWN_ENTRIES = 20;

/** The account's own page: password, sessions, personal access tokens and recent activity. */
export function accountSettingsPages(deps: AppDeps): Hono<Env> {
  const pages = new Hono<Env>();

  pages.get("/", async (c) => c.html(await settingsPage(c)));

  pages.post(
    "/password",
    formValidator(PasswordChange, {
      show: (c, { errors, notice }) => settingsPage(c, { passwordForm: { errors, notice } }),
    }),
    async (c) => {
      await changeOwnPassword(deps, { input: c.req.valid("form"), c });
      return c.redirect("/account?done=password", 303);
    },
  );

  pages.post("/other-sessions/end", async (c) => {
    await deps.sessions.removeOthers(c.get("sessionId"), changeOf(deps, c));
    return c.redirect("/account?done=others", 303);
  });

  pages.post("/sessions/:id/end", async (c) => {
    await endSession(deps, { actor: actorOf(deps, c), handle: c.req.param("id") });
    return c.redirect("/account?done=session", 303);
  });

  // Answers with the page instead of a redirect, so that the token is kept nowhere. A reload creates
  // no second token: the name is taken.
  pages.post(
    "/tokens",
    formValidator(PersonalAccessTokenInput, {
      read: ({ name, scope, ...form }) => ({ name, scope, expires_at: expiry(form) }),
      show: (c, { form, errors }) => {
        return settingsPage(c, {
          tokenForm: {
            name: textField(form, "name"),
            scope: textField(form, "scope"),
            lifetime: textField(form, "lifetime"),
            expires_on: textField(form, "expires_on"),
            errors,
          },
        });
      },
    }),
    async (c) => {
      const { token, secret } = await createPersonalAccessToken(deps, {
        actor: actorOf(deps, c),
        input: c.req.valid("form"),
      });
      return c.html(await settingsPage(c, { newToken: { name: token.name, secret } }), 201);
    },
  );

  pages.post("/tokens/:id/revoke", async (c) => {
    const id = idParam(c, "personal_access_token");
    if (!await deps.accessTokens.remove(id, changeOf(deps, c))) {
      throw notFound("personal_access_token");
    }
    return c.redirect("/account?done=token", 303);
  });

  return pages;

  /** From the number of days that was chosen, else from the date field. */
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
}
