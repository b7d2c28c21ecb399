import { Hono } from "hono";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BODY_LIMITS } from "../src/http/middleware/request_limits.ts";
import { EXAMPLE, refusal, request, signInApi, signUpApi } from "./support/api.ts";
import { type App, type Credentials, FORM, openApp, ORIGIN } from "./support/app.ts";
import { EXPERIMENT_FORM, HTMX, openPages } from "./support/pages.ts";
import { type Server, startServer } from "./support/server.ts";

const UNSAFE = ["POST", "PUT", "PATCH", "DELETE"];
const concrete = (path: string) => path.replace(/:\w+(\{.*?\})?/g, "1").replace("*", "x");

let app: App;
let credentials: Credentials;

beforeAll(async () => {
  app = await openApp();
  credentials = await app.signIn(await app.addAccount("ann@example.com"));
});
afterAll(() => app?.[Symbol.asyncDispose]());

describe("a write that another site sends with the cookie", () => {
  const OTHER_SITES: Record<string, string>[] = [
    { "Sec-Fetch-Site": "cross-site" },
    { "Sec-Fetch-Site": "same-site" },
    { "Sec-Fetch-Site": "cross-site", Origin: ORIGIN },
    { "Sec-Fetch-Site": "nonsense" },
    { Origin: "https://evil.example" },
    { Origin: "null" },
    { Origin: `${ORIGIN}.evil.example` },
    { Origin: ORIGIN.replace("http:", "https:") },
  ];
  const BODIES: [type: string | undefined, body: string][] = [
    ["application/x-www-form-urlencoded", "theme=dark"],
    ["text/plain", "theme=dark"],
    ["application/json", "{}"],
    [undefined, ""],
  ];

  test("is refused on every page, whatever its content type", async () => {
    const pages = app.routes.filter(({ method, path }) =>
      UNSAFE.includes(method) && !path.startsWith("/api/")
    );
    expect(pages.length).toBeGreaterThan(5);
    for (const { method, path } of pages) {
      for (const headers of OTHER_SITES) {
        for (const [type, body] of BODIES) {
          const response = await app.send(method, concrete(path), {
            headers: {
              ...headers,
              Cookie: credentials.Cookie,
              ...(type && { "Content-Type": type }),
            },
            ...(body && { body }),
          });
          const label = `${method} ${path} ${JSON.stringify(headers)} ${type}`;
          expect(response.status, label).toBe(403);
          expect(response.headers.getSetCookie(), label).toEqual([]);
        }
      }
    }
  });

  test("is nobody's on the API, which takes no cookie", async () => {
    const calls = app.routes.filter(({ method, path }) =>
      UNSAFE.includes(method) && /^\/api\/(?!v1\/auth\/(login|register))/.test(path)
    );
    expect(calls.length).toBeGreaterThan(5);
    for (const { method, path } of calls) {
      const headers = { Cookie: credentials.Cookie, "Content-Type": "application/json" };
      const response = await app.send(method, concrete(path), { headers, body: "{}" });
      expect(response.status, `${method} ${path}`).toBe(401);
    }
  });

  test("is taken from this site, and from a client that is no browser", async () => {
    const OWN: Record<string, string>[] = [
      { "Sec-Fetch-Site": "same-origin" },
      { "Sec-Fetch-Site": "none" },
      { Origin: ORIGIN },
      // Every browser says one of the two with a form; curl says neither, and forges nobody's click.
      {},
    ];
    for (const headers of OWN) {
      const response = await app.send("POST", "/theme", {
        headers: { ...FORM, ...headers, Cookie: credentials.Cookie },
        body: "theme=dark",
      });
      expect(response.status, JSON.stringify(headers)).toBe(303);
    }
  });
});

