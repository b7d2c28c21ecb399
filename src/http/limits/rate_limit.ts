import { type RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import { DomainError, type Problem } from "../../domain/kernel/errors.ts";

/** Takes one point of `key`. Throws a `DomainError` `too_many` when none is left. */
export async function consume(
  limiter: RateLimiterMemory,
  { key, refuse }: { key: string; refuse: (seconds: number) => Problem },
): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (refused) {
    if (!(refused instanceof RateLimiterRes)) throw refused;
    throw new DomainError("too_many", refuse(Math.max(1, Math.ceil(refused.msBeforeNext / 1000))));
  }
}
