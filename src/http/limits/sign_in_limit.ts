import { isIPv6 } from "node:net";
import { RateLimiterMemory } from "rate-limiter-flexible";
import { consume } from "./rate_limit.ts";

const WINDOW_SECONDS = 15 * 60;
/** Failed tries per account and address in a window: enough for someone who forgot a password. */
const PAIR_TRIES = 10;
/** Per account, from all addresses where it has not signed in recently. */
const ACCOUNT_TRIES = 30;
/** Per address, for all accounts: many people may share it. */
const ADDRESS_TRIES = 50;
/** How long an address counts as the account's own after a sign-in. */
const HOME_SECONDS = 14 * 24 * 60 * 60;

/**
 * Limits password guessing for one account from one address, one account from many addresses, and many
 * accounts from one address. docs/decisions/0016-limits.md says who could lock out whom.
 */
export interface SignInLimit {
  /** Counts a try. Throws a `DomainError` `too_many` after too many tries. */
  count(attempt: SignInAttempt): Promise<void>;
  /** Removes a counted try after a successful sign-in. */
  forgive(attempt: SignInAttempt): Promise<void>;
}

export interface SignInAttempt {
  email: string;
  /** The client's IP address, or `unknown`. */
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

/** The network of one client: an IPv4 address, or the /64 of an IPv6 address. */
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
