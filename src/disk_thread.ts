import { observeSync } from "./datasets/observe.ts";
import type { DiskQuestion } from "./disk.ts";
import { answerInThread } from "./thread.ts";

answerInThread(({ observe }: DiskQuestion) => observeSync(observe));
