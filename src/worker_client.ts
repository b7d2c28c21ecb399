import process from "node:process";
import type { Worker } from "node:worker_threads";
import {
  DomainError,
  type ErrorCode,
  type FieldProblem,
  type Problem,
  type Problems,
} from "./domain/kernel/errors.ts";

/** What a worker module answers: see `answerInWorker`. Arguments and answers are plain data. */
// deno-lint-ignore no-explicit-any -- each method has arguments of its own
export type Methods = Record<string, (...args: any[]) => Promise<unknown>>;

export interface Question {
  /** Unique in one worker. */
  id: number;
  method: string;
  args: unknown[];
}

export type Reply = { id: number } & ({ answer: unknown } | { error: WorkerFailure });

/** An error without its class, which messages between threads do not keep. */
export interface WorkerFailure {
  name: string;
  message: string;
  stack?: string | undefined;
  /** Set for a `DomainError`. */
  domain?: { code: ErrorCode; problem: Problem; fields: readonly FieldProblem[] };
}

export interface WorkerClient<M extends Methods> {
  /** Starts the worker ahead of the first question. */
  start(): void;
  /**
   * Asks the worker, and starts it when there is none. Rejects with what the method threw, or with a
   * `DomainError` `unavailable` when the worker has ended or not answered within `deadlineMs`.
   */
  ask<Name extends keyof M & string>(
    method: Name,
    args: Parameters<M[Name]>,
    options: { deadlineMs: number },
  ): ReturnType<M[Name]>;
  /** Ends the worker; questions under way and later ones fail with `unavailable`. */
  close(): Promise<void>;
}

interface Running {
  worker: Worker;
  calls: Map<number, Call>;
}

interface Call {
  resolve: (answer: unknown) => void;
  reject: (error: Error) => void;
  deadline: ReturnType<typeof setTimeout>;
}

/**
 * Runs `module` in a worker of `node:worker_threads`, which can bound its heap: a web worker that runs
 * out of memory ends the whole process. `what` names it in `unavailable`, `data` is its `workerData`.
 *
 * A worker that ends is replaced at the next question. One that misses a deadline gets no more
 * questions: a file call that hangs cannot be cancelled, and enough of them block all others. It is
 * terminated once its other questions are answered or overdue as well.
 */
export function openWorker<M extends Methods>(
  module: URL,
  { what, data, heapMb }: {
    what: Problems["unavailable"]["what"];
    data?: unknown;
    heapMb: number;
  },
): WorkerClient<M> {
  /** The current worker, and earlier ones with questions under way. */
  const alive = new Set<Running>();
  let current: Running | undefined;
  let lastId = 0;
  let closed = false;

  return {
    start() {
      if (!closed) current ??= launch();
    },
    ask: (method, args, options) => ask(method, args, options) as ReturnType<M[typeof method]>,
    async close() {
      closed = true;
      const workers = [...alive].map(({ worker }) => worker);
      for (const running of alive) lose(running, new Error("the worker was closed"));
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };

  function ask(
    method: string,
    args: unknown[],
    { deadlineMs }: { deadlineMs: number },
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (closed) throw unavailable(new Error("the worker was closed"));
      const running = current ??= launch();
      const id = ++lastId;
      running.worker.postMessage({ id, method, args } satisfies Question);
      const deadline = setTimeout(() => {
        running.calls.delete(id);
        reject(unavailable(new Error(`${method}: no answer within ${deadlineMs} ms`)));
        if (current === running) current = undefined;
        endIfIdle(running);
      }, deadlineMs);
      running.calls.set(id, { resolve, reject, deadline });
    });
  }

  function launch(): Running {
    // Importing this module takes a start of the server several milliseconds: not before it is needed.
    const { Worker } = process.getBuiltinModule("node:worker_threads");
    const worker = new Worker(module, {
      workerData: data,
      resourceLimits: { maxOldGenerationSizeMb: heapMb },
    });
    // The process may end, unless a question is under way: the timer of its deadline keeps it alive.
    worker.unref();
    const running: Running = { worker, calls: new Map() };
    alive.add(running);
    worker.on("message", (reply: Reply) => settle(running, reply));
    worker.on("error", (error) => lose(running, error));
    worker.on("exit", (status) => lose(running, new Error(`the worker ended: ${status}`)));
    return running;
  }

  function settle(running: Running, reply: Reply): void {
    const call = running.calls.get(reply.id);
    // It came after its deadline.
    if (!call) return;
    running.calls.delete(reply.id);
    clearTimeout(call.deadline);
    if ("error" in reply) call.reject(revive(reply.error));
    else call.resolve(reply.answer);
    endIfIdle(running);
  }

  /** Terminates a worker that gets no more questions and has none under way. */
  function endIfIdle(running: Running): void {
    if (running === current || running.calls.size > 0) return;
    alive.delete(running);
    running.worker.terminate();
  }

  function lose(running: Running, cause: unknown): void {
    if (current === running) current = undefined;
    alive.delete(running);
    for (const { reject, deadline } of running.calls.values()) {
      clearTimeout(deadline);
      reject(unavailable(cause));
    }
    running.calls.clear();
  }

  function unavailable(cause: unknown): DomainError {
    return new DomainError("unavailable", { key: "unavailable", what }, { cause });
  }
}

function revive({ name, message, stack, domain }: WorkerFailure): Error {
  if (domain) return new DomainError(domain.code, domain.problem, { fields: domain.fields });
  return Object.assign(new Error(message), { name, stack });
}