test("every route's answer carries what keeps a browser from harm", async () => {
  const POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; " +
    "frame-ancestors 'none'";
  // Of the API's data a browser is to make nothing.
  const NOTHING = "default-src 'none'; frame-ancestors 'none'";
  const account = await app.addAccount("walker@example.com");
  for (const { method, path } of app.routes) {
    // Some of the routes end a session, or all of them.
    for (const headers of [{ ...await app.signIn(account) }, {}]) {
      const label = `${method} ${path}`;
      const response = await app.send(method, concrete(path), {
        headers: { ...headers, "Sec-Fetch-Site": "same-origin" },
      });
      const csp = response.headers.get("Content-Security-Policy") ?? "";
      expect(csp, label).not.toMatch(/unsafe-(inline|eval|hashes)|\*|https?:/);
      const isData = path.startsWith("/api/v1/");
      // A page may have its own reasons for less, never for more.
      if (!path.startsWith("/api/docs")) expect(csp, label).toBe(isData ? NOTHING : POLICY);
      expect(Object.fromEntries(response.headers), label).toMatchObject({
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "cross-origin-resource-policy": "same-origin",
        ...!isData && {
          "referrer-policy": "same-origin",
          "cross-origin-opener-policy": "same-origin",
          "permissions-policy": expect.stringMatching(/camera=\(\).*microphone=\(\)/),
        },
      });
      const isPublic = /^\/(static|healthz|readyz|metrics)/.test(path);
      if (!isPublic) {
        expect(response.headers.get("Cache-Control"), label).toMatch(/no-store|private/);
      }
    }
  }
});

test("an id that is none is not found on whichever route, and no failure is left over", async () => {
  // What is rejected and nobody waits for is an error to the test runner, as it once was the end of
  // the server.
  const withIds = app.routes.filter(({ path }) => path.includes("/:"));
  expect(withIds.length).toBeGreaterThan(20);
  for (const { method, path } of withIds) {
    const response = await app.send(method, path.replace(/:\w+/g, "abc"), {
      headers: { ...credentials, "Sec-Fetch-Site": "same-origin" },
    });
    // A body is looked at before, and a session's id may be any word.
    expect([303, 400, 404], `${method} ${path}`).toContain(response.status);
  }
});

test.each([
  ["first", ["new", ":job"], "new"],
  ["second", [":job", "new"], ":job"],
])(
  "a word next to a parameter wins only when it is registered first: %s",
  async (_, paths, winner) => {
    const router = new Hono();
    for (const path of paths) router.get(`/projects/:id/experiments/${path}`, (c) => c.text(path));
    const routeOf = async (path: string) => await (await router.request(path)).text();
    expect(await routeOf("/projects/1/experiments/new")).toBe(winner);
    expect(await routeOf("/projects/1/experiments/7")).toBe(":job");
  },
);

test("no route is hidden behind one with a parameter that is registered before it", () => {
  const patterns = app.routes.filter(({ path }) => path !== "/static/*").map((route) => ({
    ...route,
    pattern: new URLPattern({ pathname: route.path }),
  }));
  const hidden = patterns.flatMap(({ method, path }, index) => {
    const url = ORIGIN + path.replace(/:\w+/g, "any-word");
    return patterns.slice(0, index)
      .filter((earlier) => earlier.method === method && earlier.pattern.test(url))
      .map((earlier) => `${method} ${path} behind ${earlier.path}`);
  });
  expect(hidden).toEqual([]);
});

describe("a body", () => {
  const limitOf = (path: string) =>
    path.startsWith("/api/v1/") ? BODY_LIMITS.json : BODY_LIMITS.form;

  test.each([
    ["with its length", (size: number) => new Uint8Array(size)],
    ["in chunks", (size: number) => new Blob([new Uint8Array(size)]).stream()],
  ])("over the limit, sent %s, is refused on every route that takes one", async (_, body) => {
    const routes = app.routes.filter(({ method }) => UNSAFE.includes(method));
    expect(routes.length).toBeGreaterThan(30);
    const account = await app.addAccount(`${crypto.randomUUID()}@example.com`);
    for (const { method, path } of routes) {
      for (const [size, refused] of [[limitOf(path) + 1, true], [limitOf(path), false]] as const) {
        // Some of the routes end the session.
        const response = await app.send(method, concrete(path), {
          headers: {
            ...await app.signIn(account),
            "Content-Type": path.startsWith("/api/") ? "application/json" : "text/plain",
            "Sec-Fetch-Site": "same-origin",
          },
          body: body(size),
        });
        expect(response.status === 413, `${method} ${path}, ${size} bytes`).toBe(refused);
      }
    }
  });
});

