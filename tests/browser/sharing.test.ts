import { afterAll, beforeAll, expect, test } from "vitest";
import { signInApi, signUpApi } from "../support/api.ts";
import { overflow, signInDemo, useBrowser, violations, visit } from "../support/browser.ts";
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

test.each(
  [
    ["light", "한국어", 1280],
    ["dark", "한국어", 360],
    ["light", "English", 360],
    ["dark", "English", 1280],
  ] as const,
)(
  "axe finds nothing in the %s theme, %s, %i pixels wide, where nothing sticks out",
  async (colorScheme, language, width) => {
    const viewport = { width, height: 740 };
    await using visitor = await visit(browser(), { server, colorScheme, viewport });
    const { page } = visitor;
    await signInDemo(page, "/projects/1/members");
    if (language === "English") {
      await page.getByRole("button", { name: "English" }).click();
      await page.getByRole("heading", { name: "Members", exact: true }).waitFor();
    }
    const expectSound = async () => {
      expect(await violations(page)).toEqual([]);
      expect(await overflow(page)).toBe(0);
    };
    await expectSound();
    await page.locator("#email").fill("nobody@example.com");
    await page.locator("form:has(#email) button").click();
    await page.locator("#email-error").waitFor();
    await expectSound();
    for (const path of ["/projects", "/projects/1", "/projects/1/activity", "/account"]) {
      await page.goto(path);
      await expectSound();
    }
  },
);
