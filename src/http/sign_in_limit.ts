import { RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { DomainError } from "../domain/errors.ts";

const TRIES = 10;
const WINDOW_SECONDS = 15 * 60;

/** Slows down guessing: so many failed tries for one account from one address. */
export interface SignInLimit {
  /** Counts a try. Throws a `DomainError` `too_many` when there were too many. */
  count(attempt: { email: string; address: string }): Promise<void>;
  /** Forgets the tries of somebody who got in. */
  forgive(attempt: { email: string; address: string }): Promise<void>;
}

export function createSignInLimit(): SignInLimit {
  const limiter = new RateLimiterMemory({ points: TRIES, duration: WINDOW_SECONDS });
  return {
    async count({ email, address }) {
      try {
        await limiter.consume(`${address} ${email}`);
      } catch (refused) {
        if (!(refused instanceof RateLimiterRes)) throw refused;
        const seconds = Math.max(1, Math.ceil(refused.msBeforeNext / 1000));
        throw new DomainError("too_many", { key: "too_many_tries", seconds });
      }
    },
    async forgive({ email, address }) {
      await limiter.delete(`${address} ${email}`);
    },
  };
}
