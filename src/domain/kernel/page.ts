/** Rows per page of a list. */
export const PAGE_SIZE = { min: 1, max: 200, default: 50 } as const;

export interface Page<T> {
  items: T[];
  /** `null` on the last page. */
  next_cursor: string | null;
}
