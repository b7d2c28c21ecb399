import { RateLimiterMemory } from "rate-limiter-flexible";
import { consume } from "./rate_limit.ts";
import { networkOf } from "./sign_in_limit.ts";

/** Per network and hour: a whole course may sign up from one address. */
const PER_HOUR = 100;
const HOUR_SECONDS = 60 * 60;

/** Registrations are limited because each takes a password hash, and all requests share their queue. */
export interface SignUpLimit {
  /** Throws a `DomainError` `too_many` after too many registrations from this network. */
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
