import { type Context, Hono, type MiddlewareHandler } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { languageDetector } from "hono/language";
import { every } from "hono/combine";
import { z } from "zod";
import { en } from "../../i18n/en.ts";
import { ko } from "../../i18n/ko.ts";
import { LANGUAGES, THEMES } from "../../i18n/messages.ts";
import type { AppDeps, Env } from "../env.ts";
import { cookieOptions } from "../https.ts";
import { triggerHeader, wantsFragment } from "./context.ts";
import { formValidator, NextPath } from "./form.ts";

const LANGUAGE_COOKIE = "language";
const THEME_COOKIE = "theme";
const A_YEAR = 365 * 24 * 60 * 60;

/** Sets `messages` and `theme`: from the reader's cookies, else the language from `Accept-Language`. */
export function readPreferences(deps: AppDeps): MiddlewareHandler<Env> {
  const { prefix } = cookieOptions(deps);
  return every(
    languageDetector({
      order: ["cookie", "header"],
      lookupCookie: prefix ? `__Host-${LANGUAGE_COOKIE}` : LANGUAGE_COOKIE,
      supportedLanguages: [...LANGUAGES],
      fallbackLanguage: "ko",
      caches: false,
    }),
    async (c: Context<Env>, next) => {
      c.set("messages", c.get("language") === "en" ? en : ko);
      c.set(
        "theme",
        THEMES.find((theme) => theme === getCookie(c, THEME_COOKIE, prefix)) ?? "auto",
      );
      await next();
    },
  );
}

// Unknown values fall back instead of being refused: there is no form to show again.
const LanguageInput = z.object({ language: z.enum(LANGUAGES).catch("ko"), next: NextPath });
const ThemeInput = z.object({ theme: z.enum(THEMES).catch("auto"), next: NextPath });

/** The switches for language and theme, signed in or not. */
export function preferencePages(deps: AppDeps): Hono<Env> {
  const pages = new Hono<Env>();

  pages.post("/language", formValidator(LanguageInput), (c) => {
    const { language, next } = c.req.valid("form");
    remember(c, { name: LANGUAGE_COOKIE, value: language });
    return c.redirect(next, 303);
  });

  pages.post("/theme", formValidator(ThemeInput), (c) => {
    const { theme, next } = c.req.valid("form");
    remember(c, { name: THEME_COOKIE, value: theme });
    if (!wantsFragment(c)) return c.redirect(next, 303);
    return c.body(null, 204, { "HX-Trigger": triggerHeader({ theme: { theme } }) });
  });

  return pages;

  function remember(c: Context<Env>, { name, value }: { name: string; value: string }): void {
    setCookie(c, name, value, {
      ...cookieOptions(deps),
      httpOnly: true,
      sameSite: "Lax",
      path: "/",
      maxAge: A_YEAR,
    });
  }
}
