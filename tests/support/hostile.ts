import fc from "fast-check";
import type { Route } from "./app.ts";
import { EXAMPLE } from "./api.ts";
import { EXPERIMENT_FORM } from "./pages.ts";

/** A request that somebody might send. `{project}` and `{job}` in it stand for ids that are there. */
export interface Attempt {
  as: "nobody" | "owner" | "stranger";
  method: string;
  /** As it stands in the request line, with its query. */
  path: string;
  headers: Record<string, string>;
  body: string | Uint8Array<ArrayBuffer> | undefined;
}

/** Texts that have been the trouble of others. */
const NOTORIOUS = [
  "",
  " ",
  "0",
  "-1",
  "1e999",
  "NaN",
  "9007199254740993",
  "99999999999999999999",
  "2147483648",
  "9223372036854775808",
  "null",
  "true",
  "[object Object]",
  "__proto__",
  "constructor",
  "\0",
  "a\0b",
  "\ud800",
  "\u202e",
  "\ufeff",
  "👩‍🔬".repeat(20),
  "ß".repeat(200),
  "' or 1=1 --",
  "'; drop table users; --",
  '"><script>alert(1)</script>',
  "${7*7}",
  "{{7*7}}",
  "\r\nSet-Cookie: a=b",
  "%0d%0aX: y",
  "x".repeat(3000),
  "../../../../etc/passwd",
  "seg-coco8",
  "file:///etc/passwd",
  "//evil.example",
  "2024-13-45T99:99:99Z",
];

/** What ways out of a folder are made of. */
const PATH_PIECES = [
  "..",
  ".",
  "",
  "/",
  "\\",
  "..\\",
  "%2e%2e",
  "%2f",
  "%5c",
  "%252e%252e",
  "%c0%ae",
  "%00",
  "\0",
  "~",
  "C:",
  "\\\\host\\share",
  "#",
  "?",
  ";",
  "&",
  "%",
  "...",
  "seg-coco8",
  "dog-vs-cat",
  "train",
  "data.yaml",
  "link-out",
  "outside",
  "datasets",
  "outputs",
  "trainyard.db",
  "etc",
  "passwd",
  "proc",
  "self",
];

export const hostileText = fc.oneof(
  fc.constantFrom(...NOTORIOUS),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ maxLength: 20 }),
  fc.integer().map(String),
  fc.double().map(String),
);

/** Ways out of a folder, with `root` for where one may start. */
export function hostilePath(roots: string[]): fc.Arbitrary<string> {
  const pieces = fc.array(fc.constantFrom(...PATH_PIECES), { minLength: 1, maxLength: 8 });
  return fc.tuple(fc.constantFrom("", "/", ...roots), pieces, fc.constantFrom("/", "", "\\"))
    .map(([root, pieces, joint]) => root + (root && joint) + pieces.join(joint));
}

const QUERY_NAMES = [
  "path",
  "limit",
  "cursor",
  "status",
  "model_name",
  "project_id",
  "validate_only",
  "token",
  "next",
  "fill",
  "idempotency_key",
  "framework",
  "task_type",
  "sort",
  "order",
  "search",
  "q",
  "page",
  "clone",
  "image",
  "dataset_path",
  "epochs",
];
const MEMBERS = [...Object.keys(EXAMPLE), "name", "description", "email", "password", "full_name"];

const segment = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("{project}", "{job}") },
  { weight: 2, arbitrary: hostileText.map((text) => encodeURIComponent(text.toWellFormed())) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("%", "%zz", "%ff", "%00", "..", ".", "%2e%2e", "a;b", ""),
  },
  { weight: 1, arbitrary: hostilePath([]).map((text) => encodeURIComponent(text)) },
);

const ending = fc.oneof(
  { weight: 8, arbitrary: fc.constant("") },
  {
    weight: 1,
    arbitrary: fc.constantFrom("/", "//", "/..", "/.", ";x=y", "%2f", "%00", "%", "\\"),
  },
);

