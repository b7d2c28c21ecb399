import type { AuditEntry } from "../../src/domain/access/audit.ts";
import type { PersonalAccessToken } from "../../src/domain/access/token.ts";
import type { ShownSession } from "../../src/domain/access/session.ts";
import type { User } from "../../src/domain/access/user.ts";
import { AccessTokens, type NewToken, type TokenForm } from "./tokens.tsx";
import { AuditEntries } from "./activity.tsx";
import { clientName } from "./client_name.ts";
import { Age } from "../parts/age.tsx";
import { Field } from "../parts/field.tsx";
import { Layout } from "../layout.tsx";
import type { PageContext } from "../page_context.ts";

export interface AccountSettings {
  user: User;
  sessions: ShownSession[];
  tokens: PersonalAccessToken[];
  /** The account's latest audit entries, newest first. */
  activity: AuditEntry[];
  /** The server's own origin, for the example command. */
  origin: string;
  /** Confirms the action that led here. */
  done?: string | undefined;
  passwordForm: { errors: Record<string, string>; notice?: string | undefined };
  tokenForm: TokenForm;
  /** Set only in the response that creates the token. */
  newToken?: NewToken | undefined;
}

export function AccountSettingsPage({ page, settings }: {
  page: PageContext;
  settings: AccountSettings;
}) {
  const { accountSettings: words } = page.messages;
  const { user, done } = settings;
  return (
    <Layout page={page} title={words.title} trail={[{ label: words.title }]}>
      <div class="sheet">
        <div>
          <h1>{words.title}</h1>
          <p class="facts">
            {user.full_name && <span>{user.full_name}</span>}
            <span>{user.email}</span>
            <span>{words.since(user.created_at.slice(0, 10))}</span>
          </p>
        </div>
        {done && <p class="notice done" role="status">{done}</p>}
        <AccessTokens
          page={page}
          tokens={settings.tokens}
          newToken={settings.newToken}
          form={settings.tokenForm}
          origin={settings.origin}
        />
        <Sessions page={page} sessions={settings.sessions} />
        <Password page={page} settings={settings} />
        <Activity page={page} entries={settings.activity} />
      </div>
    </Layout>
  );
}

function Activity({ page, entries }: { page: PageContext; entries: AuditEntry[] }) {
  const { activity: words } = page.messages;
  return (
    <section class="card stack" aria-labelledby="activity">
      <div>
        <h2 id="activity">{words.ofAccount}</h2>
        <p class="hint">{words.ofAccountHint}</p>
      </div>
      {entries.length > 0 && <AuditEntries page={page} entries={entries} />}
    </section>
  );
}

function Sessions({ page, sessions }: { page: PageContext; sessions: ShownSession[] }) {
  const { accountSettings: words } = page.messages;
  return (
    <section class="card stack" aria-labelledby="sessions">
      <div>
        <h2 id="sessions">{words.sessions}</h2>
        <p class="hint">{words.sessionsHint}</p>
      </div>
      <ul class="entries">
        {sessions.map((session) => <SessionEntry key={session.id} page={page} session={session} />)}
      </ul>
      {sessions.length > 1 && (
        <form method="post" action="/account/other-sessions/end">
          <button type="submit" class="destructive">{words.endOthers}</button>
        </form>
      )}
    </section>
  );
}

function SessionEntry({ page, session }: { page: PageContext; session: ShownSession }) {
  const { accountSettings: words } = page.messages;
  const name = clientName(session.user_agent) ?? words.unknownClient;
  return (
    <li>
      <div>
        <p>
          <strong title={session.user_agent ?? undefined}>{name}</strong>
          {session.current && <span class="mark">{words.thisSession}</span>}
        </p>
        <p class="facts">
          <span>
            {words.signedIn} <Age page={page} at={session.created_at} />
          </span>
          <span>
            {words.lastSeen} <Age page={page} at={session.last_seen_at} />
          </span>
          {session.address && <span>{words.from(session.address)}</span>}
        </p>
      </div>
      {!session.current && (
        <form method="post" action={`/account/sessions/${session.id}/end`}>
          <button type="submit" aria-label={words.endSessionOf(name)}>{words.endSession}</button>
        </form>
      )}
    </li>
  );
}

function Password({ page, settings }: { page: PageContext; settings: AccountSettings }) {
  const { messages } = page;
  const { accountSettings: words } = messages;
  const { errors, notice } = settings.passwordForm;
  return (
    <section class="card stack" aria-labelledby="password">
      <div>
        <h2 id="password">{words.password}</h2>
        <p class="hint">{words.passwordHint}</p>
      </div>
      <form method="post" action="/account/password" class="stack">
        {notice && <p class="notice" role="alert">{notice}</p>}
        {/* Tells password managers which account's password changes. */}
        <input
          hidden
          readonly
          name="username"
          autocomplete="username"
          value={settings.user.email}
        />
        <Field
          id="current_password"
          label={messages.fields.current_password}
          error={errors.current_password}
          focus={notice !== undefined || errors.current_password !== undefined}
          control={(attributes) => (
            <input
              {...attributes}
              name="current_password"
              type="password"
              autocomplete="current-password"
              required
              maxlength={256}
            />
          )}
        />
        <Field
          id="new_password"
          label={messages.fields.new_password}
          hint={messages.account.passwordHint}
          error={errors.new_password}
          focus={errors.current_password === undefined && errors.new_password !== undefined}
          control={(attributes) => (
            <input
              {...attributes}
              name="new_password"
              type="password"
              autocomplete="new-password"
              required
              minlength={8}
              maxlength={256}
            />
          )}
        />
        <button type="submit" class="primary">{words.passwordSubmit}</button>
      </form>
    </section>
  );
}
