import { afterAll, beforeAll, expect, test } from "vitest";
import { apiWith, signInApi } from "../support/api.ts";
import { expectSound, LOOKS, signInDemo, useBrowser, visit } from "../support/browser.ts";
import { type Server, startServer } from "../support/server.ts";

const browser = useBrowser();
let server: Server;

beforeAll(async () => {
  server = await startServer();
  await signInApi(server);
});
afterAll(() => server?.[Symbol.asyncDispose]());

test.each(LOOKS)(
  "axe finds nothing in the %s theme, %s, %i pixels wide, where nothing sticks out",
  async (colorScheme, locale, width) => {
    const viewport = { width, height: 740 };
    await using visitor = await visit(browser(), { server, colorScheme, locale, viewport });
    const { page } = visitor;
    await signInDemo(page, "/account");
    await expectSound(page);
    const form = page.locator(".token-form");
    if (!await form.isVisible()) await page.locator("summary").click();
    await page.locator("#lifetime").selectOption("date");
    await page.locator("#name").fill(`${"x".repeat(80)} ${colorScheme} ${width}`);
    await page.locator("#expires_on").fill("");
    await form.getByRole("button").click();
    await page.locator("#expires_on-error").waitFor();
    await expectSound(page);
    await page.locator("#lifetime").selectOption("7");
    await form.getByRole("button").click();
    await page.locator("#new-token").waitFor();
    await expectSound(page);
  },
);

test.each([true, false])("a token is made, used and revoked, with script: %s", async (script) => {
  await using visitor = await visit(browser(), { server, javaScriptEnabled: script });
  const { page } = visitor;
  const name = `gpu ${script}`;
  await signInDemo(page, "/account");
  const summary = page.locator("summary");
  if (!await page.locator("#name").isVisible()) await summary.click();
  await page.getByLabel("용도").fill(name);
  await page.getByLabel("권한").selectOption("write");
  expect(await page.getByLabel("마지막 날").isVisible()).toBe(false);
  await page.getByRole("button", { name: "토큰 만들기" }).click();
  const token = await page.locator("#new-token").innerText();
  if (script) {
    const focused = await page.evaluate(() => document.activeElement?.textContent);
    expect(focused).toBe(`‘${name}’ 토큰을 만들었습니다`);
  }
  // Without script it would do nothing.
  expect(await page.getByRole("button", { name: "복사" }).isVisible()).toBe(script);

  const api = apiWith(server, token);
  expect((await api.send("POST", "/api/v1/projects", { json: { name } })).status).toBe(201);
  await page.goto("/account");
  const entry = page.getByRole("listitem").filter({ hasText: name });
  await entry.getByText("마지막 사용 방금 전").waitFor();
  await entry.getByRole("button", { name: `${name} 폐기` }).click();
  await page.getByText("토큰을 폐기했습니다.").waitFor();
  expect((await api.send("GET", "/api/v1/auth/me")).status).toBe(401);
  expect(visitor.complaints).toEqual([]);
});
