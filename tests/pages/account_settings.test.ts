import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { apiWith, request, signInApi } from "../support/api.ts";
import { openPages, type Pages } from "../support/pages.ts";
import { type Server, startServer } from "../support/server.ts";

let server: Server;
let pages: Pages;

beforeAll(async () => {
  server = await startServer();
  pages = await openPages(server);
});
afterAll(() => server?.[Symbol.asyncDispose]());

const tokenForm = (name: string, changes: Record<string, string> = {}) => ({
  name,
  scope: "read",
  lifetime: "30",
  expires_on: "",
  ...changes,
});
const tokenIn = (text: string) => /<code id="new-token">([^<]+)</.exec(text)?.[1];
const errorIn = (text: string) => /<p class="error" id="(\w+)-error">([^<]+)/.exec(text)?.slice(1);

describe("the account's page", () => {
  test("is for who is signed in, and stays with them", async () => {
    const stranger = await openPages(server, null);
    const turned = await stranger.get("/account");
    expect([turned.status, turned.headers.get("Location")])
      .toEqual([303, "/login?next=%2Faccount"]);
    const { status, headers, text } = await pages.get("/account");
    expect(status).toBe(200);
    expect(headers.get("Cache-Control")).toBe("no-store");
    expect(text).toContain("demo@example.com");
    expect(text).toContain("지금 이 기기");
  });

  test("speaks English too", async () => {
    const { text } = await pages.get("/account", { "Accept-Language": "en" });
    expect(text).toContain('<html lang="en"');
    expect(text).toContain("Access tokens");
    expect(text).not.toMatch(/[가-힣]{2}(?<!한국어|한국)/);
  });

  test("says only what can have been done", async () => {
    expect((await pages.get("/account?done=token")).text).toContain("토큰을 폐기했습니다.");
    for (const done of ["__proto__", "constructor", "x", ""]) {
      const { status, text } = await pages.get(`/account?done=${done}`);
      expect([status, text.includes('role="status">')]).toEqual([200, false]);
    }
  });
});

describe("making a token on the page", () => {
  test("shows it in that answer and nowhere else", async () => {
    const made = await pages.post("/account/tokens", tokenForm("gpu-1"));
    expect(made.status).toBe(201);
    expect(made.headers.get("Cache-Control")).toBe("no-store");
    const token = tokenIn(made.text)!;
    expect(token).toMatch(/^ty_[0-9A-Za-z]{49}$/);
    expect(made.text).toContain(`${server.origin}/api/v1/projects`);
    const me = await apiWith(server, token).send("GET", "/api/v1/auth/me");
    expect(me.status).toBe(200);
    const { text } = await pages.get("/account");
    expect(text).toContain("gpu-1");
    expect(text).not.toContain(token);
  });

  test("again, by a reload, makes no other", async () => {
    await pages.post("/account/tokens", tokenForm("once"));
    const again = await pages.post("/account/tokens", tokenForm("once"));
    expect(again.status).toBe(409);
    expect(errorIn(again.text)).toEqual(["name", "같은 이름의 토큰이 이미 있습니다"]);
    expect(tokenIn(again.text)).toBeUndefined();
    expect(again.text.match(/<strong>once</g)).toHaveLength(1);
  });

  test("takes a date for its end", async () => {
    const date = new Date(Date.now() + 864e5).toISOString().slice(0, 10);
    const changes = { lifetime: "date", expires_on: date };
    const { status, text } = await pages.post("/account/tokens", tokenForm("to a date", changes));
    expect(status).toBe(201);
    expect(text).toContain(`${date}까지`);
  });

  test.each<[string, Record<string, string>, string]>([
    ["no name", { name: " " }, "name"],
    ["a scope there is not", { scope: "admin" }, "scope"],
    ["a date that is missing", { lifetime: "date" }, "expires_on"],
    ["a date too far away", { lifetime: "date", expires_on: "2999-01-01" }, "expires_on"],
    ["a date of the past", { lifetime: "date", expires_on: "2001-01-01" }, "expires_on"],
    ["a lifetime that is not offered", { lifetime: "100000" }, "expires_on"],
  ])("refuses %s beside its field, and keeps what was typed", async (_, changes, field) => {
    const { status, text } = await pages.post("/account/tokens", tokenForm("kept", changes));
    expect(status).toBe(422);
    expect(errorIn(text)?.[0]).toBe(field);
    if (changes.name === undefined) expect(text).toContain('value="kept"');
    expect(tokenIn(text)).toBeUndefined();
  });

  test("takes no name for markup", async () => {
    const { text } = await pages.post("/account/tokens", tokenForm("<script>alert(1)</script>"));
    expect(text).not.toContain("<script>alert");
  });
});

