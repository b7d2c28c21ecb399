import { every } from "hono/combine";
import { languageDetector } from "hono/language";
import type { MiddlewareHandler } from "hono";
import { en } from "../../i18n/en.ts";
import { ko } from "../../i18n/ko.ts";
import { LANGUAGES } from "../../i18n/messages.ts";
import type { Env } from "../env.ts";

export const LANGUAGE_COOKIE = "language";

/** Finds the reader's catalogue: what was chosen, else what the browser asks for, else Korean. */
export function readLanguage(): MiddlewareHandler<Env> {
  return every(
    languageDetector({
      order: ["cookie", "header"],
      lookupCookie: LANGUAGE_COOKIE,
      supportedLanguages: [...LANGUAGES],
      fallbackLanguage: "ko",
      caches: false,
    }),
    (async (c, next) => {
      c.set("messages", c.get("language") === "en" ? en : ko);
      await next();
    }) as MiddlewareHandler<Env>,
  );
}
