/** Options for a request with a deadline, which includes its retry. */
export function within(ms: number): { abortSignal: AbortSignal } {
  return { abortSignal: AbortSignal.timeout(ms) };
}

export type IdleTimer = ReturnType<typeof idleTimer>;

/** Aborts a transfer when it is armed and nothing has moved for `idleMs`. */
export function idleTimer(idleMs: number) {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;

  return {
    signal: controller.signal,
    abort: (reason: unknown) => controller.abort(reason),
    arm,
    disarm,

    /** Runs one step of the transfer with the timer armed. */
    async during<T>(work: () => Promise<T>): Promise<T> {
      const { promise: aborted, reject } = Promise.withResolvers<never>();
      const onAbort = () => reject(controller.signal.reason);
      controller.signal.addEventListener("abort", onAbort);
      arm();
      try {
        return await Promise.race([work(), aborted]);
      } finally {
        disarm();
        controller.signal.removeEventListener("abort", onAbort);
      }
    },
  };

  /** Starts the timer, or starts it again. */
  function arm(ms = idleMs): void {
    disarm();
    const idle = () => controller.abort(new Error("nothing was transferred for too long"));
    timer = setTimeout(idle, ms);
  }

  function disarm(): void {
    clearTimeout(timer);
  }
}
