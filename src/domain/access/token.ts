import { createHash, randomBytes } from "node:crypto";
import process from "node:process";
import { z } from "zod";
import type { Change, Clock, UserActor } from "../kernel/actor.ts";
import { DomainError, invalid } from "../kernel/errors.ts";
import { text } from "../kernel/text.ts";
import { timestamp } from "../kernel/timestamp.ts";
import type { Use } from "./session.ts";
import type { User } from "./user.ts";

declare module "../kernel/errors.ts" {
  interface Problems {
    insufficient_scope: { needed: string };
    personal_access_token_not_found: Record<never, never>;
    token_name_taken: Record<never, never>;
    too_many_tokens: { max: number };
    expiry_out_of_range: { max_days: number };
  }
  interface Fields {
    scope: true;
    expires_at: true;
  }
}

/** `write` includes `read`. */
export const SCOPES = ["read", "write"] as const;
export type Scope = typeof SCOPES[number];

/** Lets scripts and training machines use the API without a sign-in. Always expires. */
export const PersonalAccessToken = z.object({
  id: z.int(),
  user_id: z.int(),
  name: z.string().meta({ description: "Unique among the user's." }),
  scope: z.enum(SCOPES).meta({ description: "`write` includes `read`." }),
  created_at: timestamp("When it was made."),
  expires_at: timestamp("From when on it is refused."),
  last_used_at: timestamp("To the minute; null until it is used for the first time.").nullable(),
  last_used_address: z.string().nullable().meta({ description: "Where from." }),
});
export type PersonalAccessToken = z.infer<typeof PersonalAccessToken>;

/** Per user, including expired tokens. */
export const MAX_TOKENS = 100;
/** Days from creation. */
export const LIFETIME_DAYS = { default: 30, max: 365 };
const DAY = 24 * 60 * 60 * 1000;

const moment = z.iso.datetime({ offset: true }).transform((time) => new Date(time).toISOString());
/** A date means the end of that day in UTC. */
const day = z.iso.date().transform((date) => `${date}T23:59:59.999Z`);

export const PersonalAccessTokenInput = z.object({
  name: text({ max: 100 }),
  scope: z.enum(SCOPES).meta({ description: "`write` includes `read`." }),
  expires_at: z.union([moment, day]).optional().meta({
    description:
      `A moment, or a day to its end in UTC: at most ${LIFETIME_DAYS.max} days from now. ` +
      `Without it, ${LIFETIME_DAYS.default} days from now.`,
  }),
}).meta({ id: "PersonalAccessTokenInput" });
export type PersonalAccessTokenInput = z.infer<typeof PersonalAccessTokenInput>;

export interface PersonalAccessTokens {
  /** `undefined`: the user has a token of that name, or `limit` tokens. */
  insert(
    token:
      & Omit<PersonalAccessToken, "id" | "last_used_at" | "last_used_address">
      & { token_hash: string },
    options: Change & { limit: number },
  ): Promise<PersonalAccessToken | undefined>;
  /** The user of an unexpired token, and what a request needs to know about the token. */
  findUser(
    tokenHash: string,
    now: string,
  ): Promise<{ user: User; id: number; scope: Scope; last_used_at: string | null } | undefined>;
  /** Newest first. */
  list(userId: number): Promise<PersonalAccessToken[]>;
  touch(id: number, use: Use): Promise<void>;
  /** `false`: the actor has no such token. */
  remove(id: number, options: Change<UserActor>): Promise<boolean>;
}

/**
 * Creates a token. `secret` is the token itself, which is not stored and cannot be shown again.
 * Throws a `DomainError` `invalid` when the expiry is in the past or too far ahead, and `conflict`
 * when the user has a token of that name or too many tokens.
 */
export async function createPersonalAccessToken(
  deps: { accessTokens: PersonalAccessTokens; now: Clock },
  { actor, input }: { actor: UserActor; input: PersonalAccessTokenInput },
): Promise<{ token: PersonalAccessToken; secret: string }> {
  const now = deps.now();
  const { name, scope, expires_at = inDays(now, LIFETIME_DAYS.default) } = input;
  const end = Date.parse(expires_at);
  if (end <= now.getTime() || end > Date.parse(day.parse(latestExpiryDate(now)))) {
    const problem = { key: "expiry_out_of_range", max_days: LIFETIME_DAYS.max } as const;
    throw invalid({ field: "expires_at", problem });
  }
  const secret = generateToken();
  const token = await deps.accessTokens.insert({
    user_id: actor.id,
    name,
    scope,
    created_at: now.toISOString(),
    expires_at,
    token_hash: hashToken(secret),
  }, { limit: MAX_TOKENS, actor, now: now.toISOString() });
  if (token) return { token, secret };
  const names = (await deps.accessTokens.list(actor.id)).map(({ name }) => name);
  const problem = names.includes(name)
    ? { key: "token_name_taken" } as const
    : { key: "too_many_tokens", max: MAX_TOKENS } as const;
  throw new DomainError("conflict", problem, { fields: [{ field: "name", problem }] });
}

/** The latest expiry date of a new token, as `YYYY-MM-DD`. */
export function latestExpiryDate(now: Date): string {
  return inDays(now, LIFETIME_DAYS.max).slice(0, 10);
}

export function inDays(now: Date, days: number): string {
  return new Date(now.getTime() + days * DAY).toISOString();
}

const PREFIX = "ty_";
const RANDOM_DIGITS = 43;
const CHECKSUM_DIGITS = 6;
const FORM = new RegExp(`^${PREFIX}[0-9A-Za-z]{${RANDOM_DIGITS + CHECKSUM_DIGITS}}$`);

/**
 * `ty_`, 256 random bits as 43 base-62 digits, and the CRC-32 of both as 6 digits. The format
 * follows GitHub's tokens, so that secret scanners can find leaked tokens without false positives
 * (https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats).
 */
export function generateToken(): string {
  const body = PREFIX + base62(BigInt(`0x${randomBytes(32).toString("hex")}`), RANDOM_DIGITS);
  return body + checksum(body);
}

/** Tells a personal access token from a session token by its prefix. */
export function looksLikeToken(bearer: string): boolean {
  return bearer.startsWith(PREFIX);
}

/** Checks format and checksum, so that a truncated or mistyped token costs no database read. */
export function isWellFormedToken(token: string): boolean {
  return FORM.test(token) &&
    checksum(token.slice(0, -CHECKSUM_DIGITS)) === token.slice(-CHECKSUM_DIGITS);
}

/**
 * The hash that is stored instead of the token. 256 random bits cannot be guessed, so one round of
 * SHA-256 is enough; scrypt would add a tenth of a second to each request. Rows are looked up by
 * the hash, so response times reveal nothing about a token.
 */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

function checksum(body: string): string {
  // Loaded on first use, which keeps startup fast.
  const { crc32 } = process.getBuiltinModule("node:zlib");
  return base62(BigInt(crc32(body)), CHECKSUM_DIGITS);
}

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

function base62(value: bigint, length: number): string {
  let text = "";
  for (let rest = value; text.length < length; rest /= 62n) {
    text = DIGITS[Number(rest % 62n)] + text;
  }
  return text;
}