describe("what is there can be ended", () => {
  test("a token", async () => {
    const made = await pages.post("/account/tokens", tokenForm("to revoke"));
    const [, action] = /action="(\/account\/tokens\/\d+\/revoke)"/.exec(made.text)!;
    const revoked = await pages.post(action!, {});
    expect([revoked.status, revoked.headers.get("Location")])
      .toEqual([303, "/account?done=token"]);
    const me = await apiWith(server, tokenIn(made.text)!).send("GET", "/api/v1/auth/me");
    expect(me.status).toBe(401);
    expect((await pages.post(action!, {})).status).toBe(404);
  });

  test("another sign-in, whose name is the client's word alone", async () => {
    const login = await request(server, {
      method: "POST",
      path: "/api/v1/auth/login",
      json: { email: "demo@example.com", password: "demo-password" },
      headers: { "User-Agent": `"><img/src=x>evil` },
    });
    const api = apiWith(server, login.body.access_token);
    const { text } = await pages.get("/account");
    expect(text).not.toContain("<img");
    const entry = text.split("<li>").find((entry) => entry.includes("img/src=x"))!;
    const [, action] = /action="(\/account\/sessions\/[0-9a-f]{32}\/end)"/.exec(entry)!;
    expect((await pages.post(action!, {})).headers.get("Location")).toBe("/account?done=session");
    expect((await api.send("GET", "/api/v1/auth/me")).status).toBe(401);
    expect((await pages.get("/account")).status).toBe(200);
  });

  test("every other sign-in", async () => {
    const other = await signInApi(server);
    const answer = await pages.post("/account/other-sessions/end", {});
    expect(answer.headers.get("Location")).toBe("/account?done=others");
    expect((await other.send("GET", "/api/v1/auth/me")).status).toBe(401);
    const { text } = await pages.get("/account");
    expect(text).not.toContain("/account/sessions/");
  });

  test("but not by another site", async () => {
    for (const path of ["other-sessions/end", "tokens", "password", "tokens/1/revoke"]) {
      const answer = await pages.post(`/account/${path}`, {}, { "Sec-Fetch-Site": "cross-site" });
      expect(answer.status, path).toBe(403);
    }
  });
});

describe("changing the password on the page", () => {
  const NEW = "a new password";
  const form = (current_password: string, new_password: string) => ({
    current_password,
    new_password,
  });

  test("is refused beside the field at fault, and shows no password again", async () => {
    const wrong = await pages.post("/account/password", form("guessed-password", NEW));
    expect(wrong.status).toBe(422);
    expect(errorIn(wrong.text))
      .toEqual(["current_password", "현재 비밀번호가 올바르지 않습니다"]);
    const short = await pages.post("/account/password", form("demo-password", "short-1"));
    expect(errorIn(short.text)?.[0]).toBe("new_password");
    expect(wrong.text + short.text).not.toMatch(/guessed-password|short-1|a new password/);
  });

  test("works, and ends every other sign-in", async () => {
    const other = await signInApi(server);
    const answer = await pages.post("/account/password", form("demo-password", NEW));
    expect([answer.status, answer.headers.get("Location")])
      .toEqual([303, "/account?done=password"]);
    expect((await other.send("GET", "/api/v1/auth/me")).status).toBe(401);
    expect((await pages.get("/account")).status).toBe(200);
    await openPages(server, { email: "demo@example.com", password: NEW });
  });
});
