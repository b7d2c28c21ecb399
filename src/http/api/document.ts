import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { DomainError, invalid } from "../../domain/kernel/errors.ts";
import { RANGES } from "../../domain/jobs/job.ts";
import type { AppDeps, Env } from "../env.ts";
import { BODY_LIMITS } from "../middleware/request_limits.ts";
import { commonHeaders, json, refusal } from "./answers.ts";

/** The API's version. Its major number is in the path. */
const VERSION = "1.0.0";

const DESCRIPTION = `Set up and follow training experiments of vision models.

JSON in and out, snake_case; timestamps are RFC 3339 UTC. A body needs
\`Content-Type: application/json\`. Members and query parameters that are not named here are ignored.

Sign in for a token with \`POST /auth/login\`, or create a longer-lived one for scripts with
\`POST /auth/tokens\`, and send it as \`Authorization: Bearer …\`. Other users' projects and jobs
answer 404, as if they did not exist. In a project that is shared with you, calls that your role does
not allow answer 403.

Errors are problem documents (RFC 9457, \`application/problem+json\`); for invalid input they name each
field at fault. An existing path answers other methods with 405 and \`Allow\`; a URL of more than
16 KiB is answered with 414. Every answer has an \`X-Request-Id\`, which is also in the server's log.`;

const TAGS = [
  { name: "Accounts", description: "Registering, signing in and out." },
  { name: "Sign-ins and tokens", description: "Sessions and personal access tokens." },
  {
    name: "Projects",
    description: "Projects, which contain training jobs, and their members.",
  },
  { name: "Training jobs", description: "Training experiments." },
  { name: "Models and datasets", description: "What a training job can use." },
  { name: "This document", description: "The OpenAPI document." },
];

export type ApiDocument = ReturnType<OpenAPIHono["getOpenAPI31Document"]>;
type Operation = NonNullable<NonNullable<ApiDocument["paths"]>[string]["get"]>;

const METHODS = ["get", "post", "put", "patch", "delete"] as const;

export const documentRoute = createRoute({
  operationId: "getApiDocument",
  method: "get",
  path: "/openapi.json",
  tags: ["This document"],
  security: [],
  summary: "Get this document",
  responses: {
    200: json(z.looseObject({ openapi: z.string() }), { description: "OpenAPI 3.1." }),
  },
});

/**
 * The routes of `api` as an OpenAPI 3.1 document, generated on first use. Answers and headers that all
 * calls share are added here.
 */
export function describeApi(
  api: OpenAPIHono<Env>,
  { publicOrigin }: Pick<AppDeps["config"], "publicOrigin">,
): () => ApiDocument {
  let document: ApiDocument | undefined;
  return () => document ??= generate();

  function generate(): ApiDocument {
    const document = api.getOpenAPI31Document({
      openapi: "3.1.0",
      info: {
        title: "Trainyard",
        version: VERSION,
        description: DESCRIPTION,
        license: { name: "MIT" },
      },
      servers: [{ url: `${publicOrigin ?? ""}/api/v1` }],
      security: [{ bearer: [] }],
      tags: TAGS,
    });
    for (const item of Object.values(document.paths ?? {})) {
      for (const method of METHODS) if (item[method]) complete(item[method], method);
    }
    document.components = { ...document.components, ...commonComponents() };
    return document;
  }
}

/** Adds the error answers and headers that all calls share. */
function complete(operation: Operation, method: string): void {
  const { requestBody, parameters = [], security, responses = {} } = operation;
  const takesInput = requestBody !== undefined ||
    parameters.some((parameter) => "in" in parameter && parameter.in !== "path");
  const needsToken = security === undefined;
  const needsScope = needsToken && method !== "get";
  for (const [status, response] of Object.entries(responses)) {
    response.headers = {
      ...response.headers,
      ...commonHeaders("X-Request-Id"),
      ...(needsScope && status === "403" && SCOPE_CHALLENGE),
    };
  }
  operation.responses = {
    ...(takesInput && { 400: { $ref: "#/components/responses/Invalid" } }),
    ...(needsToken && { 401: { $ref: "#/components/responses/Unauthenticated" } }),
    ...(needsScope && { 403: { $ref: "#/components/responses/InsufficientScope" } }),
    ...(requestBody && { 413: { $ref: "#/components/responses/TooLarge" } }),
    500: { $ref: "#/components/responses/Defect" },
    503: { $ref: "#/components/responses/Unavailable" },
    ...responses,
  };
}

/** For calls that have other reasons for a 403 too. */
const SCOPE_CHALLENGE = {
  "WWW-Authenticate": {
    description: "Present when the token's scope is insufficient.",
    schema: { type: "string" },
  },
} as const;

function commonComponents(): ApiDocument["components"] {
  const epochs = { field: "epochs", ...RANGES.epochs } as const;
  const failures = {
    Invalid: invalid({ field: "epochs", problem: { key: "out_of_range", ...epochs } }),
    Unauthenticated: new DomainError("unauthenticated", { key: "unauthenticated" }),
    InsufficientScope: new DomainError("forbidden", { key: "insufficient_scope", needed: "write" }),
    TooLarge: new DomainError("too_large", { key: "body_too_large", limit: BODY_LIMITS.json }),
    Defect: undefined,
    Unavailable: new DomainError("unavailable", { key: "unavailable", what: "database" }),
  };
  const responses = Object.entries(failures).map(([name, error]) => {
    const { description, headers, content } = refusal(error);
    const { example } = content["application/problem+json"];
    const schema = { $ref: "#/components/schemas/Problem" };
    return [name, {
      description,
      headers,
      content: { "application/problem+json": { schema, example } },
    }];
  });
  return {
    responses: Object.fromEntries(responses),
    headers: {
      "X-Request-Id": {
        description: "The id of this request in the server's log. The request may send its own.",
        required: true,
        schema: { type: "string" },
      },
      "WWW-Authenticate": {
        description: "How to authenticate (RFC 6750).",
        required: true,
        schema: { type: "string", examples: ['Bearer realm="trainyard"'] },
      },
      "Retry-After": {
        description: "Seconds to wait before trying again.",
        required: true,
        schema: { type: "integer", minimum: 1 },
      },
    },
    securitySchemes: {
      bearer: {
        type: "http",
        scheme: "bearer",
        description: "The `access_token` of `POST /auth/login` or the `token` of " +
          "`POST /auth/tokens`. The second cannot manage tokens, sign-ins, the password or a " +
          "project's members, and with the scope `read` it can only read.",
      },
    },
  };
}
