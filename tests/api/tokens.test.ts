import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Api,
  apiWith,
  DATASETS,
  EXAMPLE,
  refusal,
  request,
  signInApi,
  signUpApi,
} from "../support/api.ts";
import { type Server, startServer } from "../support/server.ts";

const TOKENS = "/api/v1/auth/tokens";
const PROBLEM = "application/problem+json";
const DAY = 24 * 60 * 60 * 1000;

let server: Server;
let demo: Api;

beforeAll(async () => {
  server = await startServer({ datasets: DATASETS });
  demo = await signInApi(server);
});
afterAll(() => server?.[Symbol.asyncDispose]());

let made = 0;
/** Makes a token of a name of its own. */
async function make(json: Record<string, unknown> = {}, api = demo) {
  const answer = await api.send("POST", TOKENS, {
    json: { name: `token ${++made}`, scope: "write", ...json },
  });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body;
}
const listed = async (id: number, api = demo) =>
  (await api.send("GET", TOKENS)).body.items.find((item: { id: number }) => item.id === id);
const inDays = (days: number) => new Date(Date.now() + days * DAY).toISOString();

describe("making a token", () => {
  test("answers it once; the list never shows it", async () => {
    const before = Date.now();
    const answer = await demo.send("POST", TOKENS, {
      json: { name: "  학습 서버 ", scope: "read", id: 7, user_id: 99, token_hash: "x" },
    });
    expect(answer.status).toBe(201);
    expect(answer.headers.get("Cache-Control")).toBe("no-store");
    const { token, ...shown } = answer.body;
    expect(token).toMatch(/^ty_[0-9A-Za-z]{49}$/);
    expect(shown).toEqual({
      id: expect.any(Number),
      name: "학습 서버",
      scope: "read",
      created_at: expect.stringMatching(/Z$/),
      expires_at: expect.stringMatching(/Z$/),
      last_used_at: null,
      last_used_address: null,
    });
    // Thirty days when nothing is said.
    const lifetime = Date.parse(shown.expires_at) - before;
    expect(lifetime / DAY).toBeCloseTo(30, 2);
    const list = await demo.send("GET", TOKENS);
    expect(list.body.items[0]).toEqual(shown);
    expect(JSON.stringify(list.body)).not.toContain(token);
    expect(JSON.stringify(list.body)).not.toContain("hash");
  });

  test("takes an end to the second, or a day to its end", async () => {
    const end = inDays(10);
    expect((await make({ expires_at: end })).expires_at).toBe(end);
    const offset = `${inDays(10).slice(0, 10)}T09:00:00+09:00`;
    expect((await make({ expires_at: offset })).expires_at).toBe(
      `${end.slice(0, 10)}T00:00:00.000Z`,
    );
    const lastDay = inDays(365).slice(0, 10);
    expect((await make({ expires_at: lastDay })).expires_at).toBe(`${lastDay}T23:59:59.999Z`);
  });

  test.each<[string, Record<string, unknown>, string[]]>([
    ["no name", { name: undefined }, ["name"]],
    ["an empty name", { name: "  " }, ["name"]],
    ["a long name", { name: "x".repeat(101) }, ["name"]],
    ["a name with a control character", { name: "a\u0000b" }, ["name"]],
    ["no scope", { scope: undefined }, ["scope"]],
    ["a scope there is not", { scope: "admin" }, ["scope"]],
    ["scopes", { scope: ["read", "write"] }, ["scope"]],
    ["an end that has passed", { expires_at: inDays(-1) }, ["expires_at"]],
    ["yesterday", { expires_at: inDays(-1).slice(0, 10) }, ["expires_at"]],
    ["an end too far away", { expires_at: inDays(367) }, ["expires_at"]],
    ["the end of time", { expires_at: "9999-12-31T23:59:59-23:59" }, ["expires_at"]],
    ["an end that is none", { expires_at: "never" }, ["expires_at"]],
    ["a day that is none", { expires_at: "2030-02-30" }, ["expires_at"]],
    ["no end", { expires_at: null }, ["expires_at"]],
    ["a number", { expires_at: 30 }, ["expires_at"]],
  ])("refuses %s", async (_, changes, fields) => {
    const answer = await demo.send("POST", TOKENS, {
      json: { name: "refused", scope: "read", ...changes },
    });
    expect(refusal(answer)).toMatchObject({ status: 400, type: PROBLEM, fields });
  });

  test("refuses a name that is taken, and one token too many", async () => {
    const api = await signUpApi(server, "many@example.com");
    await make({ name: "one" }, api);
    const send = (name: string) => api.send("POST", TOKENS, { json: { name, scope: "read" } });
    expect(refusal(await send("one"))).toEqual({
      status: 409,
      type: PROBLEM,
      detail: "There is a token of this name already",
      fields: ["name"],
    });
    const answers = await Promise.all(Array.from({ length: 102 }, (_, i) => send(`more ${i}`)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(99);
    const refused = answers.filter(({ status }) => status !== 201);
    expect(new Set(refused.map((answer) => JSON.stringify(refusal(answer))))).toEqual(
      new Set([JSON.stringify({
        status: 409,
        type: PROBLEM,
        detail: "There are 100 tokens already; revoke one first",
        fields: ["name"],
      })]),
    );
    expect((await api.send("GET", TOKENS)).body.items).toHaveLength(100);
  });
});

describe("a token", () => {
  test("works as a session's does, on what is its user's", async () => {
    const api = apiWith(server, (await make()).token);
    expect((await api.send("GET", "/api/v1/auth/me")).body.email).toBe("demo@example.com");
    const created = await api.send("POST", "/api/v1/training/jobs", { json: EXAMPLE });
    expect(created.status).toBe(201);
    const path = `/api/v1/training/jobs/${created.body.id}`;
    expect((await api.send("POST", `${path}/cancel`)).status).toBe(200);
    expect((await api.send("DELETE", path)).status).toBe(204);

    const stranger = await signUpApi(server, "stranger@example.com");
    const foreign = apiWith(server, (await make({}, stranger)).token);
    expect((await foreign.send("GET", "/api/v1/projects/1")).status).toBe(404);
  });

  test("that may read is refused every write before it is looked at, and told why", async () => {
    const api = apiWith(server, (await make({ scope: "read" })).token);
    for (const path of ["/projects", "/projects/1", "/training/jobs", "/models", "/datasets"]) {
      expect((await api.send("GET", `/api/v1${path}`)).status, path).toBe(200);
    }
    for (
      const [method, path, json] of [
        ["POST", "/projects", { name: "x" }],
        ["PATCH", "/projects/1", { name: "x" }],
        ["DELETE", "/projects/1"],
        ["POST", "/training/jobs", EXAMPLE],
        ["POST", "/training/jobs", "no job"],
        ["POST", "/training/jobs?validate_only=true", EXAMPLE],
        ["POST", "/training/jobs/1/cancel"],
        ["DELETE", "/training/jobs/1"],
        ["PUT", "/nowhere"],
        ["OPTIONS", "/projects"],
      ] as [string, string, unknown?][]
    ) {
      const answer = await api.send(method, `/api/v1${path}`, { json });
      expect(refusal(answer), `${method} ${path}`).toEqual({
        status: 403,
        type: PROBLEM,
        detail: "This token lacks the scope 'write'",
        fields: undefined,
      });
      expect(answer.headers.get("WWW-Authenticate"))
        .toBe('Bearer realm="trainyard", error="insufficient_scope", scope="write"');
    }
    expect((await demo.send("GET", "/api/v1/projects/1")).body.name).toBe("Dog vs Cat");
  });

  test("manages neither tokens nor sessions nor the password", async () => {
    const { id, token } = await make();
    const api = apiWith(server, token);
    for (
      const [method, path, json] of [
        ["GET", "/tokens"],
        ["POST", "/tokens", { name: "another", scope: "write" }],
        ["DELETE", `/tokens/${id}`],
        ["GET", "/sessions"],
        ["DELETE", "/sessions"],
        ["DELETE", "/sessions/1"],
        ["POST", "/password", { current_password: "demo-password", new_password: "another one" }],
        ["POST", "/logout"],
      ] as [string, string, unknown?][]
    ) {
      const answer = await api.send(method, `/api/v1/auth${path}`, { json });
      expect(refusal(answer), `${method} ${path}`).toEqual({
        status: 403,
        type: PROBLEM,
        detail: "A personal access token cannot do this; sign in with email and password",
        fields: undefined,
      });
    }
    expect(await listed(id)).toBeDefined();
    expect((await demo.send("GET", "/api/v1/auth/me")).status).toBe(200);
  });

  test("tells when and where it was last used", async () => {
    const { id, token } = await make();
    const before = Date.now();
    const headers = { "X-Real-IP": "203.0.113.7" };
    for (let i = 0; i < 3; i++) {
      await apiWith(server, token).send("GET", "/api/v1/auth/me", { headers });
    }
    const used = await listed(id);
    expect(Date.parse(used.last_used_at)).toBeGreaterThanOrEqual(before);
    // Of a proxy that nobody trusts no word is taken.
    expect(used.last_used_address).toMatch(/^(127\.0\.0\.1|::1)$/);
    await apiWith(server, token).send("GET", "/api/v1/auth/me");
    expect((await listed(id)).last_used_at).toBe(used.last_used_at);
  });

  test("that is revoked, has expired, or never was is refused in the same words", async () => {
    const { id, token } = await make();
    expect((await demo.send("DELETE", `${TOKENS}/${id}`)).status).toBe(204);
    expect(await listed(id)).toBeUndefined();
    expect((await demo.send("DELETE", `${TOKENS}/${id}`)).status).toBe(404);

    const short = await make({ expires_at: new Date(Date.now() + 400).toISOString() });
    await expect.poll(async () =>
      (await apiWith(server, short.token).send("GET", "/api/v1/auth/me")).status
    )
      .toBe(401);
    // Its owner sees what has become of it.
    expect(await listed(short.id)).toMatchObject({ expires_at: short.expires_at });

    const living = (await make()).token;
    const flipped = (at: number) =>
      living.slice(0, at) + (living[at] === "a" ? "b" : "a") + living.slice(at + 1);
    const answers = await Promise.all([
      token,
      short.token,
      flipped(5),
      flipped(50),
      living.toUpperCase(),
      living.slice(0, -1),
      `${living}0`,
      living.slice(3),
      "ty_",
      `ty_${"0".repeat(49)}`,
      `ty_${"x".repeat(10_000)}`,
    ].map((token) => apiWith(server, token).send("GET", "/api/v1/auth/me")));
    for (const answer of answers) {
      expect(refusal(answer)).toMatchObject({
        status: 401,
        type: PROBLEM,
        detail: "A valid bearer token is required",
      });
      expect(answer.headers.get("WWW-Authenticate")).toBe('Bearer realm="trainyard"');
    }
    expect((await apiWith(server, living).send("GET", "/api/v1/auth/me")).status).toBe(200);
  });

  test("is its owner's to revoke alone", async () => {
    const { id, token } = await make();
    const bob = await signUpApi(server, "bob@example.com");
    for (const missing of [id, 999_999, 0, -1, "x", "1e3", "1.5", "9".repeat(30)]) {
      expect(refusal(await bob.send("DELETE", `${TOKENS}/${missing}`)), String(missing))
        .toMatchObject({ status: 404, detail: "Token not found" });
    }
    expect((await apiWith(server, token).send("GET", "/api/v1/auth/me")).status).toBe(200);
  });

  test("opens no page, as a cookie or in a header", async () => {
    const { token } = await make();
    const disguises: Record<string, string>[] = [
      { Cookie: `trainyard_session=${token}` },
      { Authorization: `Bearer ${token}` },
    ];
    for (const headers of disguises) {
      const answer = await request(server, { method: "GET", path: "/projects", headers });
      expect([answer.status, answer.headers.get("Location")]).toEqual([
        303,
        "/login?next=%2Fprojects",
      ]);
    }
  });

  test("is in no log", async () => {
    const { token } = await make();
    await apiWith(server, token).send("GET", "/api/v1/auth/me");
    await apiWith(server, token).send("POST", "/api/v1/auth/logout");
    expect(server.output()).not.toContain(token.slice(3, 40));
  });
});
