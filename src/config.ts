import { dirname, join } from "node:path";
import { delimiter } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { StartupError } from "./domain/kernel/errors.ts";
import { LOG_LEVELS } from "./log.ts";
import type { DatabaseLocation } from "./storage/open.ts";
import type { VolumeLocation } from "./volume/open.ts";

/** The parsed environment variables. */
export type Config = Awaited<ReturnType<typeof loadConfig>>;

const MIN_SECRET_BYTES = 32;
const MIN_METRICS_TOKEN = 16;

const Environment = z.object({
  APP_ENV: z.enum(["development", "production", "test"]).default("production"),
  PORT: z.string().regex(/^\d{1,5}$/).transform(Number).pipe(z.int().max(65535)).default(8000),
  HOST: z.string().optional(),
  DATABASE_URL: z.string().default("file:./data/trainyard.db"),
  OUTPUTS_URL: z.string().default("file:./outputs"),
  DATASETS_DIR: z.string().default("./sample_datasets"),
  MODELS_FILE: z.string().optional(),
  JWT_SECRET: z.string().optional(),
  JWT_SECRET_PREVIOUS: z.string().optional(),
  PUBLIC_URL: z.url({ protocol: /^https?$/ }).transform((url) => new URL(url).origin).optional(),
  SIGNUP: z.enum(["open", "closed"]).optional(),
  TRUST_PROXY: z.stringbool().default(false),
  LOG_LEVEL: z.enum(LOG_LEVELS).default("info"),
  CREATIONS_PER_MINUTE: z.string().regex(/^\d{1,6}$/).transform(Number).pipe(z.int().min(1))
    .optional(),
  METRICS: z.enum(["on", "off"]).optional(),
  METRICS_TOKEN: z.string().optional(),
  RAILWAY_GIT_COMMIT_SHA: z.string().optional(),
  AWS_ACCESS_KEY_ID: z.string().optional(),
  AWS_SECRET_ACCESS_KEY: z.string().optional(),
  AWS_SESSION_TOKEN: z.string().optional(),
});
type Environment = z.infer<typeof Environment>;

const EXPECTED: Record<string, string> = {
  APP_ENV: "development, production or test",
  PORT: "a port number from 0 to 65535",
  PUBLIC_URL: "an origin such as https://train.example.com",
  SIGNUP: "open or closed",
  TRUST_PROXY: "true or false",
  LOG_LEVEL: LOG_LEVELS.join(", "),
  CREATIONS_PER_MINUTE: "a whole number from 1 to 999999",
  METRICS: "on or off",
};

/** Throws a `StartupError` with a one-line message that names the invalid variable. */
export async function loadConfig(environment: Record<string, string>) {
  const env = parseEnvironment(environment);
  const development = env.APP_ENV === "development";
  const database = databaseLocation(env.DATABASE_URL);
  const secret = await jwtSecret(env.JWT_SECRET, { development, database });
  return {
    env: env.APP_ENV,
    port: env.PORT,
    host: env.HOST ?? (development ? "localhost" : "0.0.0.0"),
    database,
    volume: volumeLocation(env),
    datasetRoots: await datasetRoots(env.DATASETS_DIR),
    modelsFile: env.MODELS_FILE,
    jwtSecret: secret,
    previousJwtSecret: previousJwtSecret(env, secret),
    publicOrigin: env.PUBLIC_URL,
    signup: env.SIGNUP ?? (development ? "open" as const : "closed" as const),
    trustProxy: env.TRUST_PROXY,
    logLevel: env.LOG_LEVEL,
    creationsPerMinute: env.CREATIONS_PER_MINUTE,
    metrics: metrics(env),
  };
}

/** Only `DATABASE_URL`, for scripts that need nothing else. */
export function loadDatabaseLocation(environment: Record<string, string>): DatabaseLocation {
  return databaseLocation(parseEnvironment(environment).DATABASE_URL);
}

/** Only `OUTPUTS_URL` and its credentials. */
export function loadVolumeLocation(environment: Record<string, string>): VolumeLocation {
  return volumeLocation(parseEnvironment(environment));
}

function parseEnvironment(environment: Record<string, string>) {
  // Many platforms set a variable to the empty string instead of leaving it unset.
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const result = Environment.safeParse(set);
  if (result.success) return result.data;
  const name = String(result.error.issues[0]!.path[0]);
  throw new StartupError(`${name}: expected ${EXPECTED[name]}, got ${JSON.stringify(set[name])}`);
}

function databaseLocation(url: string): DatabaseLocation {
  if (url.startsWith("file:")) return { kind: "libsql-file", path: filePath(url, "DATABASE_URL") };
  if (url.startsWith("libsql:")) return { kind: "libsql-server", url };
  if (/^postgres(ql)?:/.test(url) && URL.canParse(url)) return { kind: "postgres", url };
  throw new StartupError(
    `DATABASE_URL: unknown scheme ${scheme(url)}, expected file:, libsql: or postgres:`,
  );
}

function volumeLocation(env: Environment): VolumeLocation {
  const { OUTPUTS_URL: url } = env;
  if (url.startsWith("file:")) return { kind: "local", root: filePath(url, "OUTPUTS_URL") };
  if (url.startsWith("s3:")) return s3Location(url, env);
  throw new StartupError(`OUTPUTS_URL: unknown scheme ${scheme(url)}, expected file: or s3:`);
}

