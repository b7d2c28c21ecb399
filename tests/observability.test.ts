import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Api, EXAMPLE, request, signInApi } from "./support/api.ts";
import { EXPERIMENT_FORM, HTMX, openPages } from "./support/pages.ts";
import { type Server, startServer } from "./support/server.ts";

const TOKEN = "a-token-of-this-test";
const bearer = { Authorization: `Bearer ${TOKEN}` };

describe("metrics", () => {
  let server: Server;
  let api: Api;

  beforeAll(async () => {
    server = await startServer({ env: { METRICS_TOKEN: TOKEN } });
    api = await signInApi(server);
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  const read = (headers: Record<string, string> = bearer) =>
    request(server, { method: "GET", path: "/metrics", headers });

  test("are for whoever has the token", async () => {
    const answer = await read();
    expect(answer.status).toBe(200);
    expect(answer.headers.get("Content-Type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(answer.headers.get("Cache-Control")).toBe("no-store");
    for (
      const Authorization of [
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        `Bearer ${TOKEN}x`,
        `Bearer ${TOKEN.slice(1)}`,
        `Basic ${TOKEN}`,
        TOKEN,
        `Bearer ${api.token}`,
      ]
    ) {
      const refused = await read({ Authorization });
      expect([refused.status, refused.body], Authorization).toEqual([401, ""]);
      expect(refused.headers.get("WWW-Authenticate")).toMatch(/^Bearer/);
    }
    const inQuery = await request(server, { method: "GET", path: `/metrics?token=${TOKEN}` });
    expect(inQuery.status).toBe(401);
  });

  test("count creations of both faces, once each, and no retry", async () => {
    const created = async () => Number(/_created_total (\d+)/.exec((await read()).body)![1]);
    const before = await created();
    const headers = { "Idempotency-Key": "counted-once" };
    for (let tries = 0; tries < 2; tries++) {
      await api.send("POST", "/api/v1/training/jobs", { json: EXAMPLE, headers });
    }
    await api.send("POST", "/api/v1/training/jobs", { json: { ...EXAMPLE, epochs: 0 } });
    const pages = await openPages(server);
    await pages.post("/projects/1/experiments", EXPERIMENT_FORM, HTMX);
    expect(await created()).toBe(before + 2);
  });

  test("name routes by their pattern, and nothing a client could make up", async () => {
    const own = `made-up-${crypto.randomUUID()}`;
    await api.send("GET", "/api/v1/projects/4711");
    await request(server, { method: "GET", path: `/${own}?${own}=${own}` });
    await request(server, { method: "GET", path: `/static/${own}` });
    await fetch(`${server.origin}/projects`, { method: own.toUpperCase() }).catch(() => {});
    const { body } = await read();
    expect(body).toMatch(/method="GET",route="\/api\/v1\/projects\/:id",status="404"\} \d/);
    expect(body).not.toContain(own);
    expect(body).not.toContain(own.toUpperCase());
  });

  test("count what the outputs folder did not answer", async () => {
    const failed = async () => Number(/what="volume"\} (\d+)/.exec((await read()).body)![1]);
    expect(await failed()).toBe(0);
    await Deno.rename(`${server.folder}/outputs`, `${server.folder}/outputs-kept`);
    await Deno.writeTextFile(`${server.folder}/outputs`, "in the way");
    await api.send("POST", "/api/v1/training/jobs", { json: EXAMPLE });
    await request(server, { method: "GET", path: "/readyz" });
    expect(await failed()).toBeGreaterThanOrEqual(2);
  });
});

test("metrics are not there unless they were asked for", async () => {
  await using server = await startServer();
  const answer = await request(server, { method: "GET", path: "/metrics", headers: bearer });
  expect(answer.status).toBe(404);
  expect(answer.body).not.toContain("trainyard_http");
});

test("METRICS=on opens them to all", async () => {
  await using server = await startServer({ env: { METRICS: "on" } });
  const answer = await request(server, { method: "GET", path: "/metrics" });
  expect(answer.status).toBe(200);
  expect(answer.body).toContain("trainyard_build_info");
});

describe("a request's id", () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer({
      env: { APP_ENV: "production", JWT_SECRET: crypto.randomUUID().repeat(2), SIGNUP: "open" },
    });
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  const idOf = async (given: string) => {
    const headers = { "X-Request-Id": given };
    const answer = await request(server, { method: "GET", path: "/api/v1/projects", headers });
    expect(answer.body.request_id).toBe(answer.headers.get("X-Request-Id"));
    return answer.headers.get("X-Request-Id");
  };

  test.each(["abc-123_=", "x".repeat(64)])("is the client's own: %j", async (id) => {
    expect(await idOf(id)).toBe(id);
  });

  test.each(["", " ", "a b", "a\tb", "<script>", "a;b", '"', "é", "../..", "x".repeat(65)])(
    "is a fresh one instead of %j",
    async (id) => {
      expect(await idOf(id)).toMatch(/^[\da-f]{8}-[\da-f-]{27}$/);
    },
  );

  test("leads to its line in the log, which is JSON and says who, what and how it went", async () => {
    const account = { email: "log@example.com", password: "correct horse battery" };
    const path = "/api/v1/auth/register";
    const { body: user } = await request(server, { method: "POST", path, json: account });
    const api = await signInApi(server, account);
    const headers = { "X-Request-Id": "find-me" };
    await api.send("GET", "/api/v1/projects/4711?secret=1", { headers });
    const events = server.output().trim().split("\n").map((line) => JSON.parse(line));
    expect(events.filter(({ request_id }) => request_id === "find-me")).toEqual([{
      time: expect.stringMatching(/Z$/),
      level: "info",
      message: "request",
      method: "GET",
      route: "/api/v1/projects/:id",
      status: 404,
      ms: expect.any(Number),
      user_id: user.id,
      request_id: "find-me",
    }]);
  });
});
