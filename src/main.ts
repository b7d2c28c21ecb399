import { compose, type Composition } from "./compose.ts";
import { type Config, loadConfig } from "./config.ts";
import { DEMO_ACCOUNT } from "./demo.ts";
import { DomainError, StartupError } from "./domain/kernel/errors.ts";
import type { Log } from "./domain/kernel/log.ts";
import type { Tokens } from "./http/session_token.ts";
import { createLifecycle, type Service } from "./lifecycle.ts";
import { createLog } from "./log.ts";
import { gatherStartupFacts, startupWarnings } from "./startup_warnings.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/** How long requests under way may take to end once the server is told to stop. */
const DRAIN_MS = 5000;

try {
  await start(await loadConfig(Deno.env.toObject()));
} catch (error) {
  if (error instanceof DomainError && error.problem.key === "unavailable") {
    console.error(`the ${error.problem.what} stopped answering while the server started`);
  } else if (error instanceof StartupError) console.error(error.message);
  else throw error;
  Deno.exit(1);
}

/** Starts the server; it stops on SIGINT or SIGTERM. */
async function start(config: Config): Promise<void> {
  const log = createLog({
    level: config.logLevel,
    format: config.env === "production" ? "json" : "readable",
  });
  const { app, deps, services, endStreams } = await compose(config, { log });
  // Database and volume exist by now, so their folders can be looked at.
  const facts = await gatherStartupFacts(config, Deno.env.toObject());
  for (const warning of startupWarnings(facts)) log.warn(warning);

  const lifecycle = createLifecycle(
    [...services, httpServer(config, { app, deps, endStreams })],
    { log },
  );
  // A defect, and no reason to end everybody's requests.
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    log.error("unhandled rejection", { error: event.reason });
  });
  // Before anything starts: from then on the process may be told to stop.
  Deno.addSignalListener("SIGINT", stop);
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", stop);
  await lifecycle.start();

  async function stop(): Promise<void> {
    await lifecycle.stop();
    Deno.exit(0);
  }
}

/** The last service: it starts when all others have, and stops first. */
function httpServer(
  config: Config,
  { app, deps, endStreams }: Pick<Composition, "app" | "deps" | "endStreams">,
): Service {
  let server: Deno.HttpServer<Deno.NetAddr> | undefined;
  return {
    name: "HTTP",
    async start() {
      const { log, tokens, users } = deps;
      server = listen(config, { handler: app.fetch, log });
      if (config.signup === "closed" && !await users.any()) {
        const link = await setupLink(tokens, { config, port: server.addr.port });
        log.warn("there is no account yet; create the first one here", { link });
      }
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
  config: Config,
  { handler, log }: { handler: Deno.ServeHandler<Deno.NetAddr>; log: Log },
): Deno.HttpServer<Deno.NetAddr> {
  const { host, port } = config;
  try {
    return Deno.serve({
      port,
      hostname: host,
      // Pages and JSON, when the client takes it; static files come compressed already.
      automaticCompression: true,
      onListen: ({ port }) => announce(config, { port, log }),
    }, handler);
  } catch (cause) {
    const message = cause instanceof Deno.errors.AddrInUse
      ? `PORT: ${port} is in use by another process`
      : `HOST: cannot listen on ${host}, port ${port}`;
    throw new StartupError(message, { cause });
  }
}

function announce(config: Config, { port, log }: { port: number; log: Log }): void {
  log.info("listening", { host: config.host, port });
  if (config.env !== "development") return;
  console.log(`
  Trainyard      ${origin(config, port)}
  Demo sign-in   ${DEMO_ACCOUNT.email} / ${DEMO_ACCOUNT.password}
`);
}

/** Valid for a day, on whichever server of a deployment it is opened. */
async function setupLink(
  tokens: Tokens,
  { config, port }: { config: Config; port: number },
): Promise<string> {
  const now = new Date();
  const token = await tokens.sign({ sub: "setup", jti: crypto.randomUUID() }, {
    audience: "trainyard-setup",
    issuedAt: now,
    expiresAt: new Date(now.getTime() + DAY_MS),
  });
  return `${origin(config, port)}/setup?token=${token}`;
}

function origin(config: Config, port: number): string {
  const host = config.host === "0.0.0.0" ? "localhost" : config.host;
  return config.publicOrigin ?? `http://${host}:${port}`;
}
