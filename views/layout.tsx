import type { ComponentChildren, JSX } from "preact";
import { renderToString } from "preact-render-to-string";
import type { PageContext } from "./page_context.ts";
import { Header } from "./parts/header.tsx";

/** Renders a part of a page. */
export function renderFragment(fragment: JSX.Element): string {
  return renderToString(fragment);
}

/** Renders a whole HTML document. */
export function renderPage(page: JSX.Element): string {
  return `<!doctype html>${renderToString(page)}`;
}

const HTMX_CONFIG = JSON.stringify({
  // htmx would add an inline style sheet, which the Content-Security-Policy forbids.
  includeIndicatorCSS: false,
  // Errors leave the page unchanged; forms choose the target of a 422 themselves (`hx-status`).
  noSwap: [204, 304, "4xx", "5xx"],
});

export function Layout({ page, title, trail = [], children }: {
  page: PageContext;
  title: string;
  /** The breadcrumb below the home page. */
  trail?: { label: string; href?: string }[];
  children: ComponentChildren;
}) {
  const { messages, theme, asset } = page;
  return (
    <html lang={messages.language} data-theme={theme}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content={theme === "auto" ? "light dark" : theme} />
        <meta name="htmx-config" content={HTMX_CONFIG} />
        <title>{`${title} · Trainyard`}</title>
        <link rel="icon" href={asset("favicon.svg")} />
        <link rel="stylesheet" href={asset("app.css")} />
        <script src={asset("vendor/htmx-4.0.1.min.js")} defer />
        <script src={asset("app.js")} defer />
      </head>
      <body data-offline={messages.page.offline}>
        <a class="skip" href="#main">{messages.page.skip}</a>
        <Header page={page} trail={trail} />
        <main id="main">{children}</main>
        <div id="toasts" role="status" aria-live="polite" />
      </body>
    </html>
  );
}
