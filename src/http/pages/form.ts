import { zValidator } from "@hono/zod-validator";
import type { Context, MiddlewareHandler } from "hono";
import { z } from "zod";
import type { ErrorCode } from "../../domain/kernel/errors.ts";
import { say } from "../../i18n/messages.ts";
import type { Env, ShowAgain } from "../env.ts";
import { type Failure, failureHeaders } from "../problem.ts";
import { refused } from "../validate.ts";
import { localPath, messagesByField } from "./context.ts";

/** Errors that the person at a form can correct there. All others get an error page. */
const CORRECTABLE: ErrorCode[] = [
  "invalid",
  "unauthenticated",
  "conflict",
  "key_reused",
  "too_many",
];

type FormFields = Record<string, unknown>;

/** A form's `next` field: where to go afterwards, always a path of this site. */
export const NextPath = z.string().catch("/").transform(localPath);

/**
 * Validates a form with `schema`, the one that the API validates JSON with; the handler gets the
 * result by `c.req.valid("form")`. When the schema or the handler refuses the input, `show` renders
 * the form again; without `show` an error page answers. `read` maps the form to the schema's input
 * where their fields differ.
 */
export function formValidator<T extends z.ZodObject>(
  schema: T,
  { read = (form) => toInput(form, schema), show }: {
    read?: (form: FormFields) => FormFields;
    show?: ShowAgain;
  } = {},
): MiddlewareHandler<Env, string, { in: { form: FormFields }; out: { form: z.output<T> } }> {
  const readable: z.ZodType<z.output<T>> = z.preprocess((form) => read(form as FormFields), schema);
  return zValidator("form", readable, (result, c) => {
    c.set("showAgain", show);
    if (!result.success) throw refused(result.error, read(result.data));
  });
}

/** For a form without fields, such as a button: `show` renders its page again when the handler
 * refuses. */
export function onRefusal(show: ShowAgain): MiddlewareHandler<Env> {
  return async (c, next) => {
    c.set("showAgain", show);
    await next();
  };
}

/**
 * A form as `schema` takes it: text becomes a number where the schema has one, and a missing checkbox
 * is `false`. Text that is no number stays text, which the schema refuses.
 */
export function toInput(form: FormFields, schema: z.ZodObject): FormFields {
  const input = { ...form };
  for (const [name, member] of Object.entries(schema.shape)) {
    const value = form[name];
    const type = innermostType(member);
    if (type === "boolean") input[name] = name in form;
    if (type === "number" && typeof value === "string" && value.trim() !== "") {
      input[name] = Number(value);
    }
  }
  return input;
}

/** The type below `optional`, `default` and the like. */
function innermostType(schema: z.core.$ZodType): string {
  const def: { type: string; innerType?: z.core.$ZodType } = schema._zod.def;
  return def.innerType ? innermostType(def.innerType) : def.type;
}

/**
 * The refused form again, with a message for each field. `undefined`: no form was refused, or the
 * error cannot be corrected there. Throws what `show` throws, such as `not_found`.
 */
export async function refusedForm(
  c: Context<Env>,
  { status, error }: Failure,
): Promise<Response | undefined> {
  const show = c.get("showAgain");
  if (!show || !error || !CORRECTABLE.includes(error.code)) return undefined;
  const messages = c.get("messages");
  const html = await show(c, {
    error,
    form: await c.req.parseBody(),
    errors: messagesByField(error, messages),
    notice: error.fields.length === 0 ? say(messages, error.problem) : undefined,
  });
  if (html === undefined) return undefined;
  return c.html(html, status === 400 ? 422 : status, failureHeaders(error));
}
