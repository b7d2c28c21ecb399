import { expect, test } from "vitest";
import { httpServer } from "./http_server.ts";
import { createLifecycle } from "./lifecycle.ts";

const log = { debug() {}, info() {}, warn() {}, error() {} };

test("ends open streams before it waits for requests", async () => {
  const stopping = new AbortController();
  const { promise: listening, resolve } = Promise.withResolvers<number>();
  const lifecycle = createLifecycle([httpServer({ host: "localhost", port: 0 }, {
    // A stream that would go on for ever, as live pages have.
    handler: () =>
      new Response(
        new ReadableStream({
          start(controller) {
            controller.enqueue(new TextEncoder().encode(": hello\n\n"));
            stopping.signal.addEventListener("abort", () => controller.close());
          },
        }),
        { headers: { "Content-Type": "text/event-stream" } },
      ),
    endStreams: () => stopping.abort(),
    onListen: resolve,
  })], { log });
  await lifecycle.start();
  const response = await fetch(`http://localhost:${await listening}/`);
  const reader = response.body!.getReader();
  expect(new TextDecoder().decode((await reader.read()).value)).toBe(": hello\n\n");

  const begun = performance.now();
  await lifecycle.stop();
  expect((await reader.read()).done).toBe(true);
  // Far below the deadline for requests.
  expect(performance.now() - begun).toBeLessThan(2500);
});
