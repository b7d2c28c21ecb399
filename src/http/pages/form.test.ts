import { Hono } from "hono";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { DomainError } from "../../domain/kernel/errors.ts";
import { en } from "../../i18n/en.ts";
import type { Env } from "../env.ts";
import { STATUS } from "../problem.ts";
import { formValidator, NextPath, onRefusal, refusedForm, toInput } from "./form.ts";

const Input = z.object({
  name: z.string().min(1),
  epochs: z.int().min(1).default(50),
  learning_rate: z.number().optional(),
  pretrained: z.boolean().default(true),
});

describe("a form as the schema takes it", () => {
  test.each<[Record<string, unknown>, Record<string, unknown>]>([
    [{ name: "7", epochs: "7", learning_rate: " 1e-3 " }, { epochs: 7, learning_rate: 0.001 }],
    [{ epochs: "", learning_rate: " " }, { epochs: "", learning_rate: " " }],
    [{ epochs: "many" }, { epochs: NaN }],
    [{ epochs: ["1", "2"] }, { epochs: ["1", "2"] }],
    [{ pretrained: "on" }, { pretrained: true }],
    [{ pretrained: "" }, { pretrained: true }],
    [{ unknown: "1" }, { unknown: "1" }],
    [{}, {}],
  ])("%j becomes %j", (form, input) => {
    expect(toInput(form, Input)).toEqual({ pretrained: false, ...form, ...input });
  });
});

test.each([
  [{}, "/"],
  [{ next: "/projects?a=b" }, "/projects?a=b"],
  [{ next: "https://evil.example" }, "/"],
  [{ next: ["/a", "/b"] }, "/"],
])("of %j the next path is %j", (form, next) => {
  expect(z.object({ next: NextPath }).parse(form)).toEqual({ next });
});

describe("a refused form", () => {
  const app = new Hono<Env>();
  app.use(async (c, next) => {
    c.set("messages", en);
    await next();
  });
  app.post(
    "/form",
    formValidator(Input, {
      show: (_, { error, form, errors, notice }) =>
        error.code === "too_many" ? undefined : JSON.stringify({ form, errors, notice }),
    }),
    (c) => {
      const input = c.req.valid("form");
      if (input.name === "taken") throw new DomainError("conflict", { key: "already_member" });
      if (input.name === "gone") throw new DomainError("not_found", { key: "project_not_found" });
      if (input.name === "often") {
        throw new DomainError("too_many", { key: "too_many_creations", seconds: 9 });
      }
      return c.json(input);
    },
  );
  app.post("/silent", formValidator(Input), (c) => c.text("done"));
  app.post("/button", onRefusal((_, { notice }) => notice), () => {
    throw new DomainError("conflict", { key: "owner_stays" });
  });
  app.onError(async (thrown, c) => {
    const error = thrown as DomainError;
    return await refusedForm(c, { error, status: STATUS[error.code] }) ?? c.text("error page", 500);
  });

  const post = (path: string, body: string) =>
    app.request(path, { method: "POST", body: new URLSearchParams(body) });
  const shown = async (response: Response) => [response.status, await response.json()] as const;

  test("is not one when the schema takes it: the handler gets its output", async () => {
    expect(await shown(await post("/form", "name=a&epochs=7&pretrained=on")))
      .toEqual([200, { name: "a", epochs: 7, pretrained: true }]);
    expect(await shown(await post("/form", "name=a")))
      .toEqual([200, { name: "a", epochs: 50, pretrained: false }]);
  });

  test("is shown with what was typed and a message for each field", async () => {
    expect(await shown(await post("/form", "name=&epochs=many"))).toEqual([422, {
      form: { name: "", epochs: "many" },
      errors: { name: expect.any(String), epochs: expect.stringContaining("number") },
    }]);
  });

  test("is one with a field that is sent twice", async () => {
    const [status, { errors }] = await shown(await post("/form", "name=a&name=b"));
    expect([status, Object.keys(errors)]).toEqual([422, ["name"]]);
  });

  test("is shown when the handler refuses it, with the error's status", async () => {
    expect(await shown(await post("/form", "name=taken"))).toEqual([409, {
      form: { name: "taken" },
      errors: {},
      notice: expect.any(String),
    }]);
    const button = await post("/button", "");
    expect([button.status, await button.text()]).toEqual([409, expect.any(String)]);
  });

  test.each([
    ["cannot be corrected", "/form", "name=gone"],
    ["is not the form's to show", "/form", "name=often"],
    ["belongs to a route that shows none", "/silent", "name="],
  ])("gets the error page when the error %s", async (_, path, body) => {
    expect(await (await post(path, body)).text()).toBe("error page");
  });
});
