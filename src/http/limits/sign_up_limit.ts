import { RateLimiterMemory } from "rate-limiter-flexible";
import { consume } from "./rate_limit.ts";
import { networkOf } from "./sign_in_limit.ts";

/** Accounts from one address in an hour: a course behind one address signs up together. */
const PER_HOUR = 100;
const HOUR_SECONDS = 60 * 60;

/** Each registration costs a password hash, and the queue of hashes is everybody's. */
export interface SignUpLimit {
  /** Throws a `DomainError` `too_many` when too many came from this address. */
  count(address: string): Promise<void>;
}

export function createSignUpLimit(): SignUpLimit {
  const limiter = new RateLimiterMemory({ points: PER_HOUR, duration: HOUR_SECONDS });
  return {
    count: (address) =>
      consume(limiter, {
        key: networkOf(address),
        refuse: (seconds) => ({ key: "too_many_tries", seconds }),
      }),
  };
}
