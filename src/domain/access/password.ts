import { Buffer } from "node:buffer";
import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { DomainError } from "../kernel/errors.ts";

// OWASP Password Storage Cheat Sheet, scrypt: N=2^15, r=8, p=3 is as strong as its other choices and
// takes the least memory (32 MiB) of those that stay above 2^15.
const COST = { ln: 15, r: 8, p: 3 };
const SALT_BYTES = 16;
const KEY_BYTES = 32;

// Each hash holds 32 MiB and a thread; a flood of sign-ins must queue rather than take both.
const MAX_CONCURRENT = 2;
let running = 0;
const waiting: (() => void)[] = [];
/** Some seconds of work for two threads: who came later would have gone before their turn. */
const MAX_WAITING = 32;

// At least 16 bytes of key: of a key cut short too many passwords, in the end every one, are right.
const PHC =
  /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]{22,})$/;

/**
 * Hashes a password with a fresh salt, in PHC form: `$scrypt$ln=15,r=8,p=3$<salt>$<key>`. Throws a
 * `DomainError` `unavailable` when too many wait for theirs.
 */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const key = await derive(password, { salt, length: KEY_BYTES, cost: COST });
  return `$scrypt$ln=${COST.ln},r=${COST.r},p=${COST.p}$${base64(salt)}$${base64(key)}`;
}

/**
 * Compares in constant time. Without a hash (no such account) it works as long and answers `false`,
 * so that time does not tell which addresses have an account. Throws as `hashPassword` does.
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
    // Node refuses to take more than `maxmem`; scrypt needs 128·N·r bytes and a little.
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

/** PHC writes base64 without padding. */
function base64(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("=", "");
}
