import axe from "axe-core";
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from "playwright-core";
import { afterAll, beforeAll, expect, inject } from "vitest";
import type { Server } from "./server.ts";

/** A browser for all tests of a file. */
export function useBrowser(): () => Browser {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch(inject("browser"));
  });
  afterAll(() => browser?.close());
  return () => browser;
}

export interface Visit extends AsyncDisposable {
  context: BrowserContext;
  page: Page;
  /** Console errors, uncaught exceptions and requests to other hosts so far. */
  complaints: string[];
}

/** A visitor of their own, with an empty cookie jar. */
export async function visit(
  browser: Browser,
  { server, ...options }: { server: Server } & BrowserContextOptions,
): Promise<Visit> {
  const context = await browser.newContext({
    baseURL: server.origin,
    locale: "ko-KR",
    ...options,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("request", (request) => {
    if (!request.url().startsWith(server.origin)) complaints.push(`request to ${request.url()}`);
  });
  return { context, page, complaints, [Symbol.asyncDispose]: () => context.close() };
}

/** Signs the demo user in with the button that development offers. */
export async function signInDemo(page: Page, then = "/projects/1"): Promise<void> {
  await page.goto(`/login?next=${encodeURIComponent(then)}`);
  await page.locator('form:has([name="password"][type="hidden"]) button').click();
  await page.waitForURL(`**${then}`);
}

/** Waits until htmx listens to a control. What a swap brings is seen a moment earlier: too short for a
 * person, not for a test. */
export async function ready(page: Page, selector: string): Promise<void> {
  await page.locator(`${selector}[data-htmx-powered]`).first().waitFor({ state: "attached" });
}

/** What axe finds on the page as it stands. */
export async function violations(page: Page): Promise<string[]> {
  // Colours are measured when nothing moves.
  await page.evaluate(() => Promise.all(document.getAnimations().map((a) => a.finished)));
  await page.evaluate(axe.source);
  return await page.evaluate(async () => {
    const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
  });
}

/** How far the page can be scrolled sideways, in CSS pixels. */
export async function overflow(page: Page): Promise<number> {
  return await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth - clientWidth;
  });
}

/** Theme, language and width of four visits that see both of each. */
export const LOOKS = [
  ["light", "ko-KR", 1280],
  ["dark", "ko-KR", 360],
  ["light", "en-US", 360],
  ["dark", "en-US", 1280],
] as const;

/** Axe finds nothing, and nothing sticks out sideways. */
export async function expectSound(page: Page): Promise<void> {
  expect(await violations(page), page.url()).toEqual([]);
  expect(await overflow(page), page.url()).toBe(0);
}
