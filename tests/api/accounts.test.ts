import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Api,
  type ApiAnswer,
  DATASETS,
  DEMO,
  EXAMPLE,
  refusal,
  request,
  signInApi,
  signUpApi,
} from "../support/api.ts";
import { type Server, startServer } from "../support/server.ts";

const SECRET = "a secret of this test, long enough to be one";
const PROBLEM = "application/problem+json";
const PASSWORD = "correct horse battery";

let server: Server;
let demo: Api;

beforeAll(async () => {
  server = await startServer({ datasets: DATASETS, env: { JWT_SECRET: SECRET } });
  demo = await signInApi(server);
});
afterAll(() => server?.[Symbol.asyncDispose]());

const post = (path: string, json: unknown) => request(server, { method: "POST", path, json });
const register = (json: unknown) => post("/api/v1/auth/register", json);
const login = (json: unknown) => post("/api/v1/auth/login", json);
const me = (authorization: string) =>
  request(server, {
    method: "GET",
    path: "/api/v1/auth/me",
    headers: { Authorization: authorization },
  });

describe("registering", () => {
  test("answers the account without its password", async () => {
    const { status, body } = await register({
      email: "  New.Person@Example.com ",
      password: PASSWORD,
      full_name: " 김철수 ",
      id: 99,
      password_hash: "x",
    });
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.any(Number),
      email: "new.person@example.com",
      full_name: "김철수",
      created_at: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect(body.id).not.toBe(99);
    const { user } = (await login({ email: "NEW.person@example.com", password: PASSWORD })).body;
    expect(user).toEqual({ id: body.id, email: body.email, full_name: body.full_name });
  });

  test("needs no name", async () => {
    const { status, body } = await register({ email: "nameless@example.com", password: PASSWORD });
    expect([status, body.full_name]).toEqual([201, null]);
  });

  test("refuses an address that is taken, also in other letters", async () => {
    for (const email of [DEMO.email, DEMO.email.toUpperCase()]) {
      const answer = await register({ email, password: PASSWORD });
      expect(refusal(answer)).toMatchObject({ status: 409, type: PROBLEM, fields: ["email"] });
    }
  });

  test("gives one of several at once the address", async () => {
    const account = { email: "race@example.com", password: PASSWORD };
    const answers = await Promise.all([1, 2, 3].map(() => register(account)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
  });

  test.each<[string, unknown, string[]]>([
    ["no email", { password: PASSWORD }, ["email"]],
    ["no password", { email: "a@example.com" }, ["password"]],
    ["nothing", {}, ["email", "password"]],
    ["an email that is none", { email: "a", password: PASSWORD }, ["email"]],
    ["a short password", { email: "a@example.com", password: "1234567" }, ["password"]],
    ["an endless password", { email: "a@example.com", password: "x".repeat(257) }, ["password"]],
    ["numbers", { email: 1, password: 12345678 }, ["email", "password"]],
    ["a name that is a number", { email: "a@example.com", password: PASSWORD, full_name: 7 }, [
      "full_name",
    ]],
    ["a list", [], ["body"]],
  ])("refuses %s and names the fields", async (_, json, fields) => {
    const answer = await register(json);
    expect(refusal(answer)).toMatchObject({ status: 400, type: PROBLEM, fields });
    expect(JSON.stringify(answer.body)).not.toContain("1234567");
  });
});

describe("signing in", () => {
  test("answers a bearer token and whom it is for", async () => {
    const { status, headers, body } = await login(DEMO);
    expect(status).toBe(200);
    expect(headers.get("Cache-Control")).toBe("no-store");
    expect(body).toEqual({
      access_token: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      token_type: "bearer",
      expires_in: expect.any(Number),
      user: { id: 1, email: DEMO.email, full_name: expect.any(String) },
    });
    const { exp, iat } = claimsOf(body.access_token);
    expect(exp - iat).toBe(body.expires_in);
  });

  test("answers a wrong password and an unknown account alike", async () => {
    const answers = [
      await login({ ...DEMO, password: "wrong-password" }),
      await login({ email: "nobody@example.com", password: "wrong-password" }),
    ];
    for (const answer of answers) {
      expect(refusal(answer)).toEqual({
        status: 401,
        type: PROBLEM,
        detail: "Invalid credentials",
        fields: undefined,
      });
      expect(answer.headers.get("WWW-Authenticate")).toMatch(/^Bearer/);
      expect({ ...answer.body, request_id: "" }).toEqual({ ...answers[0]!.body, request_id: "" });
    }
  });

  test.each<[string, unknown, string[]]>([
    ["no password", { email: DEMO.email }, ["password"]],
    ["no email", { password: PASSWORD }, ["email"]],
    ["an empty password", { email: DEMO.email, password: "" }, ["password"]],
    ["an object for a password", { email: DEMO.email, password: { $ne: "" } }, ["password"]],
  ])("refuses %s as input", async (_, json, fields) => {
    expect(refusal(await login(json))).toMatchObject({ status: 400, type: PROBLEM, fields });
  });

  test("is refused for a while after too many tries, also with the right password", async () => {
    const account = { email: "guessed@example.com", password: PASSWORD };
    await register(account);
    let refused: ApiAnswer | undefined;
    for (let tries = 0; tries < 30 && refused?.status !== 429; tries++) {
      refused = await login({ ...account, password: `guess ${tries}` });
      expect([401, 429]).toContain(refused.status);
    }
    expect(refused && refusal(refused)).toMatchObject({ status: 429, type: PROBLEM });
    expect(refused?.headers.get("Retry-After")).toMatch(/^[1-9]\d*$/);
    expect((await login(account)).status).toBe(429);
    expect((await login({ ...account, email: account.email.toUpperCase() })).status).toBe(429);
    expect((await login(DEMO)).status).toBe(200);
  });
});

describe("a token", () => {
  test("tells who one is, whatever the case of its scheme", async () => {
    const { token } = demo;
    for (const scheme of ["Bearer", "bearer", "BEARER"]) {
      expect(await me(`${scheme} ${token}`)).toMatchObject({
        status: 200,
        body: { id: 1, email: DEMO.email },
      });
    }
    expect(JSON.stringify((await me(`Bearer ${token}`)).body)).not.toContain("scrypt");
  });

  test("ends with signing out, and no other does", async () => {
    const one = await signInApi(server);
    const answer = await one.send("POST", "/api/v1/auth/logout");
    expect([answer.status, answer.body]).toEqual([204, ""]);
    for (const [method, path] of [["GET", "/auth/me"], ["POST", "/auth/logout"]] as const) {
      expect((await one.send(method, `/api/v1${path}`)).status).toBe(401);
    }
    expect((await demo.send("GET", "/api/v1/auth/me")).status).toBe(200);
  });

  test("that is forged, altered or out of date is refused", async () => {
    const { token } = demo;
    const [head, body, signature] = token.split(".") as [string, string, string];
    const claims = claimsOf(token);
    const flipped = signature[0] === "A" ? `B${signature.slice(1)}` : `A${signature.slice(1)}`;
    const now = Math.floor(Date.now() / 1000);
    // What makes the others tell: signed alike, the claims as they are get in.
    expect((await me(`Bearer ${sign(claims)}`)).status).toBe(200);

    const bad: Record<string, string> = {
      none: "",
      "no scheme": token,
      "another scheme": `Basic ${token}`,
      "no token": "Bearer ",
      garbage: "Bearer garbage",
      "three garbles": "Bearer a.b.c",
      "no signature": `Bearer ${head}.${body}.`,
      "another signature": `Bearer ${head}.${body}.${flipped}`,
      "another user": `Bearer ${head}.${encode({ ...claims, sub: "2" })}.${signature}`,
      "alg none": `Bearer ${encode({ alg: "none" })}.${body}.`,
      "alg none in capitals": `Bearer ${encode({ alg: "NONE" })}.${body}.${signature}`,
      "alg RS256": `Bearer ${sign(claims, { alg: "RS256" })}`,
      "another key": `Bearer ${sign(claims, { key: "another secret, just as long as the first" })}`,
      "an empty key": `Bearer ${sign(claims, { key: "" })}`,
      expired: `Bearer ${sign({ ...claims, iat: now - 100, exp: now - 1 })}`,
      "without an end": `Bearer ${sign({ ...claims, exp: undefined })}`,
      "not valid yet": `Bearer ${sign({ ...claims, nbf: now + 1000 })}`,
      "another audience": `Bearer ${sign({ ...claims, aud: "trainyard-setup" })}`,
      "another issuer": `Bearer ${sign({ ...claims, iss: "somebody" })}`,
      "another session": `Bearer ${sign({ ...claims, jti: crypto.randomUUID() })}`,
      "another user's session": `Bearer ${sign({ ...claims, sub: "2" })}`,
      "two tokens": `Bearer ${token} ${token}`,
    };
    for (const [name, authorization] of Object.entries(bad)) {
      const answer = await me(authorization);
      expect(refusal(answer), name).toMatchObject({ status: 401, type: PROBLEM });
      expect(answer.headers.get("WWW-Authenticate"), name).toMatch(/^Bearer\b/);
    }
  });

  test("counts in its header alone", async () => {
    const { token } = demo;
    const path = `/api/v1/auth/me?access_token=${token}&token=${token}`;
    const headers = { Cookie: `trainyard_session=${token}` };
    expect((await request(server, { method: "GET", path, headers })).status).toBe(401);
  });

  test("whose session has run out is refused", async () => {
    await using own = await startServer({ datasets: DATASETS, env: { JWT_SECRET: SECRET } });
    const { token } = await signInApi(own);
    await own.stop();
    await own.place.sql("update sessions set expires_at = '2001-01-01T00:00:00.000Z'");
    await using again = await startServer({
      place: own.place,
      datasets: DATASETS,
      env: { JWT_SECRET: SECRET },
    });
    const headers = { Authorization: `Bearer ${token}` };
    const answer = await request(again, { method: "GET", path: "/api/v1/auth/me", headers });
    expect(answer.status).toBe(401);
  });
});

describe("without a token", () => {
  const CALLS: [string, string, unknown?][] = [
    ["POST", "/auth/logout"],
    ["GET", "/auth/me"],
    ["POST", "/auth/password", { current_password: DEMO.password, new_password: PASSWORD }],
    ["GET", "/auth/sessions"],
    ["DELETE", "/auth/sessions"],
    ["DELETE", "/auth/sessions/1"],
    ["GET", "/auth/tokens"],
    ["POST", "/auth/tokens", { name: "x", scope: "read" }],
    ["DELETE", "/auth/tokens/1"],
    ["GET", "/projects"],
    ["POST", "/projects", { name: "x" }],
    ["GET", "/projects/1"],
    ["PATCH", "/projects/1", { name: "x" }],
    ["DELETE", "/projects/1"],
    ["GET", "/projects/1/experiments"],
    ["GET", "/models"],
    ["GET", "/datasets"],
    ["GET", "/datasets/inspect?path=dog-vs-cat"],
    ["POST", "/training/jobs", EXAMPLE],
    ["POST", "/training/jobs?validate_only=true", EXAMPLE],
    ["GET", "/training/jobs"],
    ["GET", "/training/jobs/1"],
    ["POST", "/training/jobs/1/cancel"],
    ["DELETE", "/training/jobs/1"],
  ];

  test.each<[string, string, unknown?]>([
    ...CALLS,
    ["GET", ""],
    ["GET", "/"],
    ["GET", "/unknown"],
    ["GET", "/auth"],
    ["GET", "/auth/login"],
    ["GET", "/auth/register"],
    ["PUT", "/auth/login"],
    ["POST", "/auth/login/"],
    ["POST", "/auth/me"],
    ["PUT", "/projects/1"],
    ["GET", "//projects"],
    ["GET", "/projects/"],
    ["GET", "/auth/../projects"],
    ["GET", "/auth/login/../../projects"],
    ["GET", "/auth%2F..%2Fprojects"],
    ["GET", "/auth/login%2f..%2f..%2fprojects"],
    ["HEAD", "/projects"],
    ["OPTIONS", "/projects"],
    ["POST", "/training/jobs/1"],
    ["POST", "/openapi.json"],
  ])("%s /api/v1%s is not answered", async (method, path, json) => {
    const answer = await request(server, { method, path: `/api/v1${path}`, json });
    expect(answer.status).toBe(401);
    expect(answer.headers.get("WWW-Authenticate")).toMatch(/^Bearer\b/);
    expect(answer.headers.get("Content-Type")).toBe(PROBLEM);
  });

  test.each(CALLS.filter(([method]) => method !== "GET"))(
    "%s %s says so before it looks at the body",
    async (method, path) => {
      const response = await fetch(`${server.origin}/api/v1${path}`, {
        method,
        headers: { "Content-Type": "text/plain" },
        body: "{not json",
      });
      await response.body?.cancel();
      expect(response.status).toBe(401);
    },
  );

  test("nothing of it was done", async () => {
    expect((await demo.send("GET", "/api/v1/projects/1")).body)
      .toMatchObject({ name: "Dog vs Cat", experiment_count: 2 });
  });
});

describe("with sign-up closed", () => {
  const LINK = /(http:\/\/\S+?\/setup\?token=([\w.-]+))/;
  let closed: Server;

  beforeAll(async () => {
    closed = await startServer({
      datasets: DATASETS,
      env: { APP_ENV: "production", SIGNUP: "closed", JWT_SECRET: SECRET },
    });
  });
  afterAll(() => closed?.[Symbol.asyncDispose]());

  const form = (path: string, fields: Record<string, string>) =>
    fetch(closed.origin + path, {
      method: "POST",
      redirect: "manual",
      headers: { Origin: closed.origin },
      body: new URLSearchParams(fields),
    });

  test("nobody registers, by API or page", async () => {
    const json = { email: "a@example.com", password: PASSWORD };
    const path = "/api/v1/auth/register";
    expect(refusal(await request(closed, { method: "POST", path, json })))
      .toMatchObject({ status: 403, type: PROBLEM });
    const page = await form("/signup", json);
    expect([page.status, page.headers.get("Location")]).toEqual([403, null]);
    expect((await request(closed, { method: "GET", path: "/signup" })).status).toBe(403);
  });

  test("the logged link makes the first account, once", async () => {
    const [, link, token] = LINK.exec(closed.output()) ?? [];
    expect(link, closed.output()).toBeDefined();
    const path = new URL(link!).pathname + new URL(link!).search;
    const page = await request(closed, { method: "GET", path });
    expect(page.status).toBe(200);
    expect(page.body).toContain('action="/setup"');
    expect(page.body).toContain(`value="${token}"`);

    const email = "first@example.com";
    for (const wrong of ["", "a.b.c", sign({ sub: "setup", jti: "x" })]) {
      expect((await form("/setup", { token: wrong, email, password: PASSWORD })).status).toBe(403);
    }
    const short = await form("/setup", { token: token!, email, password: "short" });
    expect(short.status).toBe(422);
    expect(await short.text()).toContain(`value="${token}"`);

    const answers = await Promise.all(
      ["first", "rival"].map((name) =>
        form("/setup", { token: token!, email: `${name}@example.com`, password: PASSWORD })
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([303, 403]);
    const entered = answers.find(({ status }) => status === 303)!;
    const cookie = entered.headers.get("Set-Cookie")!;
    expect(cookie).toMatch(/HttpOnly/i);
    expect(cookie).toMatch(/SameSite=Lax/i);
    const home = await request(closed, {
      method: "GET",
      path: entered.headers.get("Location")!,
      headers: { Cookie: cookie.split(";")[0]! },
    });
    expect(home.status).toBe(200);

    expect((await request(closed, { method: "GET", path })).status).toBe(403);
    const late = await form("/setup", {
      token: token!,
      email: "b@example.com",
      password: PASSWORD,
    });
    expect(late.status).toBe(403);
  });

  test("no link is logged once there is an account", async () => {
    await closed.stop();
    await using again = await startServer({
      place: closed.place,
      datasets: DATASETS,
      env: { APP_ENV: "production", SIGNUP: "closed", JWT_SECRET: SECRET },
    });
    expect((await request(again, { method: "GET", path: "/readyz" })).status).toBe(200);
    expect(again.output()).not.toContain("/setup?token=");
  });
});

test("accounts are separate", async () => {
  const one: Api = await signUpApi(server, "one@example.com");
  expect((await one.send("GET", "/api/v1/projects")).body).toEqual({ items: [] });
  expect((await one.send("GET", "/api/v1/training/jobs")).body.items).toEqual([]);
});

interface Claims extends Record<string, unknown> {
  exp: number;
  iat: number;
}

function claimsOf(token: string): Claims {
  return JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString());
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** A token as the server would make it, unless told otherwise. */
function sign(claims: unknown, { key = SECRET, alg = "HS256" } = {}): string {
  const text = `${encode({ alg })}.${encode(claims)}`;
  return `${text}.${createHmac("sha256", key).update(text).digest("base64url")}`;
}
