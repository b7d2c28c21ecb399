import { THEMES } from "../../src/i18n/messages.ts";
import type { PageContext } from "../page_context.ts";
import { Menu } from "./menu.tsx";

/** The top bar: breadcrumb, sections, language, theme, account. */
export function Header({ page, trail }: {
  page: PageContext;
  trail: { label: string; href?: string }[];
}) {
  return (
    <header class="bar">
      <nav class="trail" aria-label={page.messages.page.trail}>
        <a class="brand" href="/">
          <Mark />
          <span>Trainyard</span>
        </a>
        {trail.map(({ label, href }) => (
          <span class="step">{href ? <a href={href}>{label}</a> : label}</span>
        ))}
      </nav>
      {page.user && <Sections page={page} />}
      <LanguageSwitch page={page} />
      <ThemeMenu page={page} />
      <AccountMenu page={page} />
    </header>
  );
}

function Sections({ page: { messages, path } }: { page: PageContext }) {
  const sections = [
    { href: "/projects", label: messages.projects.title },
    { href: "/datasets", label: messages.datasets.title },
    { href: "/models", label: messages.models.title },
  ];
  return (
    <nav class="sections" aria-label={messages.page.sections}>
      {sections.map(({ href, label }) => (
        <a href={href} aria-current={path.startsWith(href) ? "true" : undefined}>{label}</a>
      ))}
    </nav>
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

function ThemeMenu({ page: { messages, path, theme } }: { page: PageContext }) {
  const { theme: label, themes } = messages.page;
  return (
    <Menu id="theme-menu" label={label} button={<HalfMoon />}>
      <form method="post" action="/theme" hx-post="/theme" hx-swap="none">
        <input type="hidden" name="next" value={path} />
        {THEMES.map((name) => (
          <button
            type="submit"
            role="menuitemradio"
            name="theme"
            value={name}
            aria-checked={name === theme ? "true" : "false"}
          >
            {themes[name]}
          </button>
        ))}
      </form>
    </Menu>
  );
}

function AccountMenu({ page: { messages, user } }: { page: PageContext }) {
  if (!user) return null;
  const name = user.full_name ?? user.email;
  return (
    <Menu
      id="account-menu"
      label={`${name} · ${messages.page.account}`}
      button={<span class="who">{name} ▾</span>}
    >
      <a role="menuitem" href="/account">{messages.accountSettings.title}</a>
      <a role="menuitem" href="/api/docs">{messages.reference.title}</a>
      <form method="post" action="/logout">
        <button type="submit" role="menuitem">{messages.account.signOut}</button>
      </form>
    </Menu>
  );
}

/** The logo: two rails meeting at a switch. */
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

function HalfMoon() {
  return (
    <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
      <circle cx="10" cy="10" r="7.2" fill="none" stroke="currentColor" stroke-width="1.6" />
      <path d="M10 2.8a7.2 7.2 0 0 1 0 14.4z" fill="currentColor" />
    </svg>
  );
}
