import { isIPv6 } from "node:net";
import { RateLimiterMemory } from "rate-limiter-flexible";
import { consume } from "./rate_limit.ts";

const WINDOW_SECONDS = 15 * 60;
/** Failed tries in a window: what a person who has forgotten a password needs. */
const PAIR_TRIES = 10;
/** Of one account from everywhere it is not known to be at home. */
const ACCOUNT_TRIES = 30;
/** From one address for all accounts: an office behind one address has bad mornings too. */
const ADDRESS_TRIES = 50;
/** How long an address where somebody got in counts as one of theirs. */
const HOME_SECONDS = 14 * 24 * 60 * 60;

/**
 * Slows down guessing in three ways, so that none of them can be walked around: one account from one
 * address, one account from many, many accounts from one address. docs/decisions/0016-limits.md says
 * who could shut out whom.
 */
export interface SignInLimit {
  /** Counts a try. Throws a `DomainError` `too_many` when there were too many. */
  count(attempt: SignInAttempt): Promise<void>;
  /** Takes the count of a try back: it was a sign-in. */
  forgive(attempt: SignInAttempt): Promise<void>;
}

export interface SignInAttempt {
  email: string;
  /** Where the client is, as far as is known. */
  address: string;
}

export function createSignInLimit(): SignInLimit {
  const limiter = (points: number) => new RateLimiterMemory({ points, duration: WINDOW_SECONDS });
  const pairs = limiter(PAIR_TRIES);
  const accounts = limiter(ACCOUNT_TRIES);
  const addresses = limiter(ADDRESS_TRIES);
  const homes = new RateLimiterMemory({ points: 1, duration: HOME_SECONDS });
  const isHome = async (pair: string) => await homes.get(pair) !== null;

  return {
    async count({ email, address }) {
      const network = networkOf(address);
      const pair = `${network} ${email}`;
      const refuse = (seconds: number) => ({ key: "too_many_tries", seconds } as const);
      await consume(addresses, { key: network, refuse });
      await consume(pairs, { key: pair, refuse });
      if (!await isHome(pair)) await consume(accounts, { key: email, refuse });
    },
    async forgive({ email, address }) {
      const network = networkOf(address);
      const pair = `${network} ${email}`;
      await pairs.delete(pair);
      await addresses.reward(network);
      if (await isHome(pair)) return;
      await accounts.reward(email);
      await homes.set(pair, 1, HOME_SECONDS);
    },
  };
}

/** What one client can be expected to hold: an IPv4 address, or the /64 of an IPv6 one. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = "", tail] = address.toLowerCase().split("::");
  const groups = head === "" ? [] : head.split(":");
  if (tail !== undefined) {
    const after = tail === "" ? [] : tail.split(":");
    while (groups.length + after.length < 8) groups.push("0");
    groups.push(...after);
  }
  return `${groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, "")).join(":")}::/64`;
}
