import { RateLimiterMemory } from "rate-limiter-flexible";
import type { AccountLimit } from "../../domain/kernel/account_limit.ts";
import { consume } from "./rate_limit.ts";

const HOUR_SECONDS = 60 * 60;
/** Enough to share a project with a large group. */
const TRIES = 60;

/** Limits how many email addresses an account may try to share projects with. Counts per process. */
export function createSharingLimit(): AccountLimit {
  const limiter = new RateLimiterMemory({ points: TRIES, duration: HOUR_SECONDS });
  return {
    count: ({ userId }) =>
      consume(limiter, {
        key: String(userId),
        refuse: (seconds) => ({ key: "too_many_tries", seconds }),
      }),
  };
}
