import { unavailable } from "./failures.ts";

/**
 * A stream of what `next` gives, until `undefined`. Nothing is read before it is asked for. `close` is
 * called once: at the end, after a failure, or when the reader cancels.
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

/** The bytes of a file of this size that a range covers; `undefined`: it starts after them. */
export function covered(
  size: number,
  { start, end = size }: { start: number; end?: number | undefined },
): { start: number; end: number } | undefined {
  return start < size ? { start, end: Math.min(end, size) } : undefined;
}
