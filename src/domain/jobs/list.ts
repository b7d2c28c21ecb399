import { text } from "../kernel/text.ts";
import { type Status, STATUSES } from "./status.ts";

/** Sort keys of lists. `created_at` sorts by id: ids are assigned in order of creation. */
export const SORTS = ["created_at", "model_name", "task_type", "status", "accuracy"] as const;
export type Sort = typeof SORTS[number];

export const ORDERS = ["asc", "desc"] as const;
export type Order = typeof ORDERS[number];

/** The order used when a sort is given without one. */
export const DEFAULT_ORDER: Record<Sort, Order> = {
  created_at: "desc",
  model_name: "asc",
  task_type: "asc",
  status: "asc",
  accuracy: "desc",
};

/** The last job of a page: the next page begins after it. */
export interface TrainingJobCursor {
  id: number;
  /** That job's value of the sort key; `null` when sorted by `created_at`, or without accuracy. */
  key: string | number | null;
}

export interface Sorting {
  sort: Sort;
  order: Order;
}

/** Conditions on jobs; all that are given must hold. */
export interface TrainingJobFilter {
  project_id?: number | undefined;
  status?: Status | undefined;
  model_name?: string | undefined;
  /** Part of the model's name or of the dataset's path; A…Z match a…z, no character is special. */
  search?: string | undefined;
}

export interface TrainingJobQuery extends TrainingJobFilter {
  /** `created_at` if left out. */
  sort?: Sort | undefined;
  /** `DEFAULT_ORDER` of the sort if left out. */
  order?: Order | undefined;
  /** The last job of the page before, of a list of the same sort and order. */
  after?: TrainingJobCursor | undefined;
  limit: number;
}

/** Search text; the empty text finds everything. */
export const SearchText = text({ min: 0, max: 200 });

const CursorText = text({ max: 300 });

/**
 * A cursor as text: the id alone in the default list, `sort:order:id:key` in others, as in
 * `model_name:asc:12:resnet50` and `accuracy:desc:7:0.89`.
 */
export function formatCursor({ id, key }: TrainingJobCursor, { sort, order }: Sorting): string {
  if (isDefault({ sort, order })) return String(id);
  return `${sort}:${order}:${id}:${key ?? ""}`;
}

/** `undefined`: not a cursor, or one of a list with another sort or order. */
export function parseCursor(text: string, sorting: Sorting): TrainingJobCursor | undefined {
  const { data: cursor = "" } = CursorText.safeParse(text);
  if (isDefault(sorting)) {
    return /^\d{1,15}$/.test(cursor) ? { id: Number(cursor), key: null } : undefined;
  }
  const [, sort, order, id, written = ""] = /^(\w+):(\w+):(\d{1,15}):(.*)$/s.exec(cursor) ?? [];
  if (sort !== sorting.sort || order !== sorting.order) return undefined;
  const key = parseKey(written, sort);
  return key === undefined ? undefined : { id: Number(id), key };
}

function parseKey(written: string, sort: Sort): TrainingJobCursor["key"] | undefined {
  switch (sort) {
    case "created_at":
      return written === "" ? null : undefined;
    case "status":
      return STATUSES.find((status) => status === written);
    case "accuracy":
      if (written === "") return null;
      return /^-?\d[\d.]*(e[+-]?\d+)?$/.test(written) && Number.isFinite(Number(written))
        ? Number(written)
        : undefined;
    default:
      return written === "" ? undefined : written;
  }
}

function isDefault({ sort, order }: Sorting): boolean {
  return sort === "created_at" && order === "desc";
}
