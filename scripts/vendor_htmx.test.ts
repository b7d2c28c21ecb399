import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { HTMX } from "./vendor_htmx.ts";

test("the vendored htmx is the reviewed file", async () => {
  const file = new URL(`../static/vendor/htmx-${HTMX.version}.min.js`, import.meta.url);
  const sha384 = createHash("sha384").update(await Deno.readFile(file)).digest("base64");
  expect(sha384).toBe(HTMX.sha384);
});
