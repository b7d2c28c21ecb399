import { z } from "@hono/zod-openapi";
import { DomainError } from "../../domain/kernel/errors.ts";
import { failureHeaders, ProblemDocument, STATUS, toDocument } from "../problem.ts";

/** Headers of an answer, as OpenAPI has them. */
type Headers = Record<string, { description: string; required?: true; schema: object }>;

/** A request's JSON body. */
export function jsonBody<T extends z.ZodType>(schema: T, example: z.input<T>) {
  return { required: true, content: { "application/json": { schema, example } } };
}

/** An answer with a JSON body. */
export function json<T extends z.ZodType>(
  schema: T,
  { description, example, headers = {}, links = {} }: {
    description: string;
    example?: z.output<T>;
    headers?: Headers;
    links?: ReturnType<typeof idLinks>;
  },
) {
  return { description, headers, links, content: { "application/json": { schema, example } } };
}

/** The calls whose path takes the `id` of an answer. */
export function idLinks(...operationIds: string[]) {
  const parameters = { id: "$response.body#/id" };
  return Object.fromEntries(
    operationIds.map((operationId) => [operationId, { operationId, parameters }]),
  );
}

/** An answer without a body. */
export const NO_CONTENT = { description: "Done." };

/** A list that has no second page. */
export function items<T extends z.ZodType>(schema: T) {
  return z.object({ items: z.array(schema) });
}

/** Where what was created is found. */
export const LOCATION = {
  Location: {
    description: "The path of what was created.",
    required: true,
    schema: { type: "string", format: "uri-reference" },
  },
} as const;

/** The id in the path. The route reads it with `idParam`: what cannot be an id names nothing. */
export function pathId(description: string) {
  return z.object({
    id: z.string().openapi({ description, type: "integer", minimum: 1, example: 1 }),
  });
}

/** Of calls that stand behind `requireSignIn`. */
export const SIGN_IN_REQUIRED = new DomainError("forbidden", { key: "sign_in_required" });

/**
 * What one call may refuse, each status once. What every call may answer besides (400, 401, 403,
 * 413, 500, 503) is added in `document.ts`.
 */
export function refusals(...errors: DomainError[]) {
  const answers = errors.map((error) => [STATUS[error.code], refusal(error)]);
  return Object.fromEntries(answers) as Record<Refused, ReturnType<typeof refusal>>;
}
type Refused = (typeof STATUS)[keyof typeof STATUS];

/** A problem document, with this failure (a defect, when there is none) for an example. */
export function refusal(error: DomainError | undefined) {
  const status = error ? STATUS[error.code] : 500;
  const example = toDocument({ status, error }, "2f1c6a0e-7a55-4a0c-9f0b-0d2c3b1e5a77");
  return {
    description: example.title,
    headers: commonHeaders("X-Request-Id", ...Object.keys(failureHeaders(error))),
    content: { "application/problem+json": { schema: ProblemDocument, example } },
  };
}

/** Headers that the document describes once for all calls. */
export function commonHeaders(...names: string[]) {
  return Object.fromEntries(
    names.map((name) => [name, { $ref: `#/components/headers/${name}` as const }]),
  );
}
