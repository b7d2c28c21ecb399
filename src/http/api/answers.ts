import { z } from "@hono/zod-openapi";
import { DomainError } from "../../domain/kernel/errors.ts";
import { failureHeaders, ProblemDocument, STATUS, toDocument } from "../problem.ts";

/** Headers of an answer, in OpenAPI's form. */
type Headers = Record<string, { description: string; required?: true; schema: object }>;

/** A JSON request body. */
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

/** OpenAPI links: operations whose path takes the `id` of the answer. */
export function idLinks(...operationIds: string[]) {
  const parameters = { id: "$response.body#/id" };
  return Object.fromEntries(
    operationIds.map((operationId) => [operationId, { operationId, parameters }]),
  );
}

/** An answer without a body. */
export const NO_CONTENT = { description: "Done." };

/** A list without pages. */
export function items<T extends z.ZodType>(schema: T) {
  return z.object({ items: z.array(schema) });
}

/** The `Location` header of a 201. */
export const LOCATION = {
  Location: {
    description: "The path of the created resource.",
    required: true,
    schema: { type: "string", format: "uri-reference" },
  },
} as const;

/** The id in the path. A string, as the route parses it with `idParam`: a malformed id is 404. */
export function pathId(description: string) {
  return z.object({
    id: z.string().openapi({ description, type: "integer", minimum: 1, example: 1 }),
  });
}

/** For calls behind `requireSignIn`. */
export const SIGN_IN_REQUIRED = new DomainError("forbidden", { key: "sign_in_required" });

/**
 * A call's own error answers, one per status. `document.ts` adds those that all calls share (400, 401,
 * 403, 413, 500, 503).
 */
export function refusals(...errors: DomainError[]) {
  const answers = errors.map((error) => [STATUS[error.code], refusal(error)]);
  return Object.fromEntries(answers) as Record<Refused, ReturnType<typeof refusal>>;
}
type Refused = (typeof STATUS)[keyof typeof STATUS];

/** A problem document with this error as its example; 500 without one. */
export function refusal(error: DomainError | undefined) {
  const status = error ? STATUS[error.code] : 500;
  const example = toDocument({ status, error }, "2f1c6a0e-7a55-4a0c-9f0b-0d2c3b1e5a77");
  return {
    description: example.title,
    headers: commonHeaders("X-Request-Id", ...Object.keys(failureHeaders(error))),
    content: { "application/problem+json": { schema: ProblemDocument, example } },
  };
}

/** References to headers that the document describes once. */
export function commonHeaders(...names: string[]) {
  return Object.fromEntries(
    names.map((name) => [name, { $ref: `#/components/headers/${name}` as const }]),
  );
}
