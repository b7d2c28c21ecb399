import { Layout } from "./layout.tsx";
import type { PageContext } from "./page_context.ts";

export function ErrorPage({ page, title, hint, requestId }: {
  page: PageContext;
  title: string;
  hint: string;
  requestId: string | undefined;
}) {
  const { messages } = page;
  return (
    <Layout page={page} title={title}>
      <section class="card entry">
        <h1>{title}</h1>
        <p class="lead">{hint}</p>
        <p>
          <a class="button" href="/">{messages.page.home}</a>
        </p>
        {requestId && (
          <p class="hint">
            {messages.page.requestId} <code>{requestId}</code>
          </p>
        )}
      </section>
    </Layout>
  );
}
