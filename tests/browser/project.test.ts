import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Api, EXAMPLE, signInApi } from "../support/api.ts";
import { overflow, ready, signInDemo, useBrowser, violations, visit } from "../support/browser.ts";
import { type Server, startServer } from "../support/server.ts";

const browser = useBrowser();
let server: Server;
let api: Api;

/** Beside the two of the demo: 60 pending, of which 20 each of three models. */
const MODELS = ["yolo11n-seg", "yolov8s-seg", "yolo11x-seg"];

beforeAll(async () => {
  server = await startServer();
  api = await signInApi(server);
  for (let i = 0; i < 60; i++) {
    const json = { ...EXAMPLE, model_name: MODELS[i % 3] };
    await api.send("POST", "/api/v1/training/jobs", { json });
  }
});
afterAll(() => server[Symbol.asyncDispose]());

const rows = (page: Page) => page.locator("#experiments tr");
const chips = async (page: Page) =>
  (await page.locator("#chips a").allInnerTexts()).map((text) => text.replace(/\s+/g, " "));

describe.each([true, false])("with JavaScript %s", (javaScriptEnabled) => {
  test("a chip filters; the view is in the address, Back returns", async () => {
    await using visitor = await visit(browser(), { server, javaScriptEnabled });
    const { page } = visitor;
    await signInDemo(page);
    expect(await chips(page)).toEqual(["전체 62", "⏳ 대기중 60", "✅ 완료 1", "❌ 실패 1"]);
    if (javaScriptEnabled) await ready(page, "#chips a");
    await page.getByRole("link", { name: "완료 1" }).click();
    await page.waitForURL("**/projects/1?status=completed");
    await expect.poll(() => rows(page).count()).toBe(1);
    expect(await page.locator('#chips [aria-current="true"]').innerText()).toMatch(/^✅ 완료\s1$/);
    await page.reload();
    expect(await rows(page).count()).toBe(1);
    await page.goBack();
    await expect.poll(() => rows(page).count()).toBe(50);
    await page.goForward();
    await expect.poll(() => rows(page).count()).toBe(1);
    expect(visitor.complaints).toEqual([]);
  });

  test("columns sort, first one way, then the other", async () => {
    await using visitor = await visit(browser(), { server, javaScriptEnabled });
    const { page } = visitor;
    await signInDemo(page, "/projects/1?status=pending");
    for (
      const [order, aria, first] of [
        ["asc", "ascending", "yolo11n-seg"],
        ["desc", "descending", "yolov8s-seg"],
      ]
    ) {
      if (javaScriptEnabled) await ready(page, "thead a");
      await page.getByRole("columnheader", { name: "모델" }).getByRole("link").click();
      await page.waitForURL(`**/projects/1?status=pending&sort=model_name&order=${order}`);
      await page.locator(`thead [aria-sort="${aria}"]`).waitFor();
      expect(await rows(page).first().locator("th").innerText()).toBe(first);
    }
  });

  test("more rows follow on demand, each once", async () => {
    await using visitor = await visit(browser(), { server, javaScriptEnabled });
    const { page } = visitor;
    await signInDemo(page);
    const ids = () => rows(page).evaluateAll((elements) => elements.map((element) => element.id));
    const first = await ids();
    if (javaScriptEnabled) await ready(page, "#more-link");
    await page.getByRole("link", { name: "더 보기" }).click();
    await page.getByRole("link", { name: "더 보기" }).waitFor({ state: "detached" });
    const all = javaScriptEnabled ? await ids() : [...first, ...await ids()];
    expect(new Set(all).size).toBe(62);
    expect(all.length).toBe(62);
  });

  test("the search finds by model and by dataset", async () => {
    await using visitor = await visit(browser(), { server, javaScriptEnabled });
    const { page } = visitor;
    await signInDemo(page);
    if (javaScriptEnabled) await ready(page, "#search");
    await page.getByRole("searchbox").fill("RESNET");
    if (!javaScriptEnabled) await page.getByRole("searchbox").press("Enter");
    await expect.poll(() => rows(page).count()).toBe(1);
    expect(await chips(page)).toEqual(["전체 1", "❌ 실패 1"]);
    expect(new URL(page.url()).search).toBe("?search=RESNET");
    await page.goto("/projects/1?search=nothing-like-it");
    await page.getByText("조건에 맞는 실험이 없습니다").waitFor();
    await page.getByRole("link", { name: "조건 지우기" }).click();
    await expect.poll(() => rows(page).count()).toBe(50);
  });
});

