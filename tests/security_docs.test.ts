import { join } from "node:path";
import { expect, test } from "vitest";
import { ROOT } from "./support/app.ts";

/** A file in backquotes and, after it, the start of a test's name. */
const CITED = /`([\w/.-]+\.test\.tsx?)`[:,;]?\s+"([^"]+)"/g;

test.each(["docs/security.md", "docs/asvs.md"])(
  "every test that %s names is there",
  async (page) => {
    const text = (await Deno.readTextFile(join(ROOT, page))).replaceAll(/\s+/g, " ");
    const cited = [...text.matchAll(CITED)];
    expect(cited.length).toBeGreaterThan(5);
    for (const [, file, name] of cited) {
      expect(await Deno.readTextFile(join(ROOT, file!)), file).toContain(name);
    }
  },
);
