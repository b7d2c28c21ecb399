import { afterEach, describe, expect, test, vi } from "vitest";
import { createLog } from "./log.ts";

afterEach(() => vi.restoreAllMocks());

/** The log writes in a microtask. */
const written = () => Promise.resolve();

/** The line a log prints for an event. */
async function printed(
  format: "json" | "readable",
  fields: Record<string, unknown>,
): Promise<string> {
  const print = vi.spyOn(console, "error").mockImplementation(() => {});
  createLog({ level: "info", format }).error("it failed", fields);
  await written();
  return String(print.mock.calls[0]![0]);
}

test("the json format prints an event as one line of JSON", async () => {
  const line = await printed("json", { request_id: "a\nb", user_id: undefined, status: 503 });
  expect(line).not.toContain("\n");
  expect(JSON.parse(line)).toEqual({
    time: expect.stringMatching(/^\d{4}-.*Z$/),
    level: "error",
    message: "it failed",
    request_id: "a\nb",
    status: 503,
  });
});

test("the readable format prints time, level, message and fields", async () => {
  const fields = { status: 503, route: "/projects/:id", user_id: undefined };
  expect(await printed("readable", fields))
    .toMatch(/^\d\d:\d\d:\d\d {2}error {2}it failed {2}status=503 {2}route=\/projects\/:id$/);
});

test("events below the log level are not printed", async () => {
  const print = vi.spyOn(console, "info").mockImplementation(() => {});
  createLog({ level: "warn", format: "json" }).info("a request");
  await written();
  expect(print).not.toHaveBeenCalled();
});

test("lines logged in the same tick are written together, one call per level", async () => {
  const writes: string[] = [];
  for (const level of ["info", "error"] as const) {
    vi.spyOn(console, level).mockImplementation((text) => void writes.push(`${level}: ${text}`));
  }
  const log = createLog({ level: "info", format: "readable" });
  log.info("one");
  log.info("two");
  log.error("three");
  log.info("four");
  await written();
  expect(writes.map((text) => text.replaceAll(/\d\d:\d\d:\d\d {2}/g, ""))).toEqual([
    "info: info   one\ninfo   two",
    "error: error  three",
    "info: info   four",
  ]);
});

describe.each(["json", "readable"] as const)("a %s log of an error", (format) => {
  test("contains the message without the machine's paths", async () => {
    const missing = await Deno.readTextFile("/srv/secret's/it's.db").catch((error) => error);
    const line = await printed(format, { error: new Error("no database", { cause: missing }) });
    expect(line).toContain("no database");
    expect(line).toContain("os error 2");
    expect(line).not.toMatch(/srv|secret|it's/);
  });

  test("contains the stack with paths relative to the project", async () => {
    const line = await printed(format, { error: new TypeError("a defect") });
    expect(line).toContain("src/log.test.ts");
    expect(line).not.toContain(new URL("..", import.meta.url).pathname);
  });
});
