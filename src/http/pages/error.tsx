import type { Context } from "hono";
import { en } from "../../i18n/en.ts";
import { type Messages, say } from "../../i18n/messages.ts";
import { ErrorPage } from "../../../views/error.tsx";
import { renderPage } from "../../../views/layout.tsx";
import type { AppDeps, Env } from "../env.ts";
import { type Failure, failureHeaders, toFailure } from "../problem.ts";
import { pageContext, triggerHeader, wantsFragment } from "./context.ts";
import { refusedForm } from "./form.ts";

/** A refused form again where the error can be corrected, else an error page. */
export async function failurePage(
  deps: AppDeps,
  { c, failure }: { c: Context<Env>; failure: Failure },
): Promise<Response> {
  try {
    return await refusedForm(c, failure) ?? await errorPage(deps, { c, failure });
  } catch (thrown) {
    // Showing the form failed: its project may be gone.
    if (!(thrown instanceof Error)) throw thrown;
    return await errorPage(deps, { c, failure: toFailure(deps, { thrown, c }) });
  }
}

/** An error page or, for htmx, a toast that leaves the page unchanged. */
function errorPage(
  deps: AppDeps,
  { c, failure }: { c: Context<Env>; failure: Failure },
): Response | Promise<Response> {
  const { status, error } = failure;
  // English where no middleware has set the language yet.
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
