/** Runs one file system call with a deadline. */
export type Call = <T>(work: () => Promise<T>, deadlineMs?: number) => Promise<T>;

/**
 * Keeps a stalled disk from taking all threads of the runtime's pool. A blocking call cannot be
 * cancelled and holds its thread until the disk answers. So at most `slots` calls are outstanding,
 * further ones queue, and while every slot is held by an overdue call, new ones fail at once. A slot
 * becomes free when the disk answers.
 *
 * The returned function runs an operation of several calls. When one of them misses its deadline
 * (`deadlineMs` by default; time in the queue counts), the operation's promise rejects. The operation
 * itself continues when the disk answers: the late call returns its result and the next call throws,
 * so that `catch` and `finally` can clean up. If it completes nevertheless, `onLate` gets the result.
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
