import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EXAMPLE, signInApi } from "../support/api.ts";
import { overflow, ready, signInDemo, useBrowser, violations, visit } from "../support/browser.ts";
import { type Server, startServer } from "../support/server.ts";

const browser = useBrowser();
let server: Server;

beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

/** What Chromium itself says of an answer that is an error; every refusal has one. */
const REFUSED = /^Failed to load resource: the server responded with a status of 422/;

describe("with JavaScript", () => {
  test("a person creates an experiment and sees its row on top at once", async () => {
    await using visitor = await visit(browser(), { server });
    const { page } = visitor;
    await signInDemo(page);
    const before = await page.locator("#experiments tr").count();

    await openDialog(page);
    await page.getByLabel("모델", { exact: true }).selectOption("yolo11n-seg");
    await expect.poll(() => page.getByLabel("배치 크기").inputValue()).toBe("16");
    await ready(page, "#dataset_path");
    expect(await page.getByLabel("학습률").inputValue()).toBe("0.01");
    await page.getByLabel("데이터셋", { exact: true }).selectOption("seg-coco8");
    await page.locator("#dataset-facts").getByText("train: 이미지 4장").waitFor();
    const answer = page.waitForResponse((response) => response.request().method() === "POST");
    await page.getByRole("button", { name: "학습 생성" }).click();

    const response = await answer;
    expect(response.status()).toBe(201);
    expect(await response.headerValue("vary")).toContain("HX-Request");
    const fragment = await response.text();
    expect(fragment).toMatch(/^<tr [^>]*>.*<\/tr>$/s);
    expect(fragment.match(/<tr/g)).toHaveLength(1);
    expect(new TextEncoder().encode(fragment).length).toBeLessThan(2048);

    await page.getByText("학습 작업이 생성되었습니다!").waitFor();
    expect(await page.locator("#new-experiment").isVisible()).toBe(false);
    expect(await page.locator("#experiments tr").count()).toBe(before + 1);
    expect(await cells(page, 0)).toEqual([
      "yolo11n-seg",
      "segmentation",
      "⏳ 대기중",
      "-",
      "방금 전 🆕",
    ]);

    const api = await signInApi(server);
    const { body } = await api.send("GET", "/api/v1/training/jobs?limit=1");
    expect(body.items[0]).toMatchObject({ model_name: "yolo11n-seg", status: "pending" });
    const directory = `${server.folder}/${body.items[0].output_dir}`;
    const inside = [...Deno.readDirSync(directory)].map((entry) => entry.name).sort();
    expect(inside).toEqual(["checkpoints", "logs", "results"]);
    expect(visitor.complaints).toEqual([]);
  });

  test("a refusal keeps what was typed, says what is wrong beside it and goes there", async () => {
    await using visitor = await visit(browser(), { server });
    const { page } = visitor;
    await signInDemo(page);
    const before = await page.locator("#experiments tr").count();
    await openDialog(page);
    await page.getByLabel("모델", { exact: true }).selectOption("resnet18");
    await expect.poll(() => page.getByLabel("배치 크기").inputValue()).toBe("64");
    await page.getByLabel("에포크").fill("1001");
    await page.getByLabel("학습률").fill("7");
    await page.getByRole("button", { name: "학습 생성" }).click();

    await page.getByText("3개 항목을 확인하세요").waitFor();
    expect(await page.locator("#epochs-error").innerText())
      .toContain("에포크는 1에서 1000 사이여야 합니다");
    expect(await page.getByLabel("에포크").inputValue()).toBe("1001");
    expect(await page.getByLabel("학습률").inputValue()).toBe("7");
    expect(await page.getByLabel("모델", { exact: true }).inputValue()).toBe("resnet18");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("dataset_path");
    expect(await page.locator("#experiments tr").count()).toBe(before);
    expect(visitor.complaints.filter((complaint) => !REFUSED.test(complaint))).toEqual([]);

    await page.getByLabel("데이터셋", { exact: true }).selectOption("dog-vs-cat");
    await page.getByLabel("에포크").fill("3");
    await page.getByLabel("학습률").fill("0.5");
    await page.getByRole("button", { name: "학습 생성" }).click();
    await page.getByText("학습 작업이 생성되었습니다!").waitFor();
    expect((await cells(page, 0))[0]).toBe("resnet18");
  });

  test("a double click makes one experiment", async () => {
    await using visitor = await visit(browser(), { server });
    const { page } = visitor;
    await signInDemo(page);
    const before = await page.locator("#experiments tr").count();
    await openDialog(page);
    await choose(page, { model: "resnet50", dataset: "dog-vs-cat" });
    await page.getByRole("button", { name: "학습 생성" }).dblclick();
    await page.getByText("학습 작업이 생성되었습니다!").waitFor();
    await page.reload();
    expect(await page.locator("#experiments tr").count()).toBe(before + 1);
  });

  test("each opening of the dialog is a new form, so that two experiments can be meant", async () => {
    await using visitor = await visit(browser(), { server });
    const { page } = visitor;
    await signInDemo(page);
    const before = await page.locator("#experiments tr").count();
    for (const created of [1, 2]) {
      await openDialog(page);
      await choose(page, { model: "resnet18", dataset: "dog-vs-cat" });
      await page.getByRole("button", { name: "학습 생성" }).click();
      await expect.poll(() => page.locator("#experiments tr").count()).toBe(before + created);
    }
  });

  test("when the server cannot be reached, the page says so and keeps the form", async () => {
    await using visitor = await visit(browser(), { server });
    const { page } = visitor;
    await signInDemo(page);
    await openDialog(page);
    await choose(page, { model: "resnet18", dataset: "dog-vs-cat" });
    await page.getByLabel("에포크").fill("77");
    await page.route("**/projects/1/experiments", (route) => route.abort());
    await page.getByRole("button", { name: "학습 생성" }).click();
    await page.getByText("서버에 연결할 수 없습니다").waitFor();
    expect(await page.getByLabel("에포크").inputValue()).toBe("77");
    await page.unroute("**/projects/1/experiments");
    await page.getByRole("button", { name: "학습 생성" }).click();
    await page.getByText("학습 작업이 생성되었습니다!").waitFor();
  });

  test("an error of the server is a toast; the table and the form stay", async () => {
    await using visitor = await visit(browser(), { server });
    const { page } = visitor;
    await signInDemo(page);
    const before = await page.locator("#experiments tr").count();
    await openDialog(page);
    await choose(page, { model: "yolo11n", dataset: "shapes-det" });
    // The project's outputs folder becomes a file: no directory can be made.
    const outputs = `${server.folder}/outputs`;
    await Deno.rename(`${outputs}/1`, `${outputs}/1-away`);
    await Deno.writeTextFile(`${outputs}/1`, "");
    try {
      await page.getByRole("button", { name: "학습 생성" }).click();
      await page.getByText("출력 저장소에 연결할 수 없습니다").waitFor();
    } finally {
      await Deno.remove(`${outputs}/1`);
      await Deno.rename(`${outputs}/1-away`, `${outputs}/1`);
    }
    expect(await page.locator("#experiments tr").count()).toBe(before);
    expect(await page.locator("#new-experiment").isVisible()).toBe(true);
    expect(await page.getByLabel("데이터셋", { exact: true }).inputValue()).toBe("shapes-det");
  });

  test("the keyboard alone does it", async () => {
    await using visitor = await visit(browser(), { server });
    const { page } = visitor;
    await signInDemo(page);
    await ready(page, '.primary[hx-target="#new-experiment"]');
    await page.keyboard.press("n");
    await page.locator("#new-experiment[open]").waitFor();
    await ready(page, "#model_name");
    await page.getByLabel("모델", { exact: true }).focus();
    // One letter each: a longer word would have to be typed fast enough to count as one.
    await page.keyboard.press("v");
    await page.locator("#model-dependent").getByText("86.6M").waitFor();
    await ready(page, "#dataset_path");
    await page.keyboard.press("Tab");
    await page.keyboard.press("d");
    await page.locator("#dataset-facts").getByText("cat, dog").waitFor();
    await page.getByLabel("에포크").press("Enter");
    await page.getByText("학습 작업이 생성되었습니다!").waitFor();
    expect((await cells(page, 0))[0]).toBe("vit_base_patch16_224");
  });
});

