import { expect, test } from "vitest";
import server from "../deno.json" with { type: "json" };
import tests from "./deno.json" with { type: "json" };

// What tests need must not stand where `dev` and `start` would fetch it, so it has a configuration of
// its own; to check types it must name the server's packages again.
test("tests use the server's packages at the server's versions", () => {
  expect(tests.imports).toMatchObject(server.imports);
});

test("every package is pinned to one version", () => {
  for (const specifier of Object.values({ ...server.imports, ...tests.imports })) {
    expect(specifier).toMatch(/@\d+\.\d+\.\d+(-[\w.]+)?$/);
  }
});
