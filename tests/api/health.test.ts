import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Api, DATASETS, DEMO, EXAMPLE, refusal, request, signInApi } from "../support/api.ts";
import { type Server, startServer } from "../support/server.ts";

const PROBLEM = "application/problem+json";
const JOBS = "/api/v1/training/jobs";

let server: Server;
let api: Api;

beforeAll(async () => {
  server = await startServer({ datasets: DATASETS });
  api = await signInApi(server);
});
afterAll(() => server?.[Symbol.asyncDispose]());

const get = (path: string, headers: Record<string, string> = {}) =>
  request(server, { method: "GET", path, headers });
const create = (options = {}) => api.send("POST", JOBS, { json: EXAMPLE, ...options });

/** What a 503 may tell: nothing of the inside. */
function expectDiscreet(text: string): void {
  expect(text).not.toContain(server.folder);
  expect(text).not.toMatch(/outputs\/|\/tmp|trainyard\.db|\.ts\b|SQLITE|insert into|node_modules/i);
  expect(text).not.toMatch(/\bat \w+ \(|os error|ENOTDIR|NotADirectory/);
}

async function sessionCookie(): Promise<string> {
  const response = await fetch(`${server.origin}/login`, {
    method: "POST",
    redirect: "manual",
    headers: { Origin: server.origin },
    body: new URLSearchParams(DEMO),
  });
  await response.body?.cancel();
  expect(response.status).toBe(303);
  return response.headers.get("Set-Cookie")!.split(";")[0]!;
}

test("healthz and readyz answer without a token", async () => {
  expect(await get("/healthz")).toMatchObject({ status: 200, body: { status: "ok" } });
  expect(await get("/readyz")).toMatchObject({
    status: 200,
    body: { database: "ok", volume: "ok" },
  });
  const head = await request(server, { method: "HEAD", path: "/healthz" });
  expect(head.status).toBe(200);
});

describe("with the outputs folder gone", () => {
  beforeEach((context) => {
    if (!server.place.backend.endsWith("disk")) context.skip("a bucket has no folder to take away");
  });
  beforeAll(async () => {
    if (!server.place.backend.endsWith("disk")) return;
    await Deno.rename(`${server.folder}/outputs`, `${server.folder}/outputs-kept`);
    await Deno.writeTextFile(`${server.folder}/outputs`, "in the way");
  });
  afterAll(async () => {
    if (!server.place.backend.endsWith("disk")) return;
    await Deno.remove(`${server.folder}/outputs`);
    await Deno.rename(`${server.folder}/outputs-kept`, `${server.folder}/outputs`);
    expect((await get("/readyz")).status).toBe(200);
    expect((await create()).status).toBe(201);
  });

  test("readyz names the volume, and healthz stays well", async () => {
    const answer = await get("/readyz");
    expect(answer.status).toBe(503);
    expect(answer.body).toMatchObject({
      database: "ok",
      volume: expect.not.stringMatching(/^ok$/),
    });
    expectDiscreet(JSON.stringify(answer.body));
    expect((await get("/healthz")).status).toBe(200);
  });

  test("a creation answers 503, says little and leaves no row", async () => {
    const before = (await api.send("GET", JOBS)).body;
    const headers = { "Idempotency-Key": "later" };
    for (const options of [{}, { headers }]) {
      const answer = await create(options);
      expect(refusal(answer)).toMatchObject({
        status: 503,
        type: PROBLEM,
        detail: expect.stringMatching(/volume/),
      });
      expectDiscreet(JSON.stringify(answer.body));
      expectDiscreet(JSON.stringify([...answer.headers]));
    }
    expect((await api.send("GET", JOBS)).body).toEqual(before);
  });

  test("what needs no volume goes on", async () => {
    expect((await api.send("POST", `${JOBS}?validate_only=true`, { json: EXAMPLE })).status)
      .toBe(200);
    expect((await api.send("GET", "/api/v1/projects")).status).toBe(200);
  });
});

test("a database that cannot be written answers 503 and leaves no directory", async (context) => {
  if (server.place.backend !== "libsql × disk") context.skip("locks a libSQL file");
  const before = await server.place.outputDirs();
  const rows = (await api.send("GET", JOBS)).body;
  const intruder = new DatabaseSync(`${server.folder}/trainyard.db`);
  try {
    intruder.exec("begin immediate");
    const answer = await create();
    expect(refusal(answer)).toMatchObject({
      status: 503,
      type: PROBLEM,
      detail: expect.stringMatching(/database/),
    });
    expectDiscreet(JSON.stringify(answer.body));
    intruder.exec("rollback");
  } finally {
    intruder.close();
  }
  expect(await server.place.outputDirs()).toEqual(before);
  expect((await api.send("GET", JOBS)).body).toEqual(rows);
  expect((await create()).status).toBe(201);
});

describe("every answer", () => {
  test.each([
    ["the API", "/api/v1/projects"],
    ["a refusal", "/api/v1/projects/4711"],
    ["a page", "/login"],
    ["a redirection", "/projects"],
    ["health", "/healthz"],
    ["a file that is not there", "/static/none.css"],
  ])("carries security headers: %s", async (_, path) => {
    const { headers } = await get(path, { Authorization: `Bearer ${api.token}` });
    expect(Object.fromEntries(headers)).toMatchObject({
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      "content-security-policy": expect.stringMatching(/default-src '(self|none)'/),
    });
    const policy = headers.get("Content-Security-Policy")!;
    expect(policy).toMatch(/frame-ancestors 'none'/);
    expect(policy).not.toMatch(/unsafe-(inline|eval)/);
    expect(headers.get("X-Request-Id")).toMatch(/./);
    expect(headers.get("X-Powered-By")).toBeNull();
    expect(headers.get("Access-Control-Allow-Origin")).toBeNull();
  });

  test("of the API and of pages is kept by nobody", async () => {
    const cookie = await sessionCookie();
    for (const path of ["/api/v1/projects", "/api/v1/projects/4711", "/projects", "/projects/1"]) {
      const { headers } = await get(path, { Authorization: `Bearer ${api.token}`, Cookie: cookie });
      expect(headers.get("Cache-Control"), path).toBe("no-store");
    }
  });
});

describe("what is not there", () => {
  test.each(["/api/v1/unknown", "/api/v1/projects/1/unknown", "/api/v1/training"])(
    "is a problem document at %s",
    async (path) => {
      const answer = await api.send("GET", path);
      expect(refusal(answer)).toMatchObject({ status: 404, type: PROBLEM, detail: "Not found" });
    },
  );

  test("is a problem document for a method the API does not have", async () => {
    for (
      const [method, path, allow] of [
        ["PUT", "/projects/1", "GET, HEAD, PATCH, DELETE"],
        ["DELETE", "/models", "GET, HEAD"],
        ["OPTIONS", "/training/jobs", "POST, GET, HEAD"],
        ["GET", "/auth/login", "POST"],
      ] as const
    ) {
      const answer = await api.send(method, `/api/v1${path}`);
      expect(refusal(answer)).toMatchObject({ status: 405, type: PROBLEM });
      expect(answer.headers.get("Allow")).toBe(allow);
    }
  });

  test("is a page elsewhere", async () => {
    const headers = { Cookie: await sessionCookie() };
    for (const path of ["/unknown", "/projects/4711", "/projects/abc", "/static/none.css"]) {
      const answer = await get(path, headers);
      expect(answer.status, path).toBe(404);
      expect(answer.headers.get("Content-Type")).toMatch(/^text\/html/);
      expect(answer.body).toMatch(/^<!doctype html>/i);
    }
  });
});

test("the log tells neither passwords nor tokens", async () => {
  await get("/projects?token=leaky-query");
  expect(server.output()).not.toContain(api.token);
  expect(server.output()).not.toContain("leaky-query");
  expect(server.output()).not.toMatch(/scrypt\$/);
});
