import { RateLimiterMemory } from "rate-limiter-flexible";
import type { AccountLimit } from "../../domain/kernel/account_limit.ts";
import { consume } from "./rate_limit.ts";

const MINUTE_SECONDS = 60;

/** Limits creations per account and minute. Counts per process. */
export function createCreationLimit(perMinute: number): AccountLimit {
  const limiter = new RateLimiterMemory({ points: perMinute, duration: MINUTE_SECONDS });
  return {
    count: ({ userId }) =>
      consume(limiter, {
        key: String(userId),
        refuse: (seconds) => ({ key: "too_many_creations", seconds }),
      }),
  };
}