describe("without JavaScript", () => {
  test("the same form works: errors are the full page, success leads back to the project", async () => {
    await using visitor = await visit(browser(), { server, javaScriptEnabled: false });
    const { page } = visitor;
    await signInDemo(page);
    const before = await page.locator("#experiments tr").count();
    await page.getByRole("link", { name: "새 실험" }).click();
    await page.getByLabel("모델", { exact: true }).selectOption("yolo11n-seg");
    await page.getByRole("button", { name: "모델의 권장 값 채우기" }).click();
    expect(await page.getByLabel("배치 크기").inputValue()).toBe("16");
    await page.getByLabel("에포크").fill("0");
    await page.getByLabel("데이터셋", { exact: true }).selectOption("seg-coco8");
    await page.getByRole("button", { name: "학습 생성" }).click();

    await page.getByText("1개 항목을 확인하세요").waitFor();
    expect(await page.getByLabel("에포크").inputValue()).toBe("0");
    expect(await page.getByLabel("데이터셋", { exact: true }).inputValue()).toBe("seg-coco8");
    await page.getByLabel("에포크").fill("5");
    await page.getByRole("button", { name: "학습 생성" }).click();
    await page.waitForURL("**/projects/1");
    expect(await page.locator("#experiments tr").count()).toBe(before + 1);
    expect((await cells(page, 0))[0]).toBe("yolo11n-seg");
  });

  test("Back and the same form again make no second experiment; other values ask first", async () => {
    await using visitor = await visit(browser(), { server, javaScriptEnabled: false });
    const { page } = visitor;
    await signInDemo(page);
    const before = await page.locator("#experiments tr").count();
    await page.getByRole("link", { name: "새 실험" }).click();
    await fillIn(page, "5");
    await page.waitForURL("**/projects/1");
    for (const [epochs, rows] of [["5", 1], ["6", 2]] as const) {
      await page.goBack();
      await fillIn(page, epochs);
      if (rows === 2) {
        await page.getByText("이 양식으로 이미 실험을 만들었습니다").waitFor();
        expect(await page.getByLabel("에포크").inputValue()).toBe("6");
        await page.getByRole("button", { name: "학습 생성" }).click();
      }
      await page.waitForURL("**/projects/1");
      expect(await page.locator("#experiments tr").count()).toBe(before + rows);
    }
  });

  async function fillIn(page: Page, epochs: string) {
    await page.getByLabel("모델", { exact: true }).selectOption("yolo11n-seg");
    await page.getByLabel("데이터셋", { exact: true }).selectOption("seg-coco8");
    await page.getByLabel("에포크").fill(epochs);
    await page.getByRole("button", { name: "학습 생성" }).click();
  }
});

