import type { Log } from "./domain/kernel/log.ts";

/** A part of the server that lives as long as it: a connection, a timer, the HTTP server. */
export interface Service {
  name: string;
  start?(): void | Promise<void>;
  /** Ends it and waits until it has ended. */
  stop?(): void | Promise<void>;
  /** How long `stop` may take; after that the services before it are stopped all the same. */
  stopMs: number;
}

export interface Lifecycle {
  /** Starts the services in their order. When one fails, stops the others and throws its error. */
  start(): Promise<void>;
  /** Stops the started services in reverse order, each within its deadline. Never throws. */
  stop(): Promise<void>;
}

export function createLifecycle(services: readonly Service[], { log }: { log: Log }): Lifecycle {
  const started: Service[] = [];
  let stopping: Promise<void> | undefined;

  return {
    async start() {
      try {
        for (const service of services) {
          if (stopping) return;
          // Before it starts: a start that fails halfway is stopped too.
          started.push(service);
          await service.start?.();
        }
      } catch (error) {
        await this.stop();
        throw error;
      }
    },
    stop: () => stopping ??= stopAll(),
  };

  async function stopAll(): Promise<void> {
    for (const service of started.reverse()) {
      try {
        if (await stopsInTime(service)) continue;
        const { name, stopMs } = service;
        log.warn("a service did not stop in time", { service: name, limit_ms: stopMs });
      } catch (error) {
        log.warn("a service did not stop properly", { service: service.name, error });
      }
    }
  }
}

/** `false` once the deadline has passed; what fails after it is ignored. */
async function stopsInTime(service: Service): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), service.stopMs);
  });
  const stopped = async () => {
    await service.stop?.();
    return true;
  };
  try {
    return await Promise.race([stopped(), late]);
  } finally {
    clearTimeout(timer);
  }
}

interface Period {
  name: string;
  /** From the end of one run to the start of the next. */
  everyMs: number;
  /** Delays before the first runs, where they differ from `everyMs`. */
  firstMs?: readonly number[];
}

/** Work that is done again and again. A run starts after the one before has ended, so that it never
 * overlaps itself; `stop` waits for the run under way. */
export function periodic(
  { name, everyMs, firstMs = [], log }: Period & { log: Log },
  work: () => Promise<void>,
): Service {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = false;

  return { name, start: () => schedule(0), stop, stopMs: 1000 };

  function schedule(run: number): void {
    timer = setTimeout(() => {
      running = runOnce().then(() => {
        if (!stopped) schedule(run + 1);
      });
    }, firstMs[run] ?? everyMs);
  }

  async function runOnce(): Promise<void> {
    try {
      await work();
    } catch (error) {
      log.warn("periodic work failed; it is tried again", { service: name, error });
    }
  }

  async function stop(): Promise<void> {
    stopped = true;
    clearTimeout(timer);
    await running;
  }
}