test("typing in the search keeps the cursor there, and Enter adds no second answer", async () => {
  await using visitor = await visit(browser(), { server });
  const { page } = visitor;
  await signInDemo(page, "/projects/1?status=pending");
  await ready(page, "#search");
  await page.keyboard.press("/");
  await page.keyboard.type("v8s", { delay: 20 });
  await expect.poll(() => rows(page).count()).toBe(20);
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("search-text");
  expect(new URL(page.url()).search).toBe("?search=v8s&status=pending");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Delete");
  await expect.poll(() => rows(page).count()).toBe(50);
  expect(visitor.complaints).toEqual([]);
});

test("the theme is chosen from a menu with the keyboard, at once and for later", async () => {
  await using visitor = await visit(browser(), { server, colorScheme: "light" });
  const { page } = visitor;
  await signInDemo(page);
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  const button = page.getByRole("button", { name: "화면 테마" });
  await page.locator("#theme-menu form[data-htmx-powered]").waitFor({ state: "attached" });
  await button.focus();
  await page.keyboard.press("ArrowDown");
  await page.locator("#theme-menu button:focus").waitFor();
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await expect.poll(ground).not.toBe(light);
  await page.keyboard.press("Escape");
  expect(await button.evaluate((element) => element === document.activeElement)).toBe(true);
  await page.goto("/projects");
  expect(await ground()).not.toBe(light);
  expect(await page.locator("html").getAttribute("data-theme")).toBe("dark");
  expect(visitor.complaints).toEqual([]);
});

test("ages grow while the page is open", async () => {
  await using visitor = await visit(browser(), { server });
  const { page } = visitor;
  const created = (await api.send("POST", "/api/v1/training/jobs", { json: EXAMPLE })).body;
  await page.clock.install({ time: new Date(created.created_at) });
  await signInDemo(page);
  const age = page.locator(`#experiment-${created.id} time`);
  expect(await age.innerText()).toBe("방금 전 🆕");
  await page.clock.runFor("02:31");
  await expect.poll(() => age.innerText()).toBe("2분 전");
});

test("a project with fifty rows comes within 40 KB, from this host alone", async () => {
  await using visitor = await visit(browser(), { server });
  const { page, context } = visitor;
  await signInDemo(page, "/projects");
  const network = await context.newCDPSession(page);
  await network.send("Network.enable");
  await network.send("Network.setCacheDisabled", { cacheDisabled: true });
  let bytes = 0;
  network.on("Network.loadingFinished", ({ encodedDataLength }) => bytes += encodedDataLength);
  await page.goto("/projects/1", { waitUntil: "networkidle" });
  expect(await rows(page).count()).toBe(50);
  expect(bytes).toBeGreaterThan(5_000);
  expect(bytes).toBeLessThan(40 * 1024);
  expect(visitor.complaints).toEqual([]);
});

test("the style sheet reads as it is meant: five layers and nothing beside them", async () => {
  await using visitor = await visit(browser(), { server });
  const { page } = visitor;
  await page.goto("/login");
  const rules = await page.evaluate(() =>
    [...document.styleSheets[0]!.cssRules].map((rule) =>
      rule.cssText.match(/^@layer [a-z, ]+/)?.[0]
    )
  );
  const layers = ["reset", "tokens", "base", "components", "pages"];
  expect(rules.map((rule) => rule?.trim()))
    .toEqual([`@layer ${layers.join(", ")}`, ...layers.map((layer) => `@layer ${layer}`)]);
});

test("nothing is cut off at 200 % zoom, which is a page half as wide", async () => {
  await using visitor = await visit(browser(), { server, viewport: { width: 640, height: 400 } });
  const { page } = visitor;
  await signInDemo(page);
  expect(await overflow(page)).toBe(0);
});

describe.each(["light", "dark"] as const)("in the %s theme", (colorScheme) => {
  test.each(["ko-KR", "en-US"])(
    "axe finds nothing on lists, menus and errors in %s",
    async (locale) => {
      await using visitor = await visit(browser(), { server, colorScheme, locale });
      const { page } = visitor;
      await page.goto("/login?next=/projects/1");
      await page.locator(".entry form").last().getByRole("button").click();
      await page.waitForURL("**/projects/1");
      for (const menu of ["theme-menu", "account-menu"]) {
        await page.locator(`[popovertarget="${menu}"]`).click();
        await page.locator(`#${menu}:popover-open`).waitFor();
        expect(await violations(page), menu).toEqual([]);
        await page.keyboard.press("Escape");
      }
      for (
        const path of [
          "/projects",
          "/projects/1?status=pending&sort=accuracy&order=asc",
          "/projects/1?search=nothing-like-it",
          "/nowhere",
        ]
      ) {
        await page.goto(path);
        expect(await violations(page), path).toEqual([]);
      }
    },
  );
});
