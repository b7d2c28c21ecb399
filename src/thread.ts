import { parentPort, Worker } from "node:worker_threads";

/**
 * Work that blocks, in a thread of its own: a call of the system costs a fraction of what handing it
 * to the runtime's threads does, and a disk that stalls holds up nothing but its own work.
 */

/** What became of a question. An error loses its class on the way. */
type Outcome = { answer: unknown } | { error: { name: string; message: string; code?: string } };

interface Call {
  question: unknown;
  resolve: (answer: unknown) => void;
  reject: (error: Error) => void;
}

/** So many questions go at once: fewer, and the messages cost more than they bring; more, and
 * everybody waits for the thread at one time and the thread for everybody at another. */
const BATCH = 8;

/**
 * A function that asks a module which says `answerInThread`; what it asks and is told must be plain
 * data. The thread starts with the first question, and anew after it has failed. Questions that come
 * while it is busy go to it a few at a time, in the order in which they came: each message costs. An
 * idle thread does not keep the process alive. Rejects with an `Error` of the name, message and `code`
 * of what was thrown there.
 */
export function askThread<Question, Answer>(
  module: URL,
): (question: Question) => Promise<Answer> {
  let worker: Worker | undefined;
  const waiting: Call[] = [];
  let asked: Call[] = [];
  return (question) =>
    new Promise((resolve, reject) => {
      waiting.push({ question, resolve: resolve as Call["resolve"], reject });
      if (asked.length === 0) ask();
    });

  function ask(): void {
    worker ??= start();
    worker.ref();
    asked = waiting.splice(0, BATCH);
    worker.postMessage(asked.map(({ question }) => question));
  }

  /** The next questions first, so that the thread works while the answers are looked at. */
  function settle(tell: (call: Call, index: number) => void): void {
    const answered = asked;
    asked = [];
    if (waiting.length > 0) ask();
    else worker?.unref();
    answered.forEach(tell);
  }

  function start(): Worker {
    const started = new Worker(module);
    started.on("message", (outcomes: Outcome[]) => {
      settle(({ resolve, reject }, index) => {
        const outcome = outcomes[index]!;
        if ("answer" in outcome) resolve(outcome.answer);
        else reject(Object.assign(new Error(outcome.error.message), outcome.error));
      });
    });
    started.on("error", ({ message }: Error) => {
      worker = undefined;
      settle(({ reject }) => reject(new Error(`a thread has ended: ${message}`)));
    });
    return started;
  }
}

/** In a thread's module: how it answers a question. */
export function answerInThread<Question, Answer>(answer: (question: Question) => Answer): void {
  parentPort!.on("message", (questions: Question[]) => {
    parentPort!.postMessage(questions.map((question): Outcome => {
      try {
        return { answer: answer(question) };
      } catch (error) {
        const { name, message, code } = error as Error & { code?: string };
        return { error: { name, message, ...code !== undefined && { code } } };
      }
    }));
  });
}
