import { describe, expect, test } from "vitest";
import { nestsDeeper } from "./request_limits.ts";

describe("JSON", () => {
  test.each([
    ["", 0, false],
    ["1", 0, false],
    ["[]", 0, true],
    ["[]", 1, false],
    ['{"a":[{}]}', 3, false],
    ['{"a":[{}]}', 2, true],
    ["[[],[],[]]", 2, false],
    ['["[[[["]', 1, false],
    [String.raw`["\"[[", "\\", []]`, 2, false],
    [String.raw`["\\", [[]]]`, 2, true],
    ['["open [[[[', 1, false],
    ['"\n[[[["', 0, false],
    ["]]]]", 0, false],
  ])("%j nests deeper than %i: %s", (json, limit, deeper) => {
    expect(nestsDeeper(json, limit)).toBe(deeper);
  });

  test("as long as a body may be is scanned in linear time", () => {
    expect(nestsDeeper("[".repeat(65_536), 32)).toBe(true);
    expect(nestsDeeper("[]".repeat(32_768), 32)).toBe(false);
    expect(nestsDeeper(`"${"\\".repeat(65_534)}`, 32)).toBe(false);
    expect(nestsDeeper('"'.repeat(65_535), 32)).toBe(false);
  });
});
