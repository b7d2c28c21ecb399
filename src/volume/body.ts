import { unavailable } from "./failures.ts";

/**
 * A stream of the chunks that `next` returns, until it returns `undefined`. Reads nothing ahead.
 * `close` is called once: at the end, after an error, or when the reader cancels.
 */
export function bodyOf(
  next: () => Promise<Uint8Array | undefined>,
  close: () => void,
): ReadableStream<Uint8Array> {
  let isOpen = true;
  return new ReadableStream({
    async pull(controller) {
      try {
        const chunk = await next();
        if (chunk) return controller.enqueue(chunk);
        closeOnce();
        controller.close();
      } catch (error) {
        closeOnce();
        controller.error(unavailable(error));
      }
    },
    cancel: closeOnce,
  }, { highWaterMark: 0 });

  function closeOnce(): void {
    if (isOpen) close();
    isOpen = false;
  }
}

export function emptyBody(): ReadableStream<Uint8Array> {
  return new Blob([]).stream();
}

/** The part of a range that a file of this size has; `undefined` when the range starts after its end. */
export function covered(
  size: number,
  { start, end = size }: { start: number; end?: number | undefined },
): { start: number; end: number } | undefined {
  return start < size ? { start, end: Math.min(end, size) } : undefined;
}
