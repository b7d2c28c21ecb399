/** Calls one file system through `call`, each with a deadline of its own. */
export type Call = <T>(work: () => Promise<T>, deadlineMs?: number) => Promise<T>;

/**
 * Bounds what one disk can do to the process. A blocking call cannot be cancelled and holds a thread
 * of the runtime's pool until the disk answers, and others need that pool too: so at most `slots`
 * calls are outstanding, others queue, and once every slot is held by an overdue call, new ones fail
 * at once. Slots become free again when the disk answers.
 *
 * The function returned runs an operation of several calls. When one of them misses its deadline
 * (`deadlineMs` unless it says another; queueing counts), the operation's promise rejects. The
 * operation itself goes on when the disk answers: the late call gives its result, the next one
 * throws, so `finally` and `catch` clean up. Should it complete nevertheless, `onLate` gets the
 * result that nobody waits for any more.
 */
export function boundCalls({ slots, deadlineMs: usual }: { slots: number; deadlineMs: number }) {
  let free = slots;
  let overdue = 0;
  const queue: (() => void)[] = [];

  return async function run<T>(
    operation: (call: Call) => Promise<T>,
    onLate: (result: T) => void = () => {},
  ): Promise<T> {
    const late = Promise.withResolvers<never>();
    let isLate = false;

    const running = operation(async (work, deadlineMs = usual) => {
      if (isLate || overdue === slots) throw noAnswer();
      let state: "queued" | "started" | "overdue" = "queued";
      const timer = setTimeout(() => {
        if (state === "started") {
          state = "overdue";
          overdue++;
        }
        isLate = true;
        late.reject(noAnswer());
      }, deadlineMs);
      try {
        await takeSlot();
        if (isLate) throw noAnswer();
        state = "started";
        return await work();
      } finally {
        clearTimeout(timer);
        if (state as string === "overdue") overdue--;
        freeSlot();
      }
    });
    running.then((result) => isLate && onLate(result), () => {});
    return await Promise.race([running, late.promise]);
  };

  async function takeSlot(): Promise<void> {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => queue.push(resolve));
  }

  function freeSlot(): void {
    const next = queue.shift();
    if (next) next();
    else free++;
  }
}

function noAnswer(): Error {
  return new Error("the file system did not answer in time");
}
