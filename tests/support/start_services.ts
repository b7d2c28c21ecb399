import type { TestProject } from "vitest/node";
import { loadVolumeLocation } from "../../src/config.ts";
import type { S3Location } from "../../src/volume/s3.ts";
import { EMBEDDED } from "./backends.ts";
import { startPostgres } from "./postgres.ts";
import { startS3 } from "./s3.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** URLs of PostgreSQL servers, by name; the embedded one is always there. */
    postgres: Record<string, string>;
    /** Buckets, by name; `s3rver`'s is always there. */
    s3: Record<string, S3Location>;
    /** The environment that makes a server use `s3rver`. */
    s3Env: Record<string, string>;
  }
}

/**
 * Starts a real PostgreSQL and an S3 service, once for all tests, and stops them after. Others can be
 * given beside them: `TEST_POSTGRES_URL` (a superuser's) and `TEST_S3_URL` (as `OUTPUTS_URL`, with
 * AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY).
 */
export default async function startServices(
  { provide }: TestProject,
): Promise<() => Promise<void>> {
  const [postgres, s3] = await Promise.all([startPostgres(), startS3()]);
  const { TEST_POSTGRES_URL, TEST_S3_URL, ...env } = Deno.env.toObject();
  provide("postgres", {
    [EMBEDDED]: postgres.url,
    ...(TEST_POSTGRES_URL && { "TEST_POSTGRES_URL": TEST_POSTGRES_URL }),
  });
  provide("s3", {
    s3rver: s3Location(s3.env),
    ...(TEST_S3_URL && { "TEST_S3_URL": s3Location({ ...env, OUTPUTS_URL: TEST_S3_URL }) }),
  });
  provide("s3Env", s3.env);
  return async () => {
    await postgres[Symbol.asyncDispose]();
    await s3[Symbol.asyncDispose]();
  };
}

function s3Location(env: Record<string, string>): S3Location {
  const location = loadVolumeLocation(env);
  if (location.kind !== "s3") throw new Error("TEST_S3_URL must be an s3: address");
  return location;
}
