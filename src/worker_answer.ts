import { parentPort } from "node:worker_threads";
import { DomainError } from "./domain/kernel/errors.ts";
import type { Methods, Question, Reply, WorkerFailure } from "./worker_client.ts";

/**
 * In a worker's module: answers what its `WorkerClient` asks. Questions do not wait for one another.
 * Bytes that are a member of an answer are moved to the other thread, not copied.
 */
export function answerInWorker(methods: Methods): void {
  const port = parentPort!;
  port.on("message", async ({ id, method, args }: Question) => {
    try {
      const answer = await methods[method]!(...args);
      port.postMessage({ id, answer } satisfies Reply, buffersIn(answer));
    } catch (error) {
      port.postMessage({ id, error: describe(error) } satisfies Reply);
    }
  });
}

function buffersIn(answer: unknown): ArrayBuffer[] {
  return Object.values(answer ?? {})
    .filter((member) => member instanceof Uint8Array)
    .map(({ buffer }) => buffer as ArrayBuffer);
}

function describe(error: unknown): WorkerFailure {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  if (!(error instanceof DomainError)) return { name, message, stack };
  const { code, problem, fields } = error;
  return { name, message, stack, domain: { code, problem, fields } };
}
