import { setImmediate } from "node:timers";

/**
 * Work that blocks, in a thread of its own: a call of the system costs a fraction of what handing it
 * to the runtime's threads does, and a disk that stalls holds up nothing but its own work.
 *
 * A web worker is quicker and smaller than one of `node:worker_threads`, by a twentieth and 4 MiB.
 */

/** What became of a question. An error loses its class on the way. */
type Outcome = { answer: unknown } | { error: { name: string; message: string; code?: string } };

interface Call {
  question: unknown;
  resolve: (answer: unknown) => void;
  reject: (error: Error) => void;
}

/** So many questions go at once: fewer, and the messages cost more than they bring; more, and the
 * thread begins later. */
const BATCH = 8;
/** The same for a thread that has nothing to do. */
const FIRST_BATCH = 3;

/**
 * A function that asks a module which says `answerInThread`; what it asks and is told must be plain
 * data. Questions of one turn of the event loop go together, a few at a time: each message costs. The
 * thread starts with the first question, and anew after it has failed; from then on the process lives
 * until `Deno.exit`. Rejects with an `Error` of the name, message and `code` of what was thrown there.
 */
export function askThread<Question, Answer>(
  module: URL,
): (question: Question) => Promise<Answer> {
  let worker: Worker | undefined;
  let waiting: Call[] = [];
  /** What each message asked that is not answered yet, in order. */
  let asked: Call[][] = [];
  return (question) =>
    new Promise((resolve, reject) => {
      waiting.push({ question, resolve: resolve as Call["resolve"], reject });
      if (waiting.length >= (asked.length === 0 ? FIRST_BATCH : BATCH)) ask();
      else if (waiting.length === 1) setImmediate(ask);
    });

  function ask(): void {
    if (waiting.length === 0) return;
    worker ??= start();
    asked.push(waiting);
    worker.postMessage(waiting.map(({ question }) => question));
    waiting = [];
  }

  function start(): Worker {
    const started = new Worker(module, { type: "module" });
    started.onmessage = ({ data: outcomes }: MessageEvent<Outcome[]>) => {
      asked.shift()!.forEach(({ resolve, reject }, index) => {
        const outcome = outcomes[index]!;
        if ("answer" in outcome) resolve(outcome.answer);
        else reject(Object.assign(new Error(outcome.error.message), outcome.error));
      });
    };
    started.onerror = (event) => {
      // Else the process would end with it.
      event.preventDefault();
      worker = undefined;
      const lost = asked.flat();
      asked = [];
      for (const { reject } of lost) reject(new Error(`a thread has ended: ${event.message}`));
    };
    return started;
  }
}

/** In a thread's module: how it answers a question. */
export function answerInThread<Question, Answer>(answer: (question: Question) => Answer): void {
  const thread = self as unknown as {
    onmessage: (event: MessageEvent<Question[]>) => void;
    postMessage: (outcomes: Outcome[]) => void;
  };
  thread.onmessage = ({ data: questions }) => {
    thread.postMessage(questions.map((question): Outcome => {
      try {
        return { answer: answer(question) };
      } catch (error) {
        const { name, message, code } = error as Error & { code?: string };
        return { error: { name, message, ...code !== undefined && { code } } };
      }
    }));
  };
}
