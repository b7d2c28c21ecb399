import type { Messages } from "../../src/i18n/messages.ts";
import { Field } from "../parts/field.tsx";
import { Layout } from "../layout.tsx";
import type { PageContext } from "../page_context.ts";

/** What a rejected form shows again. */
export interface AccountForm {
  email?: string;
  full_name?: string;
  /** Messages by field. */
  errors: Record<string, string>;
  /** A message that belongs to no field. */
  notice?: string | undefined;
}

export function LoginPage({ page, form, next, canSignUp, demo }: {
  page: PageContext;
  form: AccountForm;
  next: string;
  canSignUp: boolean;
  demo: { email: string; password: string } | undefined;
}) {
  const { account } = page.messages;
  return (
    <Layout page={page} title={account.signIn}>
      <section class="card entry">
        <h1>{account.signIn}</h1>
        <p class="lead">{account.tagline}</p>
        <form method="post" action="/login" class="stack">
          <input type="hidden" name="next" value={next} />
          <Notice form={form} />
          <EmailField messages={page.messages} form={form} />
          <PasswordField messages={page.messages} form={form} autocomplete="current-password" />
          <button type="submit" class="primary">{account.signIn}</button>
        </form>
        {demo && (
          <form method="post" action="/login" class="stack">
            <input type="hidden" name="next" value={next} />
            <input type="hidden" name="email" value={demo.email} />
            <input type="hidden" name="password" value={demo.password} />
            <button type="submit">{account.signInDemo}</button>
          </form>
        )}
        {canSignUp && (
          <p class="hint">
            {account.noAccount} <a href="/signup">{account.signUp}</a>
          </p>
        )}
      </section>
    </Layout>
  );
}

/** The sign-up page; with a `setupToken`, the page that creates the first account. */
export function SignUpPage({ page, form, setupToken }: {
  page: PageContext;
  form: AccountForm;
  setupToken?: string | undefined;
}) {
  const { messages } = page;
  const { account } = messages;
  const title = setupToken ? account.setUp : account.signUp;
  return (
    <Layout page={page} title={title}>
      <section class="card entry">
        <h1>{title}</h1>
        <p class="lead">{setupToken ? account.setUpIntro : account.tagline}</p>
        <form method="post" action={setupToken ? "/setup" : "/signup"} class="stack">
          {setupToken && <input type="hidden" name="token" value={setupToken} />}
          <Notice form={form} />
          <EmailField messages={messages} form={form} />
          <PasswordField
            messages={messages}
            form={form}
            autocomplete="new-password"
            hint={account.passwordHint}
          />
          <Field
            id="full_name"
            label={account.fullNameOptional}
            error={form.errors.full_name}
            control={(attributes) => (
              <input
                {...attributes}
                name="full_name"
                autocomplete="name"
                maxlength={100}
                value={form.full_name}
              />
            )}
          />
          <button type="submit" class="primary">{account.signUp}</button>
        </form>
        {!setupToken && (
          <p class="hint">
            {account.haveAccount} <a href="/login">{account.signIn}</a>
          </p>
        )}
      </section>
    </Layout>
  );
}

function Notice({ form }: { form: AccountForm }) {
  return form.notice ? <p class="notice" role="alert">{form.notice}</p> : null;
}

function EmailField({ messages, form }: { messages: Messages; form: AccountForm }) {
  return (
    <Field
      id="email"
      label={messages.fields.email}
      error={form.errors.email}
      focus={form.errors.password === undefined}
      control={(attributes) => (
        <input
          {...attributes}
          name="email"
          type="email"
          autocomplete="username"
          required
          maxlength={254}
          value={form.email}
        />
      )}
    />
  );
}

function PasswordField({ messages, form, autocomplete, hint }: {
  messages: Messages;
  form: AccountForm;
  autocomplete: "current-password" | "new-password";
  hint?: string;
}) {
  return (
    <Field
      id="password"
      label={messages.fields.password}
      hint={hint}
      error={form.errors.password}
      focus={form.errors.password !== undefined}
      control={(attributes) => (
        <div class="password">
          <input
            {...attributes}
            name="password"
            type="password"
            autocomplete={autocomplete}
            required
            maxlength={256}
          />
          <button
            type="button"
            class="quiet"
            hidden
            data-reveals={attributes.id}
            aria-pressed="false"
            aria-label={messages.account.showPassword}
          >
            <Eye />
          </button>
        </div>
      )}
    />
  );
}

function Eye() {
  return (
    <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">
      <path
        d="M2 12s3.6-6.5 10-6.5S22 12 22 12s-3.6 6.5-10 6.5S2 12 2 12z"
        fill="none"
        stroke="currentColor"
        stroke-width="1.7"
      />
      <circle cx="12" cy="12" r="3" fill="currentColor" />
      <path class="closed" d="M4 20 20 4" stroke="currentColor" stroke-width="1.7" />
    </svg>
  );
}
