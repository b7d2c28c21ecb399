import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Api, EXAMPLE, signInApi } from "../support/api.ts";
import { overflow, ready, signInDemo, useBrowser, violations, visit } from "../support/browser.ts";
import { type Server, startServer } from "../support/server.ts";

const browser = useBrowser();
let server: Server;
let api: Api;

beforeAll(async () => {
  server = await startServer();
  api = await signInApi(server);
});
afterAll(() => server[Symbol.asyncDispose]());

describe("a row's menu", () => {
  test("opens by mouse, leads to the experiment, and closes by Esc", async () => {
    await using visitor = await visit(browser(), { server });
    const { page } = visitor;
    const id = await createJob();
    await signInDemo(page);
    const menu = await openMenu(page, id);
    expect(await menu.getByRole("menuitem").allInnerTexts())
      .toEqual(["열기", "복제", "학습 취소", "삭제"]);
    // Beside its button, not in the middle of the page.
    const [box, button] = [
      (await menu.boundingBox())!,
      (await menuButton(page, id).boundingBox())!,
    ];
    expect(Math.abs(box.x + box.width - button.x - button.width)).toBeLessThan(2);

    await page.keyboard.press("Escape");
    await menu.waitFor({ state: "hidden" });
    expect(await focused(page)).toBe(`menu-${id}-button`);
    await openMenu(page, id);
    await menu.getByRole("menuitem", { name: "열기" }).click();
    await page.waitForURL(`**/projects/1/experiments/${id}`);
    expect(visitor.complaints).toEqual([]);
  });

  test("works with the keyboard alone", async () => {
    await using visitor = await visit(browser(), { server });
    const { page } = visitor;
    const id = await createJob();
    await signInDemo(page);
    await ready(page, `#menu-${id} form`);
    await menuButton(page, id).focus();
    await page.keyboard.press("Enter");
    await page.locator(`#menu-${id}`).waitFor();
    await expect.poll(() => focusedText(page)).toBe("열기");
    await page.keyboard.press("End");
    await page.keyboard.press("ArrowUp");
    expect(await focusedText(page)).toBe("학습 취소");
    await page.keyboard.press("Enter");
    await page.locator(`#experiment-${id}`).getByText("🚫 취소됨").waitFor();
    // Whoever goes by keyboard is not thrown back to the top of the page.
    expect(await focused(page)).toBe(`menu-${id}-button`);
  });

  test("cancels in place and says so", async () => {
    await using visitor = await visit(browser(), { server });
    const { page } = visitor;
    const id = await createJob();
    await signInDemo(page);
    const before = await page.locator("#experiments tr").count();
    await ready(page, `#menu-${id} form`);
    await (await openMenu(page, id)).getByRole("menuitem", { name: "학습 취소" }).click();
    await page.getByText("학습을 취소했습니다").waitFor();
    await page.locator(`#experiment-${id}`).getByText("🚫 취소됨").waitFor();
    expect(await page.locator("#experiments tr").count()).toBe(before);
    expect(await page.locator("dialog[open]").count()).toBe(0);
    // The new row has a menu that works, and nothing to cancel.
    expect(await (await openMenu(page, id)).getByRole("menuitem").allInnerTexts())
      .toEqual(["열기", "복제", "삭제"]);
    expect(visitor.complaints).toEqual([]);
  });

  test("deletes in place once it is confirmed", async () => {
    await using visitor = await visit(browser(), { server });
    const { page } = visitor;
    const id = await createJob();
    await signInDemo(page);
    const before = await page.locator("#experiments tr").count();
    for (const answer of ["그대로 두기", "삭제"]) {
      await ready(page, `#menu-${id} .destructive`);
      await (await openMenu(page, id)).getByRole("menuitem", { name: "삭제" }).click();
      const dialog = page.getByRole("dialog", { name: "yolo11n-seg 실험을 삭제할까요?" });
      await dialog.waitFor();
      await ready(page, "#confirm .destructive");
      await dialog.getByRole("button", { name: answer }).click();
      await dialog.waitFor({ state: "hidden" });
    }
    await page.getByText("실험을 삭제했습니다").waitFor();
    expect(await page.locator(`#experiment-${id}`).count()).toBe(0);
    expect(await page.locator("#experiments tr").count()).toBe(before - 1);
    expect(await page.locator("dialog[open]").count()).toBe(0);
    expect(visitor.complaints).toEqual([]);
  });

  test("what has happened elsewhere meanwhile is a toast, and the table stays", async () => {
    await using visitor = await visit(browser(), { server });
    const { page } = visitor;
    const id = await createJob();
    await signInDemo(page);
    await api.send("POST", `/api/v1/training/jobs/${id}/cancel`);
    await ready(page, `#menu-${id} form`);
    await (await openMenu(page, id)).getByRole("menuitem", { name: "학습 취소" }).click();
    await page.getByText("취소할 수 없는 상태입니다").waitFor();
    await page.locator(`#experiment-${id}`).getByText("⏳ 대기중").waitFor();
  });
});