describe("input without measure", () => {
  const post = (path: string, type: string, body: string) =>
    app.send("POST", path, {
      headers: { ...credentials, "Content-Type": type, "Sec-Fetch-Site": "same-origin" },
      body,
    });
  const problem = async (response: Response) => ({
    status: response.status,
    detail: (await response.json()).detail,
  });

  test.each(["/api/v1/projects", "/api/v1/training/jobs", "/api/v1/auth/login"])(
    "that nests too deep is refused by %s",
    async (path) => {
      for (const json of ["[".repeat(60_000), `{"name":${"[".repeat(40)}${"]".repeat(40)}}`]) {
        expect(await problem(await post(path, "application/json", json)))
          .toEqual({ status: 400, detail: "Body must not nest deeper than 32" });
      }
      const flat = await post(
        path,
        "application/json",
        `{"name": ${JSON.stringify("[{".repeat(99))}}`,
      );
      expect((await flat.json()).detail ?? "").not.toMatch(/nest/);
    },
  );

  test("with more fields than any form has is refused", async () => {
    const fields = (count: number) => Array.from({ length: count }, (_, i) => `f${i}=1`).join("&");
    expect((await post("/theme", FORM["Content-Type"], fields(100))).status).toBe(303);
    const response = await post("/theme", FORM["Content-Type"], fields(101));
    expect([response.status, await response.text()])
      .toEqual([400, expect.stringContaining("100개까지")]);
  });

  test.each([
    ["multipart/form-data", "no boundary"],
    ["multipart/form-data; boundary=x", "not of that boundary"],
    ["MULTIPART/form-data; boundary=", "--"],
  ])("that is no form is refused: %s %s", async (type, body) => {
    expect((await post("/login", type, body)).status).toBe(400);
  });

  test("in the address is refused", async () => {
    const answer = await app.send("GET", `/api/v1/datasets/inspect?path=${"x".repeat(16_384)}`);
    expect(await problem(answer))
      .toEqual({ status: 414, detail: "The address must be at most 16384 characters" });
  });
});

describe("over a socket", () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  /** The status line of the answer to a request as it is, byte for byte. */
  async function statusOf(request: string): Promise<string> {
    const connection = await Deno.connect({ port: Number(new URL(server.origin).port) });
    try {
      const bytes = new TextEncoder().encode(request);
      const reading = new Response(connection.readable).text();
      const writer = connection.writable.getWriter();
      await writer.write(bytes).catch(() => {});
      return (await reading.catch(() => "closed")).split("\r\n")[0]!;
    } finally {
      try {
        connection.close();
      } catch {
        // The server has done so.
      }
    }
  }
  // What is too long is not read to its end: the answer may be lost with the connection.
  const REFUSED = "400|closed";
  const get = (path: string, headers = "Host: localhost\r\n") =>
    statusOf(`GET ${path} HTTP/1.1\r\n${headers}Connection: close\r\n\r\n`);

  test.each([
    ["a sound request", "/healthz", "Host: localhost\r\n", "200"],
    ["no host", "/healthz", "", "200"],
    ["a host that is none", "/login", "Host: a b<>\r\n", "400"],
    ["a port that is none", "/projects", "Host: a:99999\r\n", "400"],
    ["two hosts", "/healthz", "Host: a\r\nHost: b\r\n", "400"],
    ["a hundred headers", "/healthz", `Host: a\r\n${"X-A: b\r\n".repeat(98)}`, "200"],
    ["headers beyond number", "/healthz", `Host: a\r\n${"X-A: b\r\n".repeat(1000)}`, "400"],
    ["a header beyond measure", "/healthz", `Host: a\r\nX-A: ${"b".repeat(200_000)}\r\n`, REFUSED],
    ["a control character", "/healthz", "Host: a\r\nX-A: \u0001\r\n", "400"],
    ["a long address", `/login?next=/${"x".repeat(20_000)}`, "Host: a\r\n", "414"],
    ["an endless address", `/login?next=/${"x".repeat(100_000)}`, "Host: a\r\n", REFUSED],
    ["two lengths", "/healthz", "Host: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n", "400"],
    [
      "two ends of a body",
      "/healthz",
      "Host: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n",
      "400",
    ],
  ])("%s", async (_, path, headers, status) => {
    expect(await get(path, headers)).toMatch(new RegExp(`^(HTTP/1\\.1 )?(${status})( |$)`));
  });

  test("the body of a GET is dropped, whatever its size", async () => {
    const body = "x".repeat(200_000);
    const headers = `Host: localhost\r\nContent-Length: ${body.length}\r\nConnection: close\r\n`;
    for (const path of ["/healthz", "/login", "/api/v1/openapi.json"]) {
      const status = await statusOf(`GET ${path} HTTP/1.1\r\n${headers}\r\n${body}`);
      expect(status, path).toBe("HTTP/1.1 200 OK");
    }
  });
});