describe("for everyone", () => {
  test.each(["light", "dark"] as const)(
    "axe finds nothing in the %s theme",
    async (colorScheme) => {
      await using visitor = await visit(browser(), { server, colorScheme });
      const { page } = visitor;
      await page.goto("/login");
      expect(await violations(page)).toEqual([]);
      await signInDemo(page);
      expect(await violations(page)).toEqual([]);
      await openDialog(page);
      expect(await violations(page)).toEqual([]);
      await page.getByRole("button", { name: "학습 생성" }).click();
      await page.getByRole("alert").waitFor();
      expect(await violations(page)).toEqual([]);
      await page.goto("/projects");
      expect(await violations(page)).toEqual([]);
      await page.goto("/projects/1/edit");
      expect(await violations(page)).toEqual([]);
    },
  );

  test("the language can be switched and is remembered", async () => {
    await using visitor = await visit(browser(), { server });
    const { page } = visitor;
    await signInDemo(page);
    await page.getByRole("button", { name: "English" }).click();
    await page.getByRole("link", { name: "New experiment" }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/projects/1");
    expect(await page.locator("html").getAttribute("lang")).toBe("en");
    await page.goto("/projects");
    await page.getByRole("heading", { name: "Projects" }).waitFor();
  });

  test("a phone needs no sideways scrolling", async () => {
    await using visitor = await visit(browser(), {
      server,
      viewport: { width: 360, height: 740 },
    });
    const { page } = visitor;
    await signInDemo(page);
    expect(await overflow(page)).toBe(0);
    await openDialog(page);
    expect(await overflow(page)).toBe(0);
  });
});

test("the API's own creations appear on the page", async () => {
  const api = await signInApi(server);
  const { body } = await api.send("POST", "/api/v1/training/jobs", { json: EXAMPLE });
  await using visitor = await visit(browser(), { server });
  await signInDemo(visitor.page);
  await visitor.page.locator(`#experiment-${body.id}`).waitFor();
});

async function openDialog(page: Page): Promise<void> {
  await ready(page, '.primary[hx-target="#new-experiment"]');
  await page.getByRole("link", { name: "새 실험" }).click();
  await page.locator("#new-experiment[open]").waitFor();
  await ready(page, "#model_name");
}

async function choose(page: Page, { model, dataset }: { model: string; dataset: string }) {
  const refilled = page.waitForResponse((response) => response.url().includes("fill=recommended"));
  await page.getByLabel("모델", { exact: true }).selectOption(model);
  await refilled;
  await page.locator("#model-dependent").getByText("입력").waitFor();
  await ready(page, "#dataset_path");
  await page.getByLabel("데이터셋", { exact: true }).selectOption(dataset);
  await page.locator("#dataset-facts").getByText("train:").waitFor();
}

/** The texts of a row's first five columns. */
async function cells(page: Page, row: number): Promise<string[]> {
  return (await page.locator("#experiments tr").nth(row).locator("th, td").allInnerTexts())
    .slice(0, 5);
}