const query = fc.oneof(
  { weight: 2, arbitrary: fc.constant("") },
  {
    weight: 3,
    arbitrary: fc.dictionary(fc.oneof(fc.constantFrom(...QUERY_NAMES), hostileText), hostileText, {
      maxKeys: 4,
    }).map((entries) =>
      "?" + new URLSearchParams(
        Object.entries(entries).map(([name, value]) => [name.toWellFormed(), value.toWellFormed()]),
      )
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom("?", "??", "?&&==&", "?%", "?path=%ff&limit=%zz", "?a[b]=c"),
  },
);

/** What a header can hold: the rest is refused before the server sees it. */
const headerValue = fc.oneof(
  hostileText.map((text) => text.replace(/[^\x20-\xff]|\x7f/g, "").trim()),
  fc.constantFrom("true", "null", "1", "bytes=0-1", "*", "a=b; c=d", "ko;q=x, *;q=-1"),
);
const headers = fc.record({
  "Content-Type": fc.oneof(
    fc.constantFrom(
      "application/json; charset=utf-16",
      "application/merge-patch+json",
      "multipart/form-data",
      "multipart/form-data; boundary=x",
      "text/plain",
    ),
    headerValue,
  ),
  "Accept": headerValue,
  "Accept-Encoding": headerValue,
  "Accept-Language": headerValue,
  "Authorization": fc.oneof(headerValue, headerValue.map((text) => `Bearer ${text}`)),
  "Cookie": headerValue.map((text) => `language=${text}; theme=${text}; trainyard_session=${text}`),
  "HX-Request": fc.constantFrom("true", "false", "x"),
  "HX-History-Restore-Request": fc.constantFrom("true", "x"),
  "HX-Target": headerValue,
  "Idempotency-Key": headerValue,
  "If-Modified-Since": headerValue,
  "If-None-Match": headerValue,
  "Origin": headerValue,
  "Range": headerValue,
  "Sec-Fetch-Site": fc.constantFrom("same-origin", "cross-site", "none", "x"),
  "X-Forwarded-For": headerValue,
  "X-Forwarded-Host": headerValue,
  "X-HTTP-Method-Override": fc.constantFrom("DELETE", "PUT"),
  "X-Request-Id": headerValue,
}, { requiredKeys: [] });

/** A creation or something like it, each member right or anything at all. */
const json = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.dictionary(
      fc.constantFrom(...MEMBERS),
      fc.oneof(hostileText, fc.jsonValue({ maxDepth: 3 }), fc.integer(), fc.double()),
      { maxKeys: 4 },
    ).map((changes) =>
      JSON.stringify({ ...EXAMPLE, project_id: "{project}", name: "n", ...changes })
        .replace('"{project}"', "{project}")
    ),
  },
  { weight: 2, arbitrary: fc.json() },
  { weight: 1, arbitrary: hostileText },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "[".repeat(20_000),
      '{"a":'.repeat(9000),
      '{"__proto__":{"epochs":1},"name":"x"}',
      '{"name":"a","name":"b"}',
      "\ufeff{}",
      '{"epochs":1e400}',
    ),
  },
);

const form = fc.dictionary(
  fc.oneof(
    fc.constantFrom(...Object.keys(EXPERIMENT_FORM), ...MEMBERS, "confirm", "token", "next"),
    hostileText,
  ),
  hostileText,
  { maxKeys: 6 },
).chain((changes) =>
  fc.constantFrom({}, EXPERIMENT_FORM, { name: "n", description: "" }).map((base) =>
    new URLSearchParams(
      Object.entries({ ...base, ...changes })
        .map(([name, value]) => [name.toWellFormed(), value.toWellFormed()]),
    ).toString()
  )
);

const bytes = fc.uint8Array({ maxLength: 200 }).map((bytes) => new Uint8Array(bytes));

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"];

/** Requests for every one of `routes`, and some more for those that create. */
export function attempts(routes: Route[]): fc.Arbitrary<Attempt> {
  const creations = routes.filter(({ method, path }) =>
    method === "POST" && /\/(projects|experiments|jobs)$/.test(path)
  );
  return fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...routes) },
    { weight: 1, arbitrary: fc.constantFrom(...creations) },
  ).chain((route) =>
    fc.record({
      as: fc.oneof(
        { weight: 6, arbitrary: fc.constant("owner" as const) },
        { weight: 1, arbitrary: fc.constantFrom("nobody" as const, "stranger" as const) },
      ),
      method: fc.oneof(
        { weight: 9, arbitrary: fc.constant(route.method) },
        { weight: 1, arbitrary: fc.constantFrom(...METHODS) },
      ),
      path: fc.tuple(pathOf(route.path), ending, query).map((parts) => parts.join("")),
      // With strange headers hardly anything gets as far as its body.
      headers: fc.oneof(fc.constant({}), headers),
      body: fc.oneof(
        { weight: 6, arbitrary: route.path.startsWith("/api/") ? json : form },
        { weight: 1, arbitrary: fc.oneof(json, form, bytes) },
      ),
    }).map(({ headers, body, ...attempt }) => ({
      ...attempt,
      headers: {
        "Content-Type": route.path.startsWith("/api/")
          ? "application/json"
          : "application/x-www-form-urlencoded",
        ...Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined)),
      },
      body: ["GET", "HEAD"].includes(attempt.method) ? undefined : body,
    }))
  );
}

/** A path of a pattern: something for each parameter. */
function pathOf(pattern: string): fc.Arbitrary<string> {
  const parts = pattern.split("/").map((part) => {
    if (part.startsWith(":")) return segment;
    return part === "*"
      ? fc.array(segment, { maxLength: 3 }).map((all) => all.join("/"))
      : fc.constant(part);
  });
  return fc.tuple(...parts).map((all) => all.join("/"));
}
