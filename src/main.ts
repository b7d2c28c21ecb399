import { compose } from "./compose.ts";
import { type Config, loadConfig } from "./config.ts";
import { DEMO_ACCOUNT } from "./demo.ts";
import { DomainError, StartupError } from "./domain/kernel/errors.ts";
import type { AppDeps } from "./http/env.ts";
import type { Tokens } from "./http/session_token.ts";
import { httpServer } from "./http_server.ts";
import { createLifecycle } from "./lifecycle.ts";
import { createLog } from "./log.ts";
import { gatherStartupFacts, startupWarnings } from "./startup_warnings.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/** Starting the worker for datasets blocks the thread for a tenth of a second: the first requests come
 * before it. */
const WARM_UP_MS = 1000;

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
  const { app, deps, services, warmUp, endStreams } = await compose(config, { log });
  // Database and volume exist by now, so their folders can be looked at.
  const facts = await gatherStartupFacts(config, Deno.env.toObject());
  for (const warning of startupWarnings(facts)) log.warn(warning);

  const lifecycle = createLifecycle(
    [
      ...services,
      httpServer(config, {
        handler: app.fetch,
        endStreams,
        onListen: (port) => announce(config, { port, deps }),
      }),
    ],
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
  setTimeout(warmUp, WARM_UP_MS);

  async function stop(): Promise<void> {
    await lifecycle.stop();
    Deno.exit(0);
  }
}

async function announce(
  config: Config,
  { port, deps }: { port: number; deps: AppDeps },
): Promise<void> {
  const { log, tokens, users } = deps;
  log.info("listening", { host: config.host, port });
  if (config.env === "development") {
    console.log(`
  Trainyard      ${origin(config, port)}
  Demo sign-in   ${DEMO_ACCOUNT.email} / ${DEMO_ACCOUNT.password}
`);
  }
  if (config.signup === "closed" && !await users.any()) {
    const link = await setupLink(tokens, { config, port });
    log.warn("there is no account yet; create the first one here", { link });
  }
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
