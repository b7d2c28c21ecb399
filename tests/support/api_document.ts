import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import type { AppDeps } from "../../src/http/env.ts";
import { apiRoutes } from "../../src/http/api/routes.ts";

const ROOT = "/api/v1";
/** Headers that say something of one call: none may come undocumented. */
const TELLING = ["Location", "Idempotency-Replayed", "Retry-After", "WWW-Authenticate", "Allow"];
/** What a path that is not in the document may answer. */
const ELSEWHERE = ["401", "403", "404", "405", "413", "503"];

/** The routes and their document, as a server has them; nothing is asked of any dependency. */
export const api = apiRoutes({ config: {} } as AppDeps);

// deno-lint-ignore no-explicit-any -- documents of every shape
type Json = any;

interface Answer {
  status: number;
  headers: Headers;
  body: unknown;
}

export const document: Json = JSON.parse(JSON.stringify(api.document()));

const ajv = new Ajv2020({ strict: false, allErrors: true, coerceTypes: false });
addFormats.default(ajv);
ajv.addSchema(withoutAdditions(structuredClone(document)), "api");

/** Throws unless the document says that this call may answer so: status, headers and body. */
export function expectDocumented(
  { method, path }: { method: string; path: string },
  answer: Answer,
): void {
  const { pathname } = new URL(path, "http://localhost");
  if (!pathname.startsWith(ROOT)) return;
  const problems = undocumented({ method, pathname }, answer);
  if (problems.length > 0) {
    const what = `${method} ${path} answered ${answer.status} ${JSON.stringify(answer.body)}`;
    throw new Error(`${what}, against its document: ${problems.join("; ")}`);
  }
}

function undocumented(
  { method, pathname }: { method: string; pathname: string },
  { status, headers, body }: Answer,
): string[] {
  const operation = findOperation(method === "HEAD" ? "GET" : method, pathname);
  if (!operation) {
    if (!ELSEWHERE.includes(String(status))) return ["there is no such call"];
    return method === "HEAD" ? [] : mismatches("/components/schemas/Problem", body);
  }
  const response = resolve(`${operation}/responses/${status}`);
  if (!response) return ["no such status"];
  const { headers: documented = {}, content = {} } = response.value;

  const problems = TELLING.filter((name) => headers.has(name) && !(name in documented))
    .map((name) => `no such header: ${name}`);
  for (const name of Object.keys(documented)) {
    const header = resolve(`${response.pointer}/headers/${name}`)!;
    const text = headers.get(name);
    if (text === null) {
      if (header.value.required) problems.push(`the header ${name} is missing`);
      continue;
    }
    const value = header.value.schema.type === "integer" ? Number(text) : text;
    problems.push(...mismatches(`${header.pointer}/schema`, value).map((e) => `${name}: ${e}`));
  }

  const [type] = Object.keys(content);
  if (method === "HEAD") return problems;
  if (type === undefined) return body === "" ? problems : [...problems, "there should be no body"];
  if (headers.get("Content-Type") !== type) problems.push(`the type should be ${type}`);
  const pointer = `${response.pointer}/content/${escape(type)}/schema`;
  return [...problems, ...mismatches(pointer, body)];
}

/** Where the document describes a call. */
function findOperation(method: string, pathname: string): string | undefined {
  const path = Object.keys(document.paths)
    .toSorted((a, b) => a.split("{").length - b.split("{").length)
    .find((template) =>
      new RegExp(`^${ROOT}${template.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(pathname) &&
      method.toLowerCase() in document.paths[template]
    );
  return path && `/paths/${escape(path)}/${method.toLowerCase()}`;
}

/** The value at a JSON pointer and where it stands, a reference followed. */
export function resolve(pointer: string): { pointer: string; value: Json } | undefined {
  const parts = pointer.slice(1).split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  const value = parts.reduce((value: Json, part) => value?.[part], document);
  if (value === undefined) return undefined;
  return value.$ref ? resolve(value.$ref.slice(1)) : { pointer, value };
}

/** What the schema at a JSON pointer has against a value. */
export function mismatches(pointer: string, value: unknown): string[] {
  const $ref = `api#${encodeURI(pointer).replaceAll("{", "%7B").replaceAll("}", "%7D")}`;
  const validate = ajv.getSchema($ref) ?? ajv.compile({ $ref });
  if (validate(value)) return [];
  return validate.errors!.map(({ instancePath, message, params }) =>
    `${instancePath || "the body"} ${message} ${JSON.stringify(params)}`
  );
}

/** One part of a JSON pointer. */
export function escape(part: string): string {
  return part.replaceAll("~", "~0").replaceAll("/", "~1");
}

/** The same document, whose objects have the members it names and no others. */
function withoutAdditions(value: Json): Json {
  if (typeof value !== "object" || value === null) return value;
  for (const part of Object.values(value)) withoutAdditions(part);
  if (value.type === "object" && value.properties) value.additionalProperties ??= false;
  return value;
}
