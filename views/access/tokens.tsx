import {
  latestExpiryDate,
  type PersonalAccessToken,
  SCOPES,
} from "../../src/domain/access/token.ts";
import { Age } from "../parts/age.tsx";
import { Field } from "../parts/field.tsx";
import type { PageContext } from "../page_context.ts";

/** Token lifetimes the form offers, in days. */
export const LIFETIMES = [7, 30, 90, 365] as const;

/** What the form shows: the rejected input, or the initial values. */
export interface TokenForm {
  name: string;
  scope: string;
  /** A number of days, or `date` for `expires_on`. */
  lifetime: string;
  expires_on: string;
  errors: Record<string, string>;
}

/** A token that was just created. */
export interface NewToken {
  name: string;
  secret: string;
}

interface AccessTokensProps {
  page: PageContext;
  tokens: PersonalAccessToken[];
  newToken: NewToken | undefined;
  form: TokenForm;
  /** The server's own origin, for the example. */
  origin: string;
}

/** An account's personal access tokens: the new one, the list, and the form that creates another.
 * An account's personal access tokens: the new one, the list, and the form that creates another. */
export function AccessTokens({ page, tokens, newToken, form, origin }: AccessTokensProps) {
  const { accountSettings: words } = page.messages;
  const refused = Object.keys(form.errors).length > 0;
  return (
    <section class="card stack" aria-labelledby="tokens">
      <div>
        <h2 id="tokens">{words.tokens}</h2>
        <p class="hint">{words.tokensHint}</p>
      </div>
      {newToken && <ShownToken page={page} token={newToken} origin={origin} />}
      {tokens.length > 0 && (
        <ul class="entries">
          {tokens.map((token) => <TokenEntry key={token.id} page={page} token={token} />)}
        </ul>
      )}
      <details class="plain" open={refused || tokens.length === 0}>
        <summary class="button">{words.newToken}</summary>
        <CreateForm page={page} form={form} />
      </details>
    </section>
  );
}

function ShownToken({ page, token: { name, secret }, origin }: {
  page: PageContext;
  token: NewToken;
  origin: string;
}) {
  const { accountSettings: words } = page.messages;
  const example = `TRAINYARD_TOKEN=${secret}
curl -H "Authorization: Bearer $TRAINYARD_TOKEN" \\
  ${origin}/api/v1/projects`;
  return (
    <div class="new-token">
      <h3 tabindex={-1} autofocus>{words.tokenCreated(name)}</h3>
      <p>{words.tokenOnce}</p>
      <p class="copyable">
        <code id="new-token">{secret}</code>
        <button type="button" data-copy="new-token" data-copied={words.copied}>
          {words.copy}
        </button>
      </p>
      <p class="hint">{words.tryIt}</p>
      <pre><code>{example}</code></pre>
    </div>
  );
}

function TokenEntry({ page, token }: { page: PageContext; token: PersonalAccessToken }) {
  const { accountSettings: words } = page.messages;
  const { name, scope, expires_at, last_used_at, last_used_address } = token;
  const expired = Date.parse(expires_at) <= page.now.getTime();
  const day = expires_at.slice(0, 10);
  return (
    <li>
      <div>
        <p>
          <strong>{name}</strong>
          <span class="mark">{words.scopes[scope]}</span>
        </p>
        <p class="facts">
          <span class={expired ? "warning" : undefined}>
            <time dateTime={expires_at}>{expired ? words.expired(day) : words.expires(day)}</time>
          </span>
          <span>
            {last_used_at
              ? (
                <>
                  {words.lastUsed} <Age page={page} at={last_used_at} />
                </>
              )
              : words.neverUsed}
          </span>
          {last_used_address && <span>{words.from(last_used_address)}</span>}
        </p>
      </div>
      <form method="post" action={`/account/tokens/${token.id}/revoke`}>
        <button type="submit" class="destructive" aria-label={words.revokeOf(name)}>
          {words.revoke}
        </button>
      </form>
    </li>
  );
}

function CreateForm({ page, form }: { page: PageContext; form: TokenForm }) {
  const { messages, now } = page;
  const { accountSettings: words } = messages;
  const { errors } = form;
  return (
    <form method="post" action="/account/tokens" class="stack token-form">
      <Field
        id="name"
        label={words.tokenName}
        hint={words.tokenNameHint}
        error={errors.name}
        focus={errors.name !== undefined}
        control={(attributes) => (
          <input
            {...attributes}
            name="name"
            required
            maxlength={100}
            autocomplete="off"
            value={form.name}
          />
        )}
      />
      <div class="columns">
        <Field
          id="scope"
          label={messages.fields.scope}
          error={errors.scope}
          control={(attributes) => (
            <select {...attributes} name="scope">
              {SCOPES.map((scope) => (
                <option key={scope} value={scope} selected={scope === form.scope}>
                  {words.scopes[scope]}
                </option>
              ))}
            </select>
          )}
        />
        <Field
          id="lifetime"
          label={words.lifetime}
          control={(attributes) => (
            <select {...attributes} name="lifetime">
              {LIFETIMES.map((days) => (
                <option key={days} value={days} selected={String(days) === form.lifetime}>
                  {words.days(days)}
                </option>
              ))}
              <option value="date" selected={form.lifetime === "date"}>{words.untilDate}</option>
            </select>
          )}
        />
        <div class="until">
          <Field
            id="expires_on"
            label={words.lastDay}
            error={errors.expires_at}
            focus={errors.name === undefined && errors.expires_at !== undefined}
            control={(attributes) => (
              <input
                {...attributes}
                name="expires_on"
                type="date"
                min={now.toISOString().slice(0, 10)}
                max={latestExpiryDate(now)}
                value={form.expires_on}
              />
            )}
          />
        </div>
      </div>
      <button type="submit" class="primary">{words.createToken}</button>
    </form>
  );
}
