import { DomainError } from "../domain/kernel/errors.ts";

/** Turns every error except a `DomainError` into `unavailable`, whose message contains no path. */
export async function orUnavailable<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw unavailable(error);
  }
}

export function unavailable(cause: unknown): DomainError {
  if (cause instanceof DomainError) return cause;
  return new DomainError("unavailable", { key: "unavailable", what: "volume" }, { cause });
}
