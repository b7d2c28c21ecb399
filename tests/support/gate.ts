import { setTimeout as delay } from "node:timers/promises";

/** A proxy to another port that can be shut: what is sent then arrives when it is opened again. */
export interface Gate extends Disposable {
  port: number;
  shut(): void;
  open(): void;
}

export function openGate(
  to: { hostname: string; port: number },
  { delayMs = 0 }: {
    /** By which each chunk is late. */
    delayMs?: number;
  } = {},
): Gate {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let opened = Promise.withResolvers<void>();
  opened.resolve();

  (async () => {
    for await (const near of listener) {
      const far = await Deno.connect(to);
      const there = near.readable.pipeThrough(waiting()).pipeTo(far.writable);
      const back = far.readable.pipeThrough(waiting()).pipeTo(near.writable);
      // Either side's end ends both.
      Promise.allSettled([there, back]);
    }
  })().catch(() => {});

  function waiting(): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
    return new TransformStream({
      async transform(chunk, controller) {
        if (delayMs > 0) await delay(delayMs);
        await opened.promise;
        controller.enqueue(chunk);
      },
    });
  }

  return {
    port: listener.addr.port,
    shut: () => opened = Promise.withResolvers<void>(),
    open: () => opened.resolve(),
    [Symbol.dispose]() {
      opened.resolve();
      listener.close();
    },
  };
}
