import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Api,
  apiWith,
  DATASETS,
  refusal,
  request,
  signInApi,
  signUpApi,
} from "../support/api.ts";
import { openPages } from "../support/pages.ts";
import { type Server, startServer } from "../support/server.ts";

const SESSIONS = "/api/v1/auth/sessions";
const PASSWORD = "/api/v1/auth/password";
const PROBLEM = "application/problem+json";
const OLD = "correct horse battery";

let server: Server;
/** For refusals, which change nothing: each sign-up costs two password hashes. */
let somebody: Api;

beforeAll(async () => {
  server = await startServer({ datasets: DATASETS, env: { TRUST_PROXY: "true" } });
  ({ apis: [somebody] } = await signUp());
});
afterAll(() => server?.[Symbol.asyncDispose]());

let people = 0;
/** Somebody new, signed in so many times. */
async function signUp(times = 1) {
  const email = `person-${++people}@example.com`;
  const account = { email, password: OLD };
  const apis = [await signUpApi(server, email)];
  while (apis.length < times) apis.push(await signInApi(server, account));
  return { account, apis: apis as [Api, Api, Api] };
}
const signIn = (email: string, password: string, headers: Record<string, string> = {}) =>
  request(server, {
    method: "POST",
    path: "/api/v1/auth/login",
    json: { email, password },
    headers,
  });
const isIn = async (api: Api) => (await api.send("GET", "/api/v1/auth/me")).status === 200;
// deno-lint-ignore no-explicit-any -- as in `ApiAnswer`
const list = async (api: Api): Promise<any[]> => (await api.send("GET", SESSIONS)).body.items;

describe("the list of sessions", () => {
  test("says when and from where each was opened, and which one asks", async () => {
    const { account } = await signUp();
    const login = await signIn(account.email, OLD, {
      "User-Agent": `<script>alert(1)</script> \u00ad\u0085 ${"x".repeat(300)}`,
      "X-Real-IP": "203.0.113.7",
    });
    const api = apiWith(server, login.body.access_token);
    const items = await list(api);
    expect(items).toHaveLength(2);
    const current = items.find((item) => item.current);
    expect(items.filter((item) => item.current)).toHaveLength(1);
    expect(current).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{32}$/),
      created_at: expect.stringMatching(/Z$/),
      expires_at: expect.stringMatching(/Z$/),
      last_seen_at: expect.stringMatching(/Z$/),
      address: "203.0.113.7",
      user_agent: expect.stringMatching(/^<script>alert\(1\)<\/script> [ x]+$/),
      current: true,
    });
    expect(current.user_agent).toHaveLength(200);
    const lifetime = Date.parse(current.expires_at) - Date.parse(current.created_at);
    expect(lifetime).toBe(login.body.expires_in * 1000);
  });

  test("never holds what the token carries", async () => {
    const api = somebody;
    const { jti } = JSON.parse(atob(api.token.split(".")[1]!));
    const answer = await api.send("GET", SESSIONS);
    expect(JSON.stringify(answer.body)).not.toContain(jti);
    expect(server.output()).not.toContain(jti);
    expect((await api.send("DELETE", `${SESSIONS}/${jti}`)).status).toBe(404);
    expect(await isIn(api)).toBe(true);
  });
});

