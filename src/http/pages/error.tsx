import type { Context } from "hono";
import { en } from "../../i18n/en.ts";
import { type Messages, say } from "../../i18n/messages.ts";
import { ErrorPage } from "../../../views/error.tsx";
import { renderPage } from "../../../views/layout.tsx";
import type { AppDeps, Env } from "../env.ts";
import { type Failure, failureHeaders } from "../problem.ts";
import { pageContext, triggerHeader, wantsFragment } from "./context.ts";

/** A failure as a page or, for htmx, as a toast that leaves the page as it is. */
export function errorPage(
  deps: AppDeps,
  { c, failure }: { c: Context<Env>; failure: Failure },
): Response | Promise<Response> {
  const { status, error } = failure;
  // What fails before the language is known (a body over the limit) is told in English.
  const messages = c.get("messages") ?? en;
  c.set("messages", messages);
  const detail = say(messages, error?.problem ?? { key: "internal" });
  const headers = { ...failureHeaders(error), Vary: "HX-Request" };
  if (wantsFragment(c)) {
    return c.body(null, status, {
      ...headers,
      "HX-Reswap": "none",
      "HX-Trigger": triggerHeader({ toast: { message: detail, kind: "error" } }),
    });
  }
  const page = pageContext(deps, c);
  const { title, hint } = words(messages, { status, detail });
  const requestId = status >= 500 ? c.get("requestId") : undefined;
  return c.html(
    renderPage(<ErrorPage page={page} title={title} hint={hint} requestId={requestId} />),
    status,
    headers,
  );
}

function words(
  { page }: Messages,
  { status, detail }: { status: number; detail: string },
): { title: string; hint: string } {
  if (status === 404) return { title: page.notFound, hint: page.notFoundHint };
  if (status === 403) return { title: page.forbidden, hint: detail };
  if (status === 429) return { title: page.tooMany, hint: detail };
  if (status === 503) return { title: page.unavailable, hint: page.unavailableHint };
  return { title: page.broken, hint: status === 500 ? page.brokenHint : detail };
}
