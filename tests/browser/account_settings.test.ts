import axe from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { apiWith, signInApi } from "../support/api.ts";
import { signInDemo, useBrowser, visit } from "../support/browser.ts";
import { type Server, startServer } from "../support/server.ts";

const browser = useBrowser();
let server: Server;

beforeAll(async () => {
  server = await startServer();
  await signInApi(server);
});
afterAll(() => server?.[Symbol.asyncDispose]());

test.each(
  [
    ["light", "ko-KR", 1280],
    ["dark", "ko-KR", 360],
    ["light", "en-US", 360],
    ["dark", "en-US", 1280],
  ] as const,
)(
  "axe finds nothing in the %s theme, %s, %i pixels wide, where nothing sticks out",
  async (colorScheme, language, width) => {
    const viewport = { width, height: 740 };
    // The sign-in button is looked for in Korean.
    await using visitor = await visit(browser(), { server, colorScheme, viewport });
    const { page } = visitor;
    await signInDemo(page, "/account");
    if (language === "en-US") {
      await page.getByRole("button", { name: "English" }).click();
      await page.getByRole("heading", { name: "Account", exact: true }).waitFor();
    }
    expect(await faults(page)).toEqual([]);
    const form = page.locator(".token-form");
    if (!await form.isVisible()) await page.locator("summary").click();
    await page.locator("#lifetime").selectOption("date");
    await page.locator("#name").fill(`${"x".repeat(80)} ${colorScheme} ${width}`);
    await page.locator("#expires_on").fill("");
    await form.getByRole("button").click();
    await page.locator("#expires_on-error").waitFor();
    expect(await faults(page)).toEqual([]);
    await page.locator("#lifetime").selectOption("7");
    await form.getByRole("button").click();
    await page.locator("#new-token").waitFor();
    expect(await faults(page)).toEqual([]);
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

/** What axe finds, and whether the page is wider than the window. */
async function faults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  return await page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run();
    const { scrollWidth, clientWidth } = document.documentElement;
    return [
      ...violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`),
      ...scrollWidth > clientWidth ? [`${scrollWidth - clientWidth} pixels stick out`] : [],
    ];
  });
}