describe("an experiment's page", () => {
  test("copies the command, and says so", async () => {
    await using visitor = await visit(browser(), {
      server,
      permissions: ["clipboard-read", "clipboard-write"],
    });
    const { page } = visitor;
    const id = await createJob();
    await signInDemo(page, `/projects/1/experiments/${id}`);
    await page.getByRole("button", { name: "복사" }).click();
    await page.getByText("복사했습니다").waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied).toBe(await page.locator("#curl").textContent());
    expect(visitor.complaints).toEqual([]);
  });

  test("cancels and stays; deletes and leads to the project", async () => {
    await using visitor = await visit(browser(), { server });
    const { page } = visitor;
    const id = await createJob();
    await signInDemo(page, `/projects/1/experiments/${id}`);
    await page.getByRole("button", { name: "학습 취소" }).click();
    await page.getByText("🚫 취소됨").waitFor();
    expect(new URL(page.url()).pathname).toBe(`/projects/1/experiments/${id}`);

    await ready(page, "a.destructive");
    await page.getByRole("link", { name: "삭제" }).click();
    await ready(page, "#confirm .destructive");
    await page.getByRole("dialog").getByRole("button", { name: "삭제" }).click();
    await page.waitForURL("**/projects/1");
    expect(await page.locator(`#experiment-${id}`).count()).toBe(0);
    expect(visitor.complaints).toEqual([]);
  });

  test("without JavaScript everything is there but the copy button", async () => {
    await using visitor = await visit(browser(), { server, javaScriptEnabled: false });
    const { page } = visitor;
    const id = await createJob();
    await signInDemo(page);
    await openMenu(page, id);
    await page.getByRole("menuitem", { name: "학습 취소" }).click();
    await page.locator(`#experiment-${id}`).getByText("🚫 취소됨").waitFor();
    expect(new URL(page.url()).pathname).toBe("/projects/1");

    await page.getByRole("rowheader").getByRole("link").first().click();
    await page.waitForURL(`**/projects/1/experiments/${id}`);
    expect(await page.locator("[data-copy]").isVisible()).toBe(false);
    await page.getByRole("link", { name: "삭제" }).click();
    await page.getByRole("button", { name: "삭제" }).click();
    await page.waitForURL("**/projects/1");
    expect(await page.locator(`#experiment-${id}`).count()).toBe(0);
  });
});

