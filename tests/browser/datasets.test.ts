import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { overflow, signInDemo, useBrowser, violations, visit } from "../support/browser.ts";
import { type Server, startServer } from "../support/server.ts";

const browser = useBrowser();
const PAGES = [
  "/datasets",
  "/datasets/view?path=pets",
  "/datasets/view?path=notes",
  "/models?framework=timm",
  "/models?framework=timm&task_type=detection",
];

let server: Server;
/** Of a server without datasets. */
let empty: Server;

beforeAll(async () => {
  server = await startServer({
    datasets: {
      "notes/readme.txt": "",
      "pets/train/cat-of-a-long-name-without-any-space-at-all/1.tiff": "",
      "a-folder-of-a-very-long-name-without-any-space/train/cat/1.jpg": "",
      ...Object.fromEntries(
        Array.from({ length: 60 }, (_, index) => [`pets/train/class-${index}/1.jpg`, ""]),
      ),
    },
  });
  const sample = new URL("../../sample_datasets/dog-vs-cat/train/cat/001.png", import.meta.url);
  await Deno.copyFile(sample, `${server.folder}/datasets/pets/train/class-0/1.jpg`);
  empty = await startServer({ datasets: { "readme.txt": "" } });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await empty[Symbol.asyncDispose]();
});

test("the list counts its datasets by itself; a dataset shows its images and leads to the form", async () => {
  await using visitor = await visit(browser(), { server });
  const { page } = visitor;
  await signInDemo(page, "/datasets");
  const row = page.getByRole("row").filter({ hasText: "pets" });
  await row.getByText("61", { exact: true }).nth(1).waitFor();
  await row.getByRole("link", { name: "pets" }).click();

  const image = page.getByRole("img").first();
  await expect.poll(() => image.evaluate((element: HTMLImageElement) => element.naturalWidth))
    .toBeGreaterThan(0);
  const { width, height } = (await image.boundingBox())!;
  expect(width / height).toBeCloseTo(4 / 3, 1);
  await page.getByRole("link", { name: "이 데이터셋으로 새 실험" }).click();
  await page.waitForURL("**/projects/1/experiments/new?*");
  expect(await page.getByLabel("데이터셋", { exact: true }).inputValue()).toBe("pets");
  expect(visitor.complaints).toEqual([]);
});

test("without script the models are filtered, and one of them fills the form", async () => {
  await using visitor = await visit(browser(), { server, javaScriptEnabled: false });
  const { page } = visitor;
  await signInDemo(page, "/models");
  await page.getByRole("link", { name: "classification 17" }).click();
  await page.getByRole("link", { name: "timm 7" }).click();
  expect(await page.locator("h2").allInnerTexts()).toEqual(["classification"]);
  expect(await page.locator(".chips [aria-current]").allTextContents())
    .toEqual(["classification 7", "timm 7"]);
  await page.getByRole("link", { name: "resnet18 모델로 새 실험" }).click();
  expect(await page.getByLabel("모델", { exact: true }).inputValue()).toBe("resnet18");
  expect(await page.getByLabel("배치 크기").inputValue()).toBe("64");
});

describe.each([["ko-KR", "light"], ["en-US", "dark"]] as const)("in %s, %s", (locale, theme) => {
  test("axe finds nothing", async () => {
    await using visitor = await visit(browser(), { server, colorScheme: theme });
    const { page } = visitor;
    await signInDemo(page, "/datasets");
    await switchTo(page, locale);
    for (const address of PAGES) {
      await page.goto(address);
      expect(await violations(page), address).toEqual([]);
    }
    await using visitorOfNone = await visit(browser(), { server: empty, colorScheme: theme });
    await signInDemo(visitorOfNone.page, "/datasets");
    await switchTo(visitorOfNone.page, locale);
    await visitorOfNone.page.getByText("DATASETS_DIR").waitFor();
    expect(await violations(visitorOfNone.page)).toEqual([]);
  });

  test("a phone needs no sideways scrolling", async () => {
    const viewport = { width: 360, height: 740 };
    for (
      const [one, addresses] of [[server, [...PAGES, "/models"]], [empty, ["/datasets"]]] as const
    ) {
      await using visitor = await visit(browser(), { server: one, viewport });
      const { page } = visitor;
      await signInDemo(page, "/datasets");
      await switchTo(page, locale);
      for (const address of addresses) {
        await page.goto(address);
        expect(await overflow(page), address).toBe(0);
      }
    }
  });
});

async function switchTo(page: Page, locale: string): Promise<void> {
  const name = locale === "en-US" ? "English" : "한국어";
  await page.getByRole("button", { name }).click();
  await page.locator(`html[lang=${locale.slice(0, 2)}]`).waitFor();
}
