import type { ComponentChildren, JSX } from "preact";
import { renderToString } from "preact-render-to-string";
import type { User } from "../src/domain/user.ts";
import type { Messages } from "../src/i18n/messages.ts";

/** What every page needs to know of the request it answers. */
export interface PageContext {
  messages: Messages;
  user: User | undefined;
  /** Path and query, to come back to after switching the language. */
  path: string;
  now: Date;
  asset: (name: string) => string;
}

/** A component's HTML, as a fragment. */
export function renderFragment(fragment: JSX.Element): string {
  return renderToString(fragment);
}

/** A whole document. */
export function renderPage(page: JSX.Element): string {
  return `<!doctype html>${renderToString(page)}`;
}

const HTMX_CONFIG = JSON.stringify({ includeIndicatorCSS: false });

export function Layout({ page, title, trail = [], children }: {
  page: PageContext;
  title: string;
  /** The way from the home page to here. */
  trail?: { label: string; href?: string }[];
  children: ComponentChildren;
}) {
  const { messages, user, asset } = page;
  return (
    <html lang={messages.language}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="htmx-config" content={HTMX_CONFIG} />
        <title>{`${title} · Trainyard`}</title>
        <link rel="icon" href={asset("favicon.svg")} />
        <link rel="stylesheet" href={asset("app.css")} />
        <script src={asset("vendor/htmx-4.0.1.min.js")} defer />
        <script src={asset("app.js")} defer />
      </head>
      <body data-offline={messages.page.offline}>
        <a class="skip" href="#main">{messages.page.skip}</a>
        <header class="bar">
          <nav class="trail" aria-label="Trainyard">
            <a class="brand" href="/">
              <Mark />
              <span>Trainyard</span>
            </a>
            {trail.map(({ label, href }) => (
              <span class="step">{href ? <a href={href}>{label}</a> : label}</span>
            ))}
          </nav>
          <LanguageSwitch page={page} />
          {user && (
            <form method="post" action="/logout" class="account">
              <span class="who">{user.full_name ?? user.email}</span>
              <button type="submit" class="quiet">{messages.account.signOut}</button>
            </form>
          )}
        </header>
        <main id="main">{children}</main>
        <div id="toasts" role="status" aria-live="polite" />
      </body>
    </html>
  );
}

/** Two rails meeting at a switch. */
function Mark() {
  return (
    <svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true">
      <path
        d="M5 21V3M5 15c0-6 12-3 12-12M12 21v-6"
        fill="none"
        stroke="currentColor"
        stroke-width="2.6"
        stroke-linecap="round"
      />
      <circle cx="17" cy="19" r="2.6" fill="currentColor" />
    </svg>
  );
}

function LanguageSwitch({ page: { messages, path } }: { page: PageContext }) {
  return (
    <form method="post" action="/language" class="languages" aria-label={messages.page.language}>
      <input type="hidden" name="next" value={path} />
      {([["ko", "KO", "한국어"], ["en", "EN", "English"]] as const).map(([code, short, name]) => (
        <button
          type="submit"
          name="language"
          value={code}
          lang={code}
          aria-label={`${short} ${name}`}
          aria-pressed={messages.language === code ? "true" : "false"}
        >
          {short}
        </button>
      ))}
    </form>
  );
}