describe("with a limit on creations", () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer({ env: { CREATIONS_PER_MINUTE: "3" } });
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  test("an account that reaches it waits, on both faces, and others do not", async () => {
    const api = await signInApi(server);
    const pages = await openPages(server);
    const create = (headers = {}) =>
      api.send("POST", "/api/v1/training/jobs", { json: EXAMPLE, headers });
    const key = { "Idempotency-Key": "first" };
    expect((await create(key)).status).toBe(201);
    // Neither a retry nor a refusal is a creation.
    expect((await create(key)).headers.get("Idempotency-Replayed")).toBe("true");
    await api.send("POST", "/api/v1/training/jobs", { json: { ...EXAMPLE, epochs: 0 } });
    await api.send("POST", "/api/v1/training/jobs?validate_only=true", { json: EXAMPLE });
    expect((await pages.post("/projects/1/experiments", EXPERIMENT_FORM, HTMX)).status).toBe(201);
    expect((await create()).status).toBe(201);

    const directories = await server.place.outputDirs();
    const refused = await create();
    expect(refusal(refused)).toMatchObject({
      status: 429,
      type: "application/problem+json",
      detail: expect.stringMatching(/^Too many training jobs in a minute; .* \d+ seconds$/),
    });
    const toast = await pages.post("/projects/1/experiments", EXPERIMENT_FORM, HTMX);
    expect([toast.status, toast.text, toast.headers.get("HX-Reswap")]).toEqual([429, "", "none"]);
    expect(JSON.parse(toast.headers.get("HX-Trigger")!)).toEqual({
      toast: { kind: "error", message: expect.stringContaining("1분 동안") },
    });
    const page = await pages.post("/projects/1/experiments", EXPERIMENT_FORM);
    expect([page.status, page.text]).toEqual([429, expect.stringContaining("1분 동안")]);
    for (const { headers } of [refused, toast, page]) {
      expect(Number(headers.get("Retry-After"))).toBeGreaterThan(0);
      expect(Number(headers.get("Retry-After"))).toBeLessThanOrEqual(60);
    }
    expect(await server.place.outputDirs()).toEqual(directories);
    expect((await create(key)).status).toBe(201);

    const other = await signUpApi(server, "other@example.com");
    const { body: project } = await other.send("POST", "/api/v1/projects", { json: { name: "x" } });
    const json = { ...EXAMPLE, project_id: project.id };
    expect((await other.send("POST", "/api/v1/training/jobs", { json })).status).toBe(201);
  });
});

test("on HTTPS cookies are this host's alone, and browsers are told to stay with it", async () => {
  await using server = await startServer({ env: { PUBLIC_URL: "https://train.example.com" } });
  const answer = await openPages(server, null).then((pages) =>
    pages.post("/login", { email: "demo@example.com", password: "demo-password" })
  );
  const [cookie] = answer.headers.getSetCookie();
  expect(cookie).toMatch(/^__Host-trainyard_session=/);
  for (const attribute of [/; Secure/, /; HttpOnly/, /; SameSite=Lax/, /; Path=\/(;|$)/]) {
    expect(cookie).toMatch(attribute);
  }
  expect(cookie).not.toMatch(/Domain/i);
  expect(answer.headers.get("Strict-Transport-Security")).toBe(
    "max-age=31536000; includeSubDomains",
  );
  // Under another name it is nobody's: a sub-domain could have set it.
  const value = cookie!.split(";")[0]!.split("=")[1];
  const headers = { Cookie: `trainyard_session=${value}` };
  expect((await request(server, { method: "GET", path: "/projects", headers })).status).toBe(303);

  const anyone = await openPages(server, null);
  const chosen = [
    await anyone.post("/language", { language: "en" }),
    await anyone.post("/theme", { theme: "dark" }),
  ].map(({ headers }) => headers.getSetCookie()[0]!);
  for (const choice of chosen) {
    expect(choice).toMatch(/^__Host-\w+=\w+; .*Path=\/; HttpOnly; Secure; SameSite=Lax$/);
  }
  const kept = { Cookie: chosen.map((choice) => choice.split(";")[0]).join("; ") };
  expect((await anyone.get("/login", kept)).text).toMatch(/<html lang="en" data-theme="dark"/);
});

test("what is text says how it is encoded", async () => {
  const page = await app.send("GET", "/login");
  const files = [...(await page.text()).matchAll(/"(\/static\/[^"]+)"/g)].map(([, url]) => url!);
  expect(files.length).toBeGreaterThan(3);
  for (const path of ["/login", "/healthz/none", ...files]) {
    const { headers } = await app.send("GET", path);
    if (headers.has("Location")) continue;
    expect(headers.get("Content-Type"), path).toMatch(/; charset=utf-8$/i);
  }
});
