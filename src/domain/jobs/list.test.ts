import { expect, test } from "vitest";
import { formatCursor, parseCursor, type Sorting, type TrainingJobCursor } from "./list.ts";

test.each<[string, Sorting, TrainingJobCursor]>([
  ["12", { sort: "created_at", order: "desc" }, { id: 12, key: null }],
  ["created_at:asc:12:", { sort: "created_at", order: "asc" }, { id: 12, key: null }],
  ["model_name:asc:12:a/b:c", { sort: "model_name", order: "asc" }, { id: 12, key: "a/b:c" }],
  ["task_type:desc:12:x", { sort: "task_type", order: "desc" }, { id: 12, key: "x" }],
  ["status:asc:12:failed", { sort: "status", order: "asc" }, { id: 12, key: "failed" }],
  ["accuracy:desc:12:0.89", { sort: "accuracy", order: "desc" }, { id: 12, key: 0.89 }],
  ["accuracy:desc:12:0", { sort: "accuracy", order: "desc" }, { id: 12, key: 0 }],
  ["accuracy:asc:12:1e-7", { sort: "accuracy", order: "asc" }, { id: 12, key: 1e-7 }],
  ["accuracy:asc:12:", { sort: "accuracy", order: "asc" }, { id: 12, key: null }],
])("the cursor %s reads as it is written", (text, sorting, cursor) => {
  expect(formatCursor(cursor, sorting)).toBe(text);
  expect(parseCursor(text, sorting)).toStrictEqual(cursor);
});

test.each<[string, Sorting]>([
  ["", { sort: "created_at", order: "desc" }],
  ["x", { sort: "created_at", order: "desc" }],
  ["-1", { sort: "created_at", order: "desc" }],
  ["1.5", { sort: "created_at", order: "desc" }],
  ["9".repeat(16), { sort: "created_at", order: "desc" }],
  ["created_at:asc:12:", { sort: "created_at", order: "desc" }],
  ["12", { sort: "created_at", order: "asc" }],
  ["created_at:asc:12:x", { sort: "created_at", order: "asc" }],
  ["12", { sort: "model_name", order: "asc" }],
  ["model_name:desc:12:a", { sort: "model_name", order: "asc" }],
  ["model_name:asc:12:", { sort: "model_name", order: "asc" }],
  ["model_name:asc:12:a\0", { sort: "model_name", order: "asc" }],
  ["model_name:asc::a", { sort: "model_name", order: "asc" }],
  [`model_name:asc:12:${"a".repeat(300)}`, { sort: "model_name", order: "asc" }],
  ["task_type:asc:12:a", { sort: "model_name", order: "asc" }],
  ["status:asc:12:paused", { sort: "status", order: "asc" }],
  ["accuracy:asc:12:high", { sort: "accuracy", order: "asc" }],
  ["accuracy:asc:12:1.2.3", { sort: "accuracy", order: "asc" }],
  ["accuracy:asc:12:1e999", { sort: "accuracy", order: "asc" }],
  ["accuracy:asc:12:NaN", { sort: "accuracy", order: "asc" }],
])("%j is no cursor of %j", (text, sorting) => {
  expect(parseCursor(text, sorting)).toBeUndefined();
});
