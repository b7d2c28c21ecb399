import { createHash } from "node:crypto";

/** The htmx version that pages load. To update: change the version here and in tests/deno.json, run
 * `deno task vendor`, review the changes, and enter the hash it reports. */
export const HTMX = {
  version: "4.0.1",
  sha384: "Qp9rdC8H7EqOoX+nR0P3RPG2Noji+qdwJlGpfzwQJsfOpp3sGwIdSP9xO3+UlEhn",
};

const PACKAGE = new URL("../tests/node_modules/htmx.org/", import.meta.url);
const VENDOR = new URL("../static/vendor/", import.meta.url);

/** Copies htmx from its npm package, which the lock file pins. Throws when the file is not the
 * reviewed one. */
async function vendorHtmx(): Promise<void> {
  const bytes = await Deno.readFile(new URL("dist/htmx.min.js", PACKAGE));
  const sha384 = createHash("sha384").update(bytes).digest("base64");
  if (sha384 !== HTMX.sha384) {
    throw new Error(`htmx.min.js has sha384 ${sha384}, expected ${HTMX.sha384}`);
  }
  await Deno.remove(VENDOR, { recursive: true });
  await Deno.mkdir(VENDOR);
  await Deno.writeFile(new URL(`htmx-${HTMX.version}.min.js`, VENDOR), bytes);
  await Deno.copyFile(new URL("LICENSE", PACKAGE), new URL("htmx-LICENSE.txt", VENDOR));
}

if (import.meta.main) await vendorHtmx();
