import { describe, expect, test } from "vitest";
import { localPath, triggerHeader } from "./context.ts";

const ORIGIN = "https://train.example.com";

describe("the path to go to next", () => {
  test.each([
    ["/", "/"],
    ["/projects/1", "/projects/1"],
    ["/projects/1?status=failed&x=%2F", "/projects/1?status=failed&x=%2F"],
    ["/projects/1#top", "/projects/1"],
    ["/a/../projects", "/projects"],
    ["/프로젝트", "/%ED%94%84%EB%A1%9C%EC%A0%9D%ED%8A%B8"],
    ["/next?to=https://evil.example", "/next?to=https://evil.example"],
  ])("%j is the path %j", (path, local) => {
    expect(localPath(path)).toBe(local);
  });

  test.each([undefined, null, 7, ["/a"], {}, "", "projects", "?x", "#x", "//evil.example/a"])(
    "%j is the home page",
    (path) => {
      expect(localPath(path)).toBe("/");
    },
  );

  test.each([
    "https://evil.example",
    "https:evil.example",
    "HTTPS:/evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\\evil.example",
    "\t//evil.example",
    " //evil.example",
    "/.//evil.example",
    "/..//evil.example",
    "/%2e//evil.example",
    "/a/..//evil.example",
    "/a/%2E%2e//evil.example",
    "/./\\evil.example",
    "/.\t//evil.example",
    "//evil.example@train.example.com",
    "//train.example.com@evil.example",
    "/@evil.example",
    "/%2f/evil.example",
    "/%5cevil.example",
    "javascript:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,x",
    "/\0//evil.example",
    "//local.invalid/x",
    "http://local.invalid//evil.example",
  ])("%j never leads to another site", (path) => {
    const next = localPath(path);
    expect(next).toMatch(/^\/(?![/\\])/);
    expect(new URL(next, ORIGIN).origin).toBe(ORIGIN);
  });
});

describe("the events for the page's script", () => {
  test.each<[Record<string, unknown>]>([
    [{}],
    [{ "experiment-created": null }],
    [{ toast: "학습 작업이 생성되었습니다!", close: { id: 1 } }],
    [{ toast: "🆕 👩‍🔬 \ud800 \u007f \u0080 \u2028 \uffff" }],
    [{ toast: "line\r\nX-Injected: 1\0\t\u001b" }],
    [{ 이벤트: `"quoted" \\ü` }],
  ])("%j is a header of visible ASCII that says the same", (events) => {
    const header = triggerHeader(events);
    expect(header).toMatch(/^[\x20-\x7e]*$/);
    expect(JSON.parse(header)).toEqual(events);
    expect(new Headers({ "HX-Trigger": header }).get("HX-Trigger")).toBe(header);
  });
});
