import { Layout } from "./layout.tsx";
import type { PageContext } from "./page_context.ts";

/** One API call, taken from the OpenAPI document. */
export interface ApiCall {
  id: string;
  tag: string;
  method: string;
  path: string;
  summary: string;
  description: string;
  /** Needs no token. */
  isOpen: boolean;
  parameters: (Member & { in: string })[];
  body: SchemaNode | undefined;
  answers: {
    status: string;
    description: string;
    headers: string[];
    schema: SchemaNode | undefined;
  }[];
  curl: string;
}

interface Member {
  name: string;
  required?: boolean;
  schema: SchemaNode;
}

/** The JSON Schema keywords that the page shows. */
export interface SchemaNode {
  $ref?: string;
  type?: string | string[];
  format?: string;
  const?: unknown;
  enum?: unknown[];
  items?: SchemaNode;
  anyOf?: SchemaNode[];
  properties?: Record<string, SchemaNode>;
  required?: string[];
  description?: string;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  minLength?: number;
  maxLength?: number;
}

/** The OpenAPI document as a page: each call with parameters, body, responses and an example. */
export function ApiReferencePage({ page, version, description, groups, schemas }: {
  page: PageContext;
  version: string;
  description: string;
  groups: { name: string; description: string; calls: ApiCall[] }[];
  schemas: Record<string, SchemaNode>;
}) {
  const { reference } = page.messages;
  return (
    <Layout page={page} title={reference.title}>
      <div class="reference">
        <nav class="contents" aria-label={reference.calls}>
          {groups.map(({ name, calls }) => (
            <>
              <strong lang="en">{name}</strong>
              <ul>
                {calls.map((call) => (
                  <li>
                    <a href={`#${call.id}`} lang="en">
                      <Method call={call} /> {call.path}
                    </a>
                  </li>
                ))}
              </ul>
            </>
          ))}
          <strong>{reference.schemas}</strong>
          <ul>
            {Object.keys(schemas).map((name) => (
              <li>
                <a href={`#schema-${name}`} lang="en">{name}</a>
              </li>
            ))}
          </ul>
        </nav>
        <div class="calls">
          <header>
            <h1>{`${reference.title} ${version}`}</h1>
            <div lang="en">
              {description.split("\n\n").map((text) => <Prose key={text} text={text} />)}
            </div>
            <p>
              <a href="/api/v1/openapi.json">{reference.download}</a>
            </p>
          </header>
          {groups.map(({ name, description, calls }) => (
            <section>
              <h2 lang="en">{name}</h2>
              <p class="lead" lang="en">{description}</p>
              {calls.map((call) => <Call key={call.id} page={page} call={call} />)}
            </section>
          ))}
          <section>
            <h2>{reference.schemas}</h2>
            {Object.entries(schemas).map(([name, schema]) => (
              <article class="card" id={`schema-${name}`}>
                <h3 lang="en">{name}</h3>
                {schema.description && <Prose text={schema.description} />}
                <Members page={page} members={membersOf(schema)} />
              </article>
            ))}
          </section>
        </div>
      </div>
    </Layout>
  );
}

function Call({ page, call }: { page: PageContext; call: ApiCall }) {
  const { reference } = page.messages;
  return (
    <article class="card" id={call.id}>
      <h3 lang="en">{call.summary}</h3>
      <p class="address">
        <Method call={call} /> <code>{call.path}</code>
        {call.isOpen && <span class="hint">{reference.open}</span>}
      </p>
      {call.description && <Prose text={call.description} />}
      {call.parameters.length > 0 && (
        <>
          <h4>{reference.parameters}</h4>
          <Members page={page} members={call.parameters} />
        </>
      )}
      {call.body && (
        <>
          <h4>{reference.body}</h4>
          <p>
            <Type schema={call.body} />
          </p>
        </>
      )}
      <h4>{reference.answers}</h4>
      <dl lang="en">
        {call.answers.map(({ status, description, headers, schema }) => (
          <div>
            <dt>
              <code>{status}</code> {schema && <Type schema={schema} />}
            </dt>
            <dd>
              <Prose text={description} />
              <span class="hint">{headers.join(", ")}</span>
            </dd>
          </div>
        ))}
      </dl>
      <h4>{reference.example}</h4>
      <pre
        class="command"
        tabindex={0}
        aria-label={`${reference.example}: ${call.summary}`}
      ><code>{call.curl}</code></pre>
    </article>
  );
}

function Method({ call: { method } }: { call: ApiCall }) {
  return <span class={`method ${method.toLowerCase()}`}>{method}</span>;
}

function Members({ page, members }: { page: PageContext; members: (Member & { in?: string })[] }) {
  if (members.length === 0) return null;
  return (
    <dl lang="en">
      {members.map(({ name, required, schema, in: place }) => (
        <div>
          <dt>
            <code>{name}</code>
            {required && <span class="required">{page.messages.reference.required}</span>}
          </dt>
          <dd>
            <span class="hint">
              {place && `${place} · `}
              <Type schema={schema} />
              {limits(schema)}
            </span>
            {schema.description && <Prose text={schema.description} />}
            <Members page={page} members={membersOf(schema.items ?? schema)} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function membersOf({ properties = {}, required = [] }: SchemaNode): Member[] {
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    schema,
    required: required.includes(name),
  }));
}

/** A short form of a schema's type; a named schema is a link to its description. */
function Type({ schema }: { schema: SchemaNode }) {
  if (schema.$ref) {
    const name = schema.$ref.split("/").at(-1);
    return <a href={`#schema-${name}`}>{name}</a>;
  }
  if (schema.items) {
    return (
      <>
        {schema.items.enum
          ? (
            <>
              (<Type schema={schema.items} />)
            </>
          )
          : <Type schema={schema.items} />}[]
      </>
    );
  }
  // Shows `{ items: Model[] }` rather than `object`.
  if (schema.properties?.items) {
    return (
      <>
        {"{ items: "}
        <Type schema={schema.properties.items} />
        {" }"}
      </>
    );
  }
  const values = schema.enum ?? (schema.const === undefined ? undefined : [schema.const]);
  if (values) return <>{values.map((value) => JSON.stringify(value)).join(" | ")}</>;
  if (schema.anyOf) {
    return (
      <>
        {schema.anyOf.map((one, index) => (
          <>
            {index > 0 && " | "}
            <Type schema={one} />
          </>
        ))}
      </>
    );
  }
  const type = [schema.type ?? "any"].flat().join(" | ");
  return <>{schema.format ? `${type} (${schema.format})` : type}</>;
}

/** Range, length and default, where given: ` · ≥ 1 · ≤ 1000 · default 50`. */
function limits(schema: SchemaNode): string {
  const { minimum, maximum, exclusiveMinimum, minLength = 0, maxLength } = schema;
  const range = [
    exclusiveMinimum !== undefined && `> ${exclusiveMinimum}`,
    minimum !== undefined && `≥ ${minimum}`,
    maximum !== undefined && `≤ ${maximum}`,
    maxLength !== undefined && `${minLength}…${maxLength} characters`,
    schema.default !== undefined && `default ${JSON.stringify(schema.default)}`,
  ].filter(Boolean);
  return range.map((text) => ` · ${text}`).join("");
}

/** English text from the document, with \`code\` in backticks rendered as code. */
function Prose({ text }: { text: string }) {
  return (
    <p lang="en">
      {text.split("`").map((part, index) => index % 2 ? <code key={index}>{part}</code> : part)}
    </p>
  );
}
