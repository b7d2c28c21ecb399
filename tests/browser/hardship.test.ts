import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ready, signInDemo, useBrowser, visit } from "../support/browser.ts";
import { type Server, startServer } from "../support/server.ts";

const browser = useBrowser();
let server: Server;

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const NEW = "/projects/1/experiments/new";
const rows = (page: Page) => page.locator("#experiments tr").count();

test("on a slow line the whole of it works, and says that it is busy", async () => {
  await using visitor = await visit(browser(), { server });
  const { page, context } = visitor;
  await signInDemo(page);
  const before = await rows(page);
  const network = await context.newCDPSession(page);
  await network.send("Network.enable");
  // What Chromium calls "Slow 3G".
  await network.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: 400,
    downloadThroughput: 50_000,
    uploadThroughput: 50_000,
  });
  await page.reload();
  await openDialog(page);
  await choose(page);
  await page.getByRole("button", { name: "학습 생성" }).click();
  await page.getByRole("button", { name: "생성하는 중…" }).waitFor();
  await page.getByText("학습 작업이 생성되었습니다!").waitFor();
  expect(await rows(page)).toBe(before + 1);
  expect(visitor.complaints).toEqual([]);
});

test("the form as a page of its own works with script too", async () => {
  await using visitor = await visit(browser(), { server });
  const { page } = visitor;
  await signInDemo(page);
  const before = await rows(page);
  await page.goto(NEW);
  await choose(page);
  await page.getByLabel("에포크").fill("0");
  await page.getByRole("button", { name: "학습 생성" }).click();
  await page.getByText("1개 항목을 확인하세요").waitFor();
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("epochs");
  await page.getByLabel("에포크").fill("4");
  await page.getByRole("button", { name: "학습 생성" }).click();
  await page.waitForURL("**/projects/1");
  expect(await rows(page)).toBe(before + 1);
});

test("reload, Back and Forward at each step lose nothing and make nothing twice", async () => {
  await using visitor = await visit(browser(), { server });
  const { page } = visitor;
  await signInDemo(page, "/projects");
  await page.getByRole("link", { name: "Dog vs Cat" }).click();
  await page.waitForURL("**/projects/1");
  const before = await rows(page);
  await page.reload();
  await openDialog(page);
  await page.reload();
  await page.locator("#new-experiment").waitFor({ state: "hidden" });
  await openDialog(page);
  await choose(page);
  await page.getByRole("button", { name: "학습 생성" }).click();
  await expect.poll(() => rows(page)).toBe(before + 1);
  await page.reload();
  expect(await rows(page)).toBe(before + 1);
  await page.goBack();
  await page.waitForURL("**/projects");
  await page.goForward();
  await page.waitForURL("**/projects/1");
  await expect.poll(() => rows(page)).toBe(before + 1);

  await page.goto(NEW);
  await choose(page);
  const form = page.url();
  await page.getByRole("button", { name: "학습 생성" }).click();
  await page.waitForURL("**/projects/1");
  await page.goBack();
  await page.waitForURL(form);
  await choose(page);
  await page.getByRole("button", { name: "학습 생성" }).click();
  await page.waitForURL("**/projects/1");
  expect(await rows(page)).toBe(before + 2);
});

test("two tabs at once make an experiment each", async () => {
  await using visitor = await visit(browser(), { server });
  const { page: left, context } = visitor;
  await signInDemo(left);
  const right = await context.newPage();
  await right.goto("/projects/1");
  const before = await rows(left);
  for (const page of [left, right]) {
    await openDialog(page);
    await choose(page);
  }
  await Promise.all([left, right].map(async (page) => {
    await page.getByRole("button", { name: "학습 생성" }).click();
    await page.getByText("학습 작업이 생성되었습니다!").waitFor();
  }));
  await left.reload();
  expect(await rows(left)).toBe(before + 2);
});

test("signed out meanwhile: what was typed stays, and can be sent after signing in", async () => {
  await using visitor = await visit(browser(), { server });
  const { page, context } = visitor;
  await signInDemo(page);
  const before = await rows(page);
  await openDialog(page);
  await choose(page);
  await page.getByLabel("에포크").fill("44");
  await context.clearCookies();
  await page.getByRole("button", { name: "학습 생성" }).click();
  await page.getByText("로그인이 끝났습니다").waitFor();
  expect(await page.getByLabel("에포크").inputValue()).toBe("44");
  const other = await context.newPage();
  await signInDemo(other);
  await page.getByRole("button", { name: "학습 생성" }).click();
  await page.getByText("학습 작업이 생성되었습니다!").waitFor();
  expect(await rows(page)).toBe(before + 1);
});

test("signed out meanwhile: another view of the list leads to signing in and back", async () => {
  await using visitor = await visit(browser(), { server });
  const { page, context } = visitor;
  await signInDemo(page, "/projects/1?status=completed");
  await ready(page, "#chips a");
  await context.clearCookies();
  await page.getByRole("link", { name: "실패" }).click();
  await page.waitForURL("**/login?**");
  await page.getByRole("button", { name: "데모 사용자로 로그인" }).click();
  await page.waitForURL("**/projects/1?status=completed");
});

async function openDialog(page: Page): Promise<void> {
  await ready(page, '[hx-target="#new-experiment"]');
  await page.getByRole("link", { name: "새 실험" }).click();
  await page.locator("#new-experiment[open]").waitFor();
}

/** A model and a dataset, each when the page is ready for it. */
async function choose(page: Page): Promise<void> {
  await ready(page, "#model_name");
  await page.getByLabel("모델", { exact: true }).selectOption("yolo11n-seg");
  await page.locator("#model-dependent").getByText("입력").waitFor();
  await ready(page, "#dataset_path");
  await page.getByLabel("데이터셋", { exact: true }).selectOption("seg-coco8");
  await page.locator("#dataset-facts").getByText("train:").waitFor();
}
