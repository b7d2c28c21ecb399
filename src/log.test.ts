import { afterEach, describe, expect, test, vi } from "vitest";
import { createLog } from "./log.ts";

afterEach(() => vi.restoreAllMocks());

/** What a log prints of an event. */
function printed(format: "json" | "readable", fields: Record<string, unknown>): string {
  const print = vi.spyOn(console, "error").mockImplementation(() => {});
  createLog({ level: "info", format }).error("it failed", fields);
  return String(print.mock.calls[0]![0]);
}

test("in production an event is one line of JSON", () => {
  const line = printed("json", { request_id: "a\nb", user_id: undefined, status: 503 });
  expect(line).not.toContain("\n");
  expect(JSON.parse(line)).toEqual({
    time: expect.stringMatching(/^\d{4}-.*Z$/),
    level: "error",
    message: "it failed",
    request_id: "a\nb",
    status: 503,
  });
});

test("in development it is readable", () => {
  expect(printed("readable", { status: 503, route: "/projects/:id", user_id: undefined }))
    .toMatch(/^\d\d:\d\d:\d\d {2}error {2}it failed {2}status=503 {2}route=\/projects\/:id$/);
});

test("below its level it says nothing", () => {
  const print = vi.spyOn(console, "info").mockImplementation(() => {});
  createLog({ level: "warn", format: "json" }).info("a request");
  expect(print).not.toHaveBeenCalled();
});

describe.each(["json", "readable"] as const)("of an error, a %s log tells", (format) => {
  test("what went wrong, without the path of the machine", async () => {
    const missing = await Deno.readTextFile("/srv/secret's/it's.db").catch((error) => error);
    const line = printed(format, { error: new Error("no database", { cause: missing }) });
    expect(line).toContain("no database");
    expect(line).toContain("os error 2");
    expect(line).not.toMatch(/srv|secret|it's/);
  });

  test("where in the project, and not where the project lies", () => {
    const line = printed(format, { error: new TypeError("a defect") });
    expect(line).toContain("src/log.test.ts");
    expect(line).not.toContain(new URL("..", import.meta.url).pathname);
  });
});