/** `undefined`: `/metrics` is off. Without a token, anyone who can reach the server can read it. */
function metrics(env: Environment) {
  const { METRICS_TOKEN: token } = env;
  // The token is sent in a header, as one word.
  if (token !== undefined && !new RegExp(`^[!-~]{${MIN_METRICS_TOKEN},}$`).test(token)) {
    throw new StartupError(
      `METRICS_TOKEN: needs at least ${MIN_METRICS_TOKEN} visible ASCII characters; generate one with: openssl rand -hex 32`,
    );
  }
  const on = (env.METRICS ?? (token === undefined ? "off" : "on")) === "on";
  return on ? { token, commit: env.RAILWAY_GIT_COMMIT_SHA } : undefined;
}

/** `s3://bucket/prefix?endpoint=…&region=…&path_style=…` */
function s3Location(address: string, env: Environment): VolumeLocation {
  const url = URL.parse(address);
  if (!url || !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(url.hostname)) {
    throw new StartupError("OUTPUTS_URL: expected s3://bucket/prefix?endpoint=…&region=…");
  }
  const endpoint = url.searchParams.get("endpoint") ?? undefined;
  if (endpoint !== undefined && !/^https?:$/.test(URL.parse(endpoint)?.protocol ?? "")) {
    throw new StartupError("OUTPUTS_URL: endpoint must be an http: or https: address");
  }
  const prefix = decodeURIComponent(url.pathname).replace(/^\/+|\/+$/g, "");
  const required = (name: "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY") => {
    const value = env[name];
    if (value !== undefined) return value;
    throw new StartupError(`${name}: required when OUTPUTS_URL is an s3: address`);
  };
  return {
    kind: "s3",
    bucket: url.hostname,
    prefix: prefix === "" ? "" : `${prefix}/`,
    endpoint,
    region: url.searchParams.get("region") ?? "us-east-1",
    pathStyle: (url.searchParams.get("path_style") ?? String(endpoint !== undefined)) === "true",
    credentials: {
      accessKeyId: required("AWS_ACCESS_KEY_ID"),
      secretAccessKey: required("AWS_SECRET_ACCESS_KEY"),
      sessionToken: env.AWS_SESSION_TOKEN,
    },
  };
}

/** The quoted scheme. The rest of the URL may contain a password and is never shown. */
function scheme(url: string): string {
  return `"${/^[a-z][a-z0-9+.-]*:/i.exec(url)?.[0] ?? ""}"`;
}

/** `file:./data/x.db` is relative to the working directory, `file:///data/x.db` is absolute. */
function filePath(url: string, variable: string): string {
  if (!url.startsWith("file://")) return url.slice("file:".length);
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw new StartupError(`${variable}: not a valid file URL`, { cause });
  }
}

async function datasetRoots(value: string): Promise<string[]> {
  const roots = value.split(delimiter).filter((root) => root !== "");
  for (const root of roots) {
    try {
      await Deno.readDir(root)[Symbol.asyncIterator]().next();
    } catch (cause) {
      throw new StartupError(`DATASETS_DIR: cannot read the folder ${root}`, { cause });
    }
  }
  return roots;
}

async function jwtSecret(
  value: string | undefined,
  { development, database }: { development: boolean; database: DatabaseLocation },
): Promise<Uint8Array> {
  if (value !== undefined) return secretBytes("JWT_SECRET", value);
  if (development) {
    const folder = database.kind === "libsql-file" ? dirname(database.path) : "data";
    return new TextEncoder().encode(await keptSecret(join(folder, "jwt-secret")));
  }
  throw new StartupError(
    "JWT_SECRET: required in production to sign sessions; generate one with: openssl rand -base64 48",
  );
}

/** The secret before the current one. It still verifies tokens but no longer signs them. */
function previousJwtSecret(
  { JWT_SECRET_PREVIOUS: value }: Environment,
  secret: Uint8Array,
): Uint8Array | undefined {
  if (value === undefined) return undefined;
  const bytes = secretBytes("JWT_SECRET_PREVIOUS", value);
  if (value !== new TextDecoder().decode(secret)) return bytes;
  throw new StartupError(
    "JWT_SECRET_PREVIOUS: is the same as JWT_SECRET; set JWT_SECRET to a new secret, or unset JWT_SECRET_PREVIOUS",
  );
}

function secretBytes(variable: string, value: string): Uint8Array {
  const bytes = new TextEncoder().encode(value);
  if (bytes.length >= MIN_SECRET_BYTES) return bytes;
  throw new StartupError(
    `${variable}: needs at least ${MIN_SECRET_BYTES} bytes to sign tokens safely, got ${bytes.length}; generate one with: openssl rand -base64 48`,
  );
}

/** A generated secret, kept in a file so that sessions survive a restart. */
async function keptSecret(path: string): Promise<string> {
  const fresh = crypto.getRandomValues(new Uint8Array(48)).toBase64();
  let kept;
  try {
    await Deno.mkdir(dirname(path), { recursive: true });
    await writeIfAbsent(path, fresh);
    kept = await Deno.readTextFile(path);
  } catch (cause) {
    throw new StartupError(`JWT_SECRET: not set, and cannot store a generated one in ${path}`, {
      cause,
    });
  }
  if (kept.length >= MIN_SECRET_BYTES) return kept;
  throw new StartupError(
    `JWT_SECRET: the secret in ${path} is too short; delete that file to generate a new one`,
  );
}

async function writeIfAbsent(path: string, text: string): Promise<void> {
  try {
    await Deno.writeTextFile(path, text, { createNew: true, mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}
