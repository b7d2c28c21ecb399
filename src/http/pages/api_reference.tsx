import { Hono } from "hono";
import { type ApiCall, ApiReferencePage, type SchemaNode } from "../../../views/api_reference.tsx";
import { renderPage } from "../../../views/layout.tsx";
import type { ApiDocument } from "../api/document.ts";
import type { AppDeps, Env } from "../env.ts";
import { pageContext } from "./context.ts";
import { readPreferences } from "./preferences.ts";

/** The API's document as a page to read; it says nothing private. */
export function apiReference(
  deps: AppDeps,
  { document }: { document: () => ApiDocument },
): Hono<Env> {
  const reference = new Hono<Env>();

  reference.get("/", readPreferences(deps), (c) => {
    c.header("Cache-Control", "no-store");
    const { info, tags = [], components, servers = [] } = document();
    const server = new URL(servers[0]!.url, c.req.url).href;
    const calls = listCalls(document(), server);
    return c.html(renderPage(
      <ApiReferencePage
        page={pageContext(deps, c)}
        version={info.version}
        description={info.description ?? ""}
        groups={tags.map(({ name, description }) => ({
          name,
          description: description ?? "",
          calls: calls.filter(({ tag }) => tag === name),
        }))}
        schemas={(components?.schemas ?? {}) as Record<string, SchemaNode>}
      />,
    ));
  });

  return reference;
}

// deno-lint-ignore no-explicit-any -- the document is our own, and a reference may stand anywhere
type Node = any;

/** Every call of the document, its references to parameters, answers and headers followed. */
function listCalls(document: ApiDocument, server: string): ApiCall[] {
  return Object.entries<Node>(document.paths ?? {}).flatMap(([path, item]) =>
    Object.entries<Node>(item).map(([method, operation]) => {
      const content = operation.requestBody?.content["application/json"];
      const isOpen = operation.security?.length === 0;
      return {
        id: operation.operationId,
        tag: operation.tags[0],
        method: method.toUpperCase(),
        path,
        summary: operation.summary,
        description: operation.description ?? "",
        isOpen,
        parameters: operation.parameters ?? [],
        body: content?.schema,
        answers: Object.entries<Node>(operation.responses).map(([status, response]) => {
          const { description, headers = {}, content = {} } = follow(document, response);
          const [type] = Object.keys(content);
          return {
            status,
            description,
            headers: Object.keys(headers),
            schema: type && content[type].schema,
          };
        }),
        curl: curl({
          method,
          url: server + example(path, operation.parameters),
          isOpen,
          body: content?.example,
        }),
      };
    })
  );
}

function follow(document: ApiDocument, node: Node): Node {
  if (!node.$ref) return node;
  return node.$ref.slice(2).split("/").reduce((value: Node, name: string) => value[name], document);
}

/** A path as somebody would ask for it. */
function example(path: string, parameters: Node[] = []): string {
  if (path === "/datasets/inspect") return `${path}?path=seg-coco8`;
  return path.replace(
    /\{(\w+)\}/,
    (_, name) => parameters.find((parameter) => parameter.name === name).schema.example,
  );
}

function curl(
  { method, url, isOpen, body }: { method: string; url: string; isOpen: boolean; body?: unknown },
): string {
  const lines = [
    method === "get" ? `curl '${url}'` : `curl -X ${method.toUpperCase()} '${url}'`,
    ...(isOpen ? [] : [`-H "Authorization: Bearer $TOKEN"`]),
    ...(body ? [`-H 'Content-Type: application/json'`, `-d '${JSON.stringify(body)}'`] : []),
  ];
  return lines.join(" \\\n  ");
}
