/** How often one account may do something within a period. */
export interface AccountLimit {
  /** Counts one use. Throws a `DomainError` `too_many` when the limit is reached. */
  count(account: { userId: number }): Promise<void>;
}
