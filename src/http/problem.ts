import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { STATUS_CODES } from "node:http";
import { z } from "zod";
import { DomainError, type ErrorCode } from "../domain/kernel/errors.ts";
import { en } from "../i18n/en.ts";
import { say } from "../i18n/messages.ts";
import type { AppDeps, Env } from "./env.ts";
import { notJson } from "./validate.ts";

/** The status of each error code. */
export const STATUS = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  too_large: 413,
  url_too_long: 414,
  key_reused: 422,
  too_many: 429,
  unavailable: 503,
} as const satisfies Record<ErrorCode, ContentfulStatusCode>;

export interface Failure {
  status: ContentfulStatusCode;
  /** `undefined` for a bug; clients learn nothing about it. */
  error: DomainError | undefined;
}

/** Turns anything thrown into a status and, unless it is a bug, a domain error. Logs bugs and outages. */
export function toFailure(
  deps: AppDeps,
  { thrown, c }: { thrown: Error; c: Context<Env> },
): Failure {
  const error = toError(deps, thrown);
  const fields = { request_id: c.get("requestId"), error };
  if (!(error instanceof DomainError)) {
    deps.log.error("request failed", fields);
    return { status: 500, error: undefined };
  }
  if (error.code === "unavailable") deps.log.error("request could not be served", fields);
  return { status: STATUS[error.code], error };
}

function toError(deps: AppDeps, thrown: Error): Error {
  if (thrown instanceof DomainError) return thrown;
  // A stopping server stops reading, so reading a body fails.
  if (deps.stopping.aborted) {
    return new DomainError("unavailable", { key: "stopping" }, { cause: thrown });
  }
  // Hono's validator throws these for a body that is not JSON or of another type.
  return thrown instanceof HTTPException && NOT_JSON.includes(thrown.status) ? notJson() : thrown;
}

const NOT_JSON = [400, 415];

/** Any error answer (RFC 9457). */
export const ProblemDocument = z.object({
  type: z.literal("about:blank").meta({
    description: "Always `about:blank`: `status` tells the kind of error.",
  }),
  title: z.string().meta({ description: "The status in words." }),
  status: z.int(),
  detail: z.string().meta({ description: "What is wrong with this request, in English." }),
  errors: z.array(z.object({
    field: z.string().meta({ description: "The member of the body, the parameter, or `body`." }),
    message: z.string(),
  })).optional().meta({ description: "For invalid input: one entry per field." }),
  request_id: z.string().meta({ description: "The id of this request in the server's log." }),
}).meta({ id: "Problem" });
export type ProblemDocument = z.infer<typeof ProblemDocument>;

/** Answers with a problem document. */
export function problemDocument(c: Context<Env>, { status, error }: Failure): Response {
  const document = toDocument({ status, error }, c.get("requestId"));
  return c.body(JSON.stringify(document), status, {
    "Content-Type": "application/problem+json",
    ...failureHeaders(error),
  });
}

export function toDocument({ status, error }: Failure, requestId: string): ProblemDocument {
  return {
    type: "about:blank",
    title: STATUS_CODES[status]!,
    status,
    detail: detail(error),
    ...(error && error.fields.length > 0 && {
      errors: error.fields.map(({ field, problem }) => ({ field, message: say(en, problem) })),
    }),
    request_id: requestId,
  };
}

/** All messages in one: a client may show only the detail. */
function detail(error: DomainError | undefined): string {
  if (!error) return say(en, { key: "internal" });
  const problems = error.fields.length > 0
    ? error.fields.map(({ problem }) => problem)
    : [error.problem];
  return problems.map((problem) => say(en, problem)).join("; ");
}

export function failureHeaders(error: DomainError | undefined): Record<string, string> {
  if (error?.code === "unauthenticated") {
    return { "WWW-Authenticate": 'Bearer realm="trainyard"' };
  }
  if (error?.problem.key === "insufficient_scope") {
    const { needed } = error.problem;
    const challenge = `Bearer realm="trainyard", error="insufficient_scope", scope="${needed}"`;
    return { "WWW-Authenticate": challenge };
  }
  if (error && "seconds" in error.problem) {
    return { "Retry-After": String(error.problem.seconds) };
  }
  if (error?.problem.key === "method_not_allowed") {
    return { "Allow": error.problem.methods.join(", ") };
  }
  if (error?.code === "unavailable") return { "Retry-After": "5" };
  return {};
}
