import { chromium } from "playwright-core";
import { openPlace } from "../tests/support/place.ts";
import { ready, signInDemo } from "../tests/support/browser.ts";
import { startServer } from "../tests/support/server.ts";
import { browserOptions } from "./take_pictures.ts";

const CREATIONS = 30;

interface Sample {
  /** From the click to the frame that shows the new row, in milliseconds. */
  total: number;
  /** The part from sending the request to the first byte of the response. */
  server: number;
}

/** Measures the time from the click on 학습 생성 until the new row is painted. */
async function benchClick(): Promise<void> {
  const place = await openPlace({ backend: "libsql × disk" });
  await using server = await startServer({ place });
  const browser = await chromium.launch(await browserOptions());
  const page = await browser.newPage({ baseURL: server.origin, locale: "ko-KR" });
  await signInDemo(page);
  const samples: Sample[] = [];
  // The first iteration warms up browser and server.
  for (let i = 0; i <= CREATIONS; i++) {
    await ready(page, '[hx-target="#new-experiment"]');
    await page.getByRole("link", { name: "새 실험" }).click();
    await ready(page, "#model_name");
    await page.locator("#model_name").selectOption("yolo11n-seg");
    await page.locator("#model-dependent").getByText("입력").waitFor();
    await ready(page, "#dataset_path");
    await page.locator("#dataset_path").selectOption("seg-coco8");
    await page.locator("#dataset-facts").getByText("train:").waitFor();
    const painted = page.evaluate(untilPainted);
    await page.locator("#experiment-form button.primary").click();
    const sample = await painted;
    if (i > 0) samples.push(sample);
  }
  await browser.close();
  await server.stop();
  await place.remove();
  const total = samples.map((sample) => sample.total).sort((a, b) => a - b);
  const share = samples.map((sample) => sample.server).sort((a, b) => a - b);
  const median = (sorted: number[]) => sorted[Math.floor(sorted.length / 2)]!.toFixed(1);
  console.log(`click to painted row, ${CREATIONS} creations on libSQL:`);
  console.log(`  median ${median(total)} ms, slowest ${total.at(-1)!.toFixed(1)} ms`);
  console.log(`  of that the server: median ${median(share)} ms`);
}

/** Runs in the page: waits for the click, then for the frame that paints the new row. */
function untilPainted(): Promise<Sample> {
  return new Promise((resolve) => {
    let clicked = 0;
    document.addEventListener("click", (event) => clicked = event.timeStamp, {
      capture: true,
      once: true,
    });
    const observer = new MutationObserver(() => {
      observer.disconnect();
      // The callback of the second frame runs after the first frame is painted.
      requestAnimationFrame(() =>
        requestAnimationFrame((now) => {
          const requests = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
          const post = requests.findLast(({ name }) => name.endsWith("/projects/1/experiments"))!;
          resolve({ total: now - clicked, server: post.responseStart - post.requestStart });
        })
      );
    });
    observer.observe(document.getElementById("experiments")!, { childList: true });
  });
}

if (import.meta.main) await benchClick();
