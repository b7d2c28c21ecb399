import { StartupError } from "./domain/kernel/errors.ts";
import type { Service } from "./lifecycle.ts";

/** How long requests under way may take to end once the server is told to stop. */
const DRAIN_MS = 5000;

/**
 * Listens for requests. It is the last service: it starts when all others have, and stops first.
 * `endStreams` must end every open stream. Throws a `StartupError` when the port cannot be used.
 */
export function httpServer(
  { host, port }: { host: string; port: number },
  { handler, endStreams, onListen }: {
    handler: Deno.ServeHandler<Deno.NetAddr>;
    endStreams: () => void;
    onListen: (port: number) => void | Promise<void>;
  },
): Service {
  let server: Deno.HttpServer<Deno.NetAddr> | undefined;
  return {
    name: "HTTP",
    async start() {
      server = listen({ host, port, handler });
      await onListen(server.addr.port);
    },
    async stop() {
      // A stream ends only when it is told to: waiting for it first would take the whole deadline.
      endStreams();
      await server?.shutdown();
    },
    stopMs: DRAIN_MS,
  };
}

function listen(
  { host, port, handler }: {
    host: string;
    port: number;
    handler: Deno.ServeHandler<Deno.NetAddr>;
  },
): Deno.HttpServer<Deno.NetAddr> {
  try {
    return Deno.serve({
      port,
      hostname: host,
      // Pages and JSON, when the client takes it; static files are stored compressed.
      automaticCompression: true,
      onListen: () => {},
    }, handler);
  } catch (cause) {
    const message = cause instanceof Deno.errors.AddrInUse
      ? `PORT: ${port} is in use by another process`
      : `HOST: cannot listen on ${host}, port ${port}`;
    throw new StartupError(message, { cause });
  }
}
