import { observeSync } from "./datasets/observe.ts";
import type { DiskQuestion } from "./disk.ts";
import { answerInThread } from "./thread.ts";
import { putAway, reserve } from "./volume/reserve.ts";

answerInThread((question: DiskQuestion) => {
  if ("reserve" in question) return reserve(question.reserve);
  if ("observe" in question) return observeSync(question.observe);
  return putAway(question.putAway);
});
