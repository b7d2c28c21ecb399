import { afterAll, beforeAll, test } from "vitest";
import { signInApi, signUpApi } from "../support/api.ts";
import { expectSound, LOOKS, signInDemo, useBrowser, visit } from "../support/browser.ts";
import { type Server, startServer } from "../support/server.ts";

const browser = useBrowser();
let server: Server;

beforeAll(async () => {
  server = await startServer();
  const owner = await signInApi(server);
  for (const name of ["kim", "a-rather-long-name.of-somebody.who-works-on-vision-models"]) {
    await signUpApi(server, `${name}@example.com`);
    const json = { email: `${name}@example.com`, role: "editor" };
    await owner.send("POST", "/api/v1/projects/1/members", { json });
  }
});
afterAll(() => server?.[Symbol.asyncDispose]());

test.each(LOOKS)(
  "axe finds nothing in the %s theme, %s, %i pixels wide, where nothing sticks out",
  async (colorScheme, locale, width) => {
    const viewport = { width, height: 740 };
    await using visitor = await visit(browser(), { server, colorScheme, locale, viewport });
    const { page } = visitor;
    await signInDemo(page, "/projects/1/members");
    await expectSound(page);
    await page.locator("#email").fill("nobody@example.com");
    await page.locator("form:has(#email) button").click();
    await page.locator("#email-error").waitFor();
    await expectSound(page);
    for (const path of ["/projects", "/projects/1", "/projects/1/activity", "/account"]) {
      await page.goto(path);
      await expectSound(page);
    }
  },
);
