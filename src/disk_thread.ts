import type { DiskQuestion } from "./disk.ts";
import { answerInThread } from "./thread.ts";
import { putAway, reserve } from "./volume/reserve.ts";

answerInThread((question: DiskQuestion) => {
  if ("reserve" in question) return reserve(question.reserve);
  return putAway(question.putAway);
});
