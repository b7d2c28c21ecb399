import {
  type BrowserContextOptions,
  chromium,
  type LaunchOptions,
  type Page,
} from "playwright-core";
import { ready } from "../tests/support/browser.ts";
import findBrowser from "../tests/support/find_browser.ts";
import { openPlace } from "../tests/support/place.ts";
import { startServer } from "../tests/support/server.ts";

/** Takes the screenshots of README and docs/pages.md, from a server with demo data. Needs Korean
 * and emoji fonts (Debian: fonts-noto-cjk, fonts-noto-color-emoji). */
async function takePictures(folder: URL): Promise<void> {
  const place = await openPlace({ backend: "libsql × disk" });
  await using server = await startServer({ place });
  const browser = await chromium.launch(await browserOptions());
  const open = async (options: BrowserContextOptions) => {
    const context = await browser.newContext({ baseURL: server.origin, ...options });
    const page = await context.newPage();
    await page.goto("/login?next=/projects/1");
    await page.locator(".entry form").last().getByRole("button").click();
    await page.waitForURL("**/projects/1");
    return page;
  };
  const take = async (page: Page, name: string) => {
    await page.evaluate(() => Promise.all(document.getAnimations().map((a) => a.finished)));
    await page.screenshot({ path: new URL(`${name}.png`, folder).pathname });
  };

  const page = await open({ locale: "ko-KR", viewport: { width: 1200, height: 760 } });
  await page.getByRole("link", { name: "새 실험" }).click();
  await page.getByLabel("모델", { exact: true }).selectOption("yolo11n-seg");
  await page.locator("#model-dependent").getByText("입력").waitFor();
  await ready(page, "#dataset_path");
  await page.getByLabel("데이터셋", { exact: true }).selectOption("seg-coco8");
  await page.locator("#dataset-facts").getByText("train:").waitFor();
  await take(page, "new-experiment");
  await page.getByRole("button", { name: "학습 생성" }).click();
  await page.getByText("학습 작업이 생성되었습니다!").waitFor();
  await take(page, "project");
  await page.getByRole("rowheader").getByRole("link").first().click();
  await page.getByRole("heading", { name: "yolo11n-seg" }).waitFor();
  await take(page, "experiment");

  const dark = await open({
    locale: "en-US",
    colorScheme: "dark",
    viewport: { width: 1200, height: 760 },
  });
  await dark.goto("/datasets/view?path=seg-coco8", { waitUntil: "networkidle" });
  await take(dark, "dataset-dark");

  const phone = await open({
    locale: "ko-KR",
    viewport: { width: 360, height: 740 },
    hasTouch: true,
    deviceScaleFactor: 2,
  });
  await take(phone, "project-phone");
  await browser.close();
  await server.stop();
  await place.remove();
}

/** The browser the tests use. */
export async function browserOptions(): Promise<LaunchOptions> {
  let found: LaunchOptions = {};
  await findBrowser({ provide: (_, options) => found = options });
  return found;
}

if (import.meta.main) await takePictures(new URL("../docs/images/", import.meta.url));
