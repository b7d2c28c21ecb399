import { chromium, type LaunchOptions } from "playwright-core";
import findBrowser from "../tests/support/find_browser.ts";
import { openPlace } from "../tests/support/place.ts";
import { startServer } from "../tests/support/server.ts";

/** Takes the README's pictures into `docs/images/`, from a server with demo data. Korean text needs a
 * Korean font on this machine (Debian: fonts-noto-cjk, fonts-noto-color-emoji). */
async function takePictures(folder: URL): Promise<void> {
  const place = await openPlace({ backend: "libsql × disk" });
  await using server = await startServer({ place });
  const browser = await chromium.launch(await browserOptions());
  const page = await browser.newPage({
    baseURL: server.origin,
    locale: "ko-KR",
    viewport: { width: 1200, height: 760 },
    colorScheme: "light",
  });
  const take = async (name: string) => {
    await page.evaluate(() => Promise.all(document.getAnimations().map((a) => a.finished)));
    await page.screenshot({ path: new URL(`${name}.png`, folder).pathname });
  };

  await page.goto("/login?next=/projects/1");
  await page.getByRole("button", { name: "데모 사용자로 로그인" }).click();
  await page.getByRole("link", { name: "새 실험" }).click();
  await page.getByLabel("모델", { exact: true }).selectOption("yolo11n-seg");
  await page.locator("#model-dependent").getByText("입력").waitFor();
  await page.getByLabel("데이터셋", { exact: true }).selectOption("seg-coco8");
  await page.locator("#dataset-facts").getByText("train:").waitFor();
  await take("new-experiment");
  await page.getByRole("button", { name: "학습 생성" }).click();
  await page.getByText("학습 작업이 생성되었습니다!").waitFor();
  await take("project");
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
