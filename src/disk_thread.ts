import { observeSync } from "./datasets/observe.ts";
import type { DiskQuestion } from "./disk.ts";
import { answerInThread } from "./thread.ts";
import { reserve } from "./volume/reserve.ts";

answerInThread((question: DiskQuestion) =>
  "reserve" in question ? reserve(question.reserve) : observeSync(question.observe)
);
