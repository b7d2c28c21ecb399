import { Validator } from "@seriousme/openapi-schema-validator";
import { describe, expect, test } from "vitest";
import { request } from "./support/api.ts";
import {
  api,
  document,
  escape,
  expectDocumented,
  mismatches,
  resolve,
} from "./support/api_document.ts";
import { startServer } from "./support/server.ts";

interface Operation {
  method: string;
  path: string;
  // deno-lint-ignore no-explicit-any -- the document is looked into, not typed
  value: any;
}

const METHODS = ["get", "post", "put", "patch", "delete"];
const operations: Operation[] = Object.entries<Record<string, unknown>>(document.paths).flatMap(
  ([path, item]) =>
    METHODS.filter((method) => method in item)
      .map((method) => ({ method, path, value: item[method] })),
);

describe("the API's document", () => {
  test("is valid OpenAPI 3.1", async () => {
    const validator = new Validator();
    expect(await validator.validate(structuredClone(document))).toEqual({ valid: true });
    expect(validator.version).toBe("3.1");
  });

  test("has every route, and no other", () => {
    const routes = api.routes.routes.filter(({ method }) => method !== "ALL")
      .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`);
    const described = operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    expect(described.toSorted()).toEqual([...new Set(routes)].sort());
  });

  test("gives each call a name of its own, a summary and a tag that is explained", () => {
    const names = operations.map(({ value }) => value.operationId);
    expect(new Set(names).size).toBe(names.length);
    const tags = document.tags.map(({ name }: { name: string }) => name);
    for (const { path, method, value } of operations) {
      expect(value, `${method} ${path}`).toMatchObject({
        operationId: expect.stringMatching(/^[a-z][A-Za-z]+$/),
        summary: expect.stringMatching(/./),
      });
      expect(tags).toEqual(expect.arrayContaining(value.tags));
    }
  });

  test("asks for a token everywhere but to register, sign in and read it", () => {
    const open = operations.filter(({ value }) =>
      (value.security ?? document.security).length === 0
    );
    expect(open.map(({ path }) => path)).toEqual([
      "/auth/register",
      "/auth/login",
      "/openapi.json",
    ]);
    for (const { value } of operations) {
      if (!open.some((one) => one.value === value)) expect(value.responses).toHaveProperty("401");
    }
  });

  test("has examples that its own schemas accept", () => {
    const examples = pointersTo("example", document).map((pointer) => pointer.slice(0, -8));
    expect(examples.length).toBeGreaterThan(20);
    for (const pointer of examples) {
      const { example } = resolve(pointer)!.value;
      expect(mismatches(`${pointer}/schema`, example), pointer).toEqual([]);
    }
  });
});

/** JSON pointers to every member of this name that stands beside a schema. */
function pointersTo(name: string, value: unknown, pointer = ""): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) =>
    key === name && "schema" in value
      ? [`${pointer}/${key}`]
      : pointersTo(name, part, `${pointer}/${escape(key)}`)
  );
}

describe("an answer against the document", () => {
  const call = { method: "GET", path: "/api/v1/projects/1" };
  const project = {
    id: 1,
    user_id: 1,
    name: "Dog vs Cat",
    description: "",
    role: "owner",
    owner: { email: "ann@example.com", full_name: null },
    member_count: 0,
    created_at: "2024-01-18T15:30:00.000Z",
    updated_at: "2024-01-18T15:30:00.000Z",
    experiment_count: 2,
    experiments_by_status: { pending: 1, running: 0, completed: 1, failed: 0, cancelled: 0 },
    last_activity_at: "2024-01-18T15:30:00.000Z",
  };
  const problem = { type: "about:blank", title: "x", status: 404, detail: "x", request_id: "x" };
  const answer = (changes = {}, headers: Record<string, string> = {}) => ({
    status: 200,
    headers: new Headers({ "Content-Type": "application/json", "X-Request-Id": "1", ...headers }),
    body: { ...project, ...changes },
  });

  test("is taken when it is as described", () => {
    expectDocumented(call, answer());
    expectDocumented({ ...call, path: "/projects/1" }, { ...answer(), status: 500 });
  });

  test.each([
    ["a status that is not there", { ...answer(), status: 202 }, /no such status/],
    ["a member too many", answer({ password_hash: "x" }), /additional properties/],
    ["a member too few", answer({ name: undefined }), /required property 'name'/],
    ["a member of another type", answer({ id: "1" }), /\/id must be integer/],
    ["a status too few", answer({ experiments_by_status: { pending: 1 } }), /property 'running'/],
    ["a time that is none", answer({ created_at: "yesterday" }), /date-time/],
    ["another type", answer({}, { "Content-Type": "text/html" }), /type should be/],
    [
      "no request id",
      { ...answer(), headers: new Headers({ "Content-Type": "application/json" }) },
      /X-Request-Id is missing/,
    ],
    ["a header that is not there", answer({}, { Location: "/x" }), /no such header: Location/],
    [
      "a refusal without its challenge",
      { ...answer(), status: 401, body: problem },
      /WWW-Authenticate is missing/,
    ],
  ])("is refused with %s", (_, answer, message) => {
    const body = JSON.parse(JSON.stringify(answer.body));
    expect(() => expectDocumented(call, { ...answer, body })).toThrow(message);
  });

  test("is refused from a call that is not there", () => {
    expect(() => expectDocumented({ method: "GET", path: "/api/v1/nothing" }, answer()))
      .toThrow(/no such call/);
  });
});

describe("a server", () => {
  test("shows the document and its reference to everyone", async () => {
    await using server = await startServer();
    const get = (path: string, headers = {}) => request(server, { method: "GET", path, headers });
    expect((await get("/api/v1/openapi.json")).body).toEqual(document);

    for (const [language, title] of [["ko", "API 문서"], ["en", "API reference"]] as const) {
      const page = await get("/api/docs", { "Accept-Language": language });
      expect(page.status).toBe(200);
      expect(page.body).toContain(`<html lang="${language}"`);
      expect(page.body).toContain(title);
      for (const { value } of operations) expect(page.body).toContain(`id="${value.operationId}"`);
      for (const name of Object.keys(document.components.schemas)) {
        expect(page.body).toContain(`id="schema-${name}"`);
      }
      const links = [...page.body.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id);
      expect(links.filter((id) => !page.body.includes(`id="${id}"`))).toEqual([]);
      // The policy would block them.
      expect(page.body).not.toMatch(/ style="|<style| on\w+="|<script(?! src="\/static\/)/);
    }
    expect((await get("/api/else")).status).toBe(404);
  });
});