describe("a clone", () => {
  test("marks what is typed and chosen, as it is", async () => {
    await using visitor = await visit(browser(), { server });
    const { page } = visitor;
    const id = await createJob();
    await signInDemo(page);
    const before = await page.locator("#experiments tr").count();
    await ready(page, `#menu-${id} a[hx-get*="from"]`);
    await (await openMenu(page, id)).getByRole("menuitem", { name: "복제" }).click();
    await page.getByRole("dialog", { name: `yolo11n-seg #${id} 복제` }).waitFor();
    await ready(page, "#model_name");
    const marks = page.locator(".original:visible");
    expect(await marks.count()).toBe(0);

    await page.getByLabel("에포크").fill("51");
    expect(await marks.allInnerTexts()).toEqual(["원본: 50"]);
    await page.getByLabel("에포크").fill("50");
    expect(await marks.count()).toBe(0);
    await page.getByLabel("사전 학습된").uncheck();
    await page.getByLabel("옵티마이저").selectOption("sgd");
    expect(await marks.allInnerTexts()).toEqual(["원본: Adam", "원본: 예"]);
    await page.getByLabel("모델", { exact: true }).selectOption("yolov8x-seg");
    await page.locator("#model-dependent").getByText("71.8M").waitFor();
    expect(await marks.allInnerTexts()).toContain("원본: yolo11n-seg");

    await page.getByRole("button", { name: "학습 생성" }).click();
    await page.getByText("학습 작업이 생성되었습니다!").waitFor();
    expect(await page.locator("#experiments tr").count()).toBe(before + 1);
    const { body } = await api.send("GET", "/api/v1/training/jobs?limit=1");
    expect(body.items[0]).toMatchObject({
      model_name: "yolov8x-seg",
      dataset_path: "seg-coco8",
      optimizer: "sgd",
      pretrained: false,
    });
    expect(visitor.complaints).toEqual([]);
  });

  test("on a page of its own is created as well", async () => {
    await using visitor = await visit(browser(), { server });
    const { page } = visitor;
    const id = await createJob();
    await signInDemo(page, `/projects/1/experiments/${id}`);
    await page.getByRole("link", { name: "복제" }).click();
    await page.getByLabel("에포크").fill("0");
    await page.getByRole("button", { name: "학습 생성" }).click();
    await page.getByText("1개 항목을 확인하세요").waitFor();
    expect(await page.locator(".original:visible").allInnerTexts()).toEqual(["원본: 50"]);
    await page.getByLabel("에포크").fill("9");
    await page.getByRole("button", { name: "학습 생성" }).click();
    await page.waitForURL("**/projects/1");
    await page.locator("#experiments tr").first().getByText("9 ep").waitFor();
  });
});

describe("for everyone", () => {
  test.each([["ko-KR", "light"], ["en-US", "dark"]] as const)(
    "axe finds nothing in %s, %s",
    async (locale, colorScheme) => {
      await using visitor = await visit(browser(), { server, locale, colorScheme });
      const { page } = visitor;
      const id = await createJob();
      await page.goto("/login?next=/projects/1");
      await page.getByRole("button", { name: /demo|데모/ }).click();
      await page.waitForURL("**/projects/1");
      await openMenu(page, id);
      expect(await violations(page)).toEqual([]);
      for (const job of [1, 2, id]) {
        await page.goto(`/projects/1/experiments/${job}`);
        expect(await violations(page)).toEqual([]);
      }
      await ready(page, "a.destructive");
      await page.locator("a.destructive").click();
      await page.locator("#confirm[open]").waitFor();
      expect(await violations(page)).toEqual([]);
      await page.goto(`/projects/1/experiments/${id}/delete`);
      expect(await violations(page)).toEqual([]);
      await page.goto(`/projects/1/experiments/new?from=${id}`);
      await page.locator("#epochs").fill("51");
      expect(await violations(page)).toEqual([]);
      expect(visitor.complaints).toEqual([]);
    },
  );

  test("a phone needs no sideways scrolling", async () => {
    await using visitor = await visit(browser(), { server, viewport: { width: 360, height: 740 } });
    const { page } = visitor;
    const id = await createJob();
    await signInDemo(page);
    const menu = await openMenu(page, id);
    const box = (await menu.boundingBox())!;
    expect(box.x).toBeGreaterThanOrEqual(0);
    expect(box.x + box.width).toBeLessThanOrEqual(360);
    for (const path of ["", "/delete"]) {
      await page.goto(`/projects/1/experiments/${id}${path}`);
      expect(await overflow(page)).toBe(0);
    }
  });
});

async function createJob(): Promise<number> {
  const { body } = await api.send("POST", "/api/v1/training/jobs", { json: EXAMPLE });
  return body.id;
}

function menuButton(page: Page, id: number) {
  return page.locator(`#menu-${id}-button`);
}

async function openMenu(page: Page, id: number) {
  await menuButton(page, id).click();
  const menu = page.locator(`#menu-${id}`);
  await menu.waitFor();
  return menu;
}

function focused(page: Page): Promise<string | undefined> {
  return page.evaluate(() => document.activeElement?.id);
}

function focusedText(page: Page): Promise<string | undefined> {
  return page.evaluate(() => document.activeElement?.textContent);
}
