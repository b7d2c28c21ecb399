import { Buffer } from "node:buffer";
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { DomainError } from "../kernel/errors.ts";

// From the OWASP Password Storage Cheat Sheet: of the equally strong scrypt parameters with N ≥
// 2^15, these need the least memory (32 MiB).
const COST = { ln: 15, r: 8, p: 3 };
const SALT_BYTES = 16;
const KEY_BYTES = 32;

// Each hash needs 32 MiB and a thread, so a flood of sign-ins is queued.
const MAX_CONCURRENT = 2;
let running = 0;
const waiting: (() => void)[] = [];
/** A few seconds of work; later requests would time out in the queue. */
const MAX_WAITING = 32;

// Requires a key of at least 16 bytes: the shorter a truncated key, the more passwords match it.
const PHC =
  /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]{22,})$/;

/**
 * Hashes a password with a new salt, in PHC format: `$scrypt$ln=15,r=8,p=3$<salt>$<key>`. Throws a
 * `DomainError` `unavailable` when too many hashes are queued.
 */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const key = await derive(password, { salt, length: KEY_BYTES, cost: COST });
  return `$scrypt$ln=${COST.ln},r=${COST.r},p=${COST.p}$${base64(salt)}$${base64(key)}`;
}

/**
 * Compares in constant time. Without a hash (no such account) it does the same work and returns
 * `false`, so that response times do not reveal which emails have an account. Throws like
 * `hashPassword`.
 */
export async function verifyPassword(password: string, hash: string | undefined): Promise<boolean> {
  const match = PHC.exec(hash ?? "");
  if (!match) {
    await derive(password, { salt: randomBytes(SALT_BYTES), length: KEY_BYTES, cost: COST });
    return false;
  }
  const [, ln, r, p, salt, key] = match as unknown as [string, ...string[]];
  const expected = Buffer.from(key!, "base64");
  const actual = await derive(password, {
    salt: Buffer.from(salt!, "base64"),
    length: expected.length,
    cost: { ln: Number(ln), r: Number(r), p: Number(p) },
  });
  return timingSafeEqual(actual, expected);
}

async function derive(
  password: string,
  { salt, length, cost }: { salt: Buffer; length: number; cost: typeof COST },
): Promise<Buffer> {
  if (running < MAX_CONCURRENT) running++;
  else if (waiting.length < MAX_WAITING) {
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else throw new DomainError("unavailable", { key: "busy" });
  try {
    const N = 2 ** cost.ln;
    // Node fails above `maxmem`; scrypt needs a little more than 128·N·r bytes.
    const options = { N, r: cost.r, p: cost.p, maxmem: 256 * N * cost.r };
    return await new Promise((resolve, reject) =>
      scrypt(
        password.normalize("NFKC"),
        salt,
        length,
        options,
        (error, key) => error ? reject(error) : resolve(key),
      )
    );
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running--;
  }
}

/** PHC format uses base64 without padding. */
function base64(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("=", "");
}