describe("ending sessions", () => {
  test("one by one, another or one's own", async () => {
    const { apis: [one, two, three] } = await signUp(3);
    const own = async (api: Api) => (await list(api)).find((item) => item.current).id as string;
    expect((await one.send("DELETE", `${SESSIONS}/${await own(two)}`)).status).toBe(204);
    expect([await isIn(one), await isIn(two), await isIn(three)]).toEqual([true, false, true]);
    expect((await one.send("DELETE", `${SESSIONS}/${await own(one)}`)).status).toBe(204);
    expect([await isIn(one), await isIn(three)]).toEqual([false, true]);
    expect(await list(three)).toHaveLength(1);
  });

  test("everywhere else", async () => {
    const { apis: [one, two, three], account } = await signUp(3);
    const pages = await openPages(server, account);
    expect((await pages.get("/projects")).status).toBe(200);
    expect((await two.send("DELETE", SESSIONS)).status).toBe(204);
    expect([await isIn(one), await isIn(two), await isIn(three)]).toEqual([false, true, false]);
    expect((await pages.get("/projects")).status).toBe(303);
    expect(await list(two)).toHaveLength(1);
  });

  test("is for one's own: another's is not found", async () => {
    const { apis: [ann] } = await signUp();
    const { apis: [bob] } = await signUp();
    const [{ id }] = await list(ann) as [{ id: string }];
    for (const handle of [id, id.toUpperCase(), "x", "%00", "1", "..%2f..", "x".repeat(5000)]) {
      expect(refusal(await bob.send("DELETE", `${SESSIONS}/${handle}`)), handle)
        .toMatchObject({ status: 404, type: PROBLEM, detail: "Session not found" });
    }
    expect((await bob.send("DELETE", SESSIONS)).status).toBe(204);
    expect(await isIn(ann)).toBe(true);
  });
});

describe("changing the password", () => {
  const change = (api: Api, current_password: string, new_password: string, headers = {}) =>
    api.send("POST", PASSWORD, { json: { current_password, new_password }, headers });

  test("takes, ends every other session, and keeps this one", async () => {
    const { apis: [one, two], account: { email } } = await signUp(2);
    const token = await one.send("POST", "/api/v1/auth/tokens", {
      json: { name: "gpu", scope: "read" },
    });
    expect((await change(one, OLD, "new password")).status).toBe(204);
    expect([await isIn(one), await isIn(two)]).toEqual([true, false]);
    expect((await signIn(email, OLD)).status).toBe(401);
    expect((await signIn(email, "new password")).status).toBe(200);
    // A training machine goes on.
    expect(await isIn(apiWith(server, token.body.token))).toBe(true);
  });

  test("needs the present one", async () => {
    const { apis: [one, two] } = await signUp(2);
    const answer = await change(one, "wrong password", "new password");
    expect(refusal(answer)).toEqual({
      status: 400,
      type: PROBLEM,
      detail: "Current password is wrong",
      fields: ["current_password"],
    });
    expect([await isIn(one), await isIn(two)]).toEqual([true, true]);
  });

  test.each<[string, unknown, string[]]>([
    ["nothing", {}, ["current_password", "new_password"]],
    ["a short one", { current_password: OLD, new_password: "1234567" }, ["new_password"]],
    ["an endless one", { current_password: OLD, new_password: "x".repeat(257) }, ["new_password"]],
    ["numbers", { current_password: 1, new_password: 12345678 }, [
      "current_password",
      "new_password",
    ]],
  ])("refuses %s", async (_, json, fields) => {
    const answer = await somebody.send("POST", PASSWORD, { json });
    expect(refusal(answer)).toMatchObject({ status: 400, type: PROBLEM, fields });
    expect(JSON.stringify(answer.body)).not.toContain("1234567");
  });

  test("lets nobody guess: tries count as at sign-in", async () => {
    const { apis: [api], account: { email } } = await signUp();
    const headers = { "X-Real-IP": "203.0.113.99" };
    const statuses: number[] = [];
    while (statuses.length < 30 && !statuses.includes(429)) {
      statuses.push(
        (await change(api, `guess ${statuses.length}`, "new password", headers)).status,
      );
    }
    expect(statuses.slice(0, -1)).toEqual(Array(statuses.length - 1).fill(400));
    expect(statuses.at(-1)).toBe(429);
    const refused = await change(api, OLD, "new password", headers);
    expect(refused.status).toBe(429);
    expect(refused.headers.get("Retry-After")).toMatch(/^[1-9]\d*$/);
    expect((await signIn(email, OLD, headers)).status).toBe(429);
  }, 60_000);

  test("leaves nobody in who signs in with the old one meanwhile", async () => {
    const { apis: [api], account: { email } } = await signUp();
    const signIns = Array.from({ length: 3 }, () => signIn(email, OLD));
    expect((await change(api, OLD, "new password")).status).toBe(204);
    await Promise.all(signIns);
    expect(await list(api)).toHaveLength(1);
  });
});
