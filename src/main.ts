import { createApp } from "./app.ts";
import { openBackupSocket } from "./storage/drivers/backup_socket.ts";
import { type Config, loadConfig } from "./config.ts";
import { openDatasets } from "./datasets/open.ts";
import { DEMO_ACCOUNT, fillWithDemoData } from "./demo.ts";
import { AUDIT_LOG_DAYS } from "./domain/access/audit.ts";
import type { Deps, Log } from "./domain/kernel/deps.ts";
import { DomainError, StartupError } from "./domain/kernel/errors.ts";
import { outputDirNames } from "./domain/outputs/output_dir.ts";
import { settleUnknown } from "./domain/outputs/settle.ts";
import { ORPHAN_GRACE_MS, sweepQuietly } from "./domain/outputs/sweep.ts";
import { createCreationLimit } from "./http/limits/creation_limit.ts";
import { countFailures, createMetrics } from "./http/middleware/metrics.ts";
import { createSharingLimit } from "./http/limits/sharing_limit.ts";
import { createSignInLimit } from "./http/limits/sign_in_limit.ts";
import { createSignUpLimit } from "./http/limits/sign_up_limit.ts";
import { loadStaticFiles } from "./http/middleware/static_files.ts";
import { createTokens, type Tokens } from "./http/session_token.ts";
import { rememberVerified } from "./http/verified_tokens.ts";
import { createLog } from "./log.ts";
import { openCatalogue } from "./models/catalogue.ts";
import { gatherStartupFacts, startupWarnings } from "./startup_warnings.ts";
import { migrate } from "./storage/sql/migrate.ts";
import { createStorage, openDatabase } from "./storage/open.ts";
import { openVolume } from "./volume/open.ts";

const SECOND = 1000;
const HOUR = 60 * 60 * SECOND;
const DAY = 24 * HOUR;
/** How long requests under way may take to end once the server is told to stop. */
const DRAIN_MS = 5 * SECOND;
/** On a disk, while jobs are created by the hundred: as many as share a commit. */
const SPARE_DIRECTORIES = 16;

try {
  await start(await loadConfig(Deno.env.toObject()));
} catch (error) {
  if (error instanceof DomainError && error.problem.key === "unavailable") {
    console.error(`the ${error.problem.what} stopped answering while the server started`);
  } else if (error instanceof StartupError) console.error(error.message);
  else throw error;
  Deno.exit(1);
}

/** Puts the real parts together, serves, and takes them apart again on a signal. */
async function start(config: Config): Promise<void> {
  const development = config.env === "development";
  const log = createLog({
    level: config.logLevel,
    format: config.env === "production" ? "json" : "readable",
  });
  const metrics = config.metrics && createMetrics(config.metrics);
  const watch = <T extends object>(port: T) => metrics ? countFailures(port, metrics) : port;
  const models = await openCatalogue({ file: config.modelsFile });
  const volume = watch(await openVolume(config.volume, { spare: SPARE_DIRECTORIES }));
  await volume.ping().catch((error: Error) => {
    const [reason] = String(error.cause).split("\n");
    throw new StartupError(`OUTPUTS_URL: directories cannot be made there: ${reason}`);
  });
  const creations = { underWay: 0 };
  const { db, migrations } = await openDatabase(config.database, {
    writersToCome: () => creations.underWay,
  });
  for (const name of await migrate(db, { folder: migrations, now: new Date() })) {
    log.info("migration applied", { name });
  }
  const backups = config.database.kind === "libsql-file" && Deno.build.os !== "windows"
    ? openBackupSocket({ db, databasePath: config.database.path, log })
    : undefined;
  // Now that both folders are there to be looked at.
  const facts = await gatherStartupFacts(config, Deno.env.toObject());
  for (const warning of startupWarnings(facts)) log.warn(warning);
  const deps: Deps = {
    storage: createStorage(watch(db)),
    volume,
    datasets: watch(openDatasets(config.datasetRoots)),
    models,
    nextOutputDir: outputDirNames(),
    unsettled: new Map(),
    creations,
    now: () => new Date(),
    log,
    creationLimit: config.creationsPerMinute === undefined
      ? undefined
      : createCreationLimit(config.creationsPerMinute),
    sharingLimit: createSharingLimit(),
    onCreated: metrics?.countCreation,
  };
  if (development) await fillWithDemoData(deps);
  const tokens = rememberVerified(
    createTokens(config.jwtSecret, { previous: config.previousJwtSecret }),
  );

  let stopping = false;
  const app = createApp({
    ...deps,
    config,
    tokens,
    demoAccount: development ? DEMO_ACCOUNT : undefined,
    signInLimit: createSignInLimit(),
    signUpLimit: createSignUpLimit(),
    metrics,
    staticFiles: await loadStaticFiles(new URL("../static/", import.meta.url)),
    isStopping: () => stopping,
  });
  // A defect, and no reason to end everybody's requests.
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    log.error("a failure that nothing waited for", { error: event.reason });
  });
  // Before it listens: from then on it may be told to stop.
  Deno.addSignalListener("SIGINT", stop);
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", stop);
  const server = listen(config, { handler: app.fetch, log });
  if (config.signup === "closed" && !await deps.storage.users.any()) {
    const link = await setupLink(tokens, { config, port: server.addr.port });
    log.warn("there is no account yet; create the first one here", { link });
  }
  await forgetExpired(deps);
  setInterval(() => forgetExpired(deps), HOUR);
  setInterval(() => settleUnknown(deps), 5 * SECOND);
  // What earlier processes left; what the last one left a moment ago once it is old enough; and what
  // a volume that failed has left since.
  setTimeout(() => sweepQuietly(deps), 5 * SECOND);
  setTimeout(() => sweepQuietly(deps), ORPHAN_GRACE_MS + 60 * SECOND);
  setInterval(() => sweepQuietly(deps), DAY);

  async function stop(): Promise<void> {
    if (stopping) return;
    stopping = true;
    backups?.close();
    // A client that never finishes its request must not hold up the end.
    setTimeout(() => Deno.exit(0), DRAIN_MS);
    await server.shutdown();
    await Promise.all([deps.storage.close(), deps.volume.close()]);
    Deno.exit(0);
  }
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
    expiresAt: new Date(now.getTime() + DAY),
  });
  return `${origin(config, port)}/setup?token=${token}`;
}

function origin(config: Config, port: number): string {
  const host = config.host === "0.0.0.0" ? "localhost" : config.host;
  return config.publicOrigin ?? `http://${host}:${port}`;
}

/** Sessions that have ended, idempotency keys a day after their use, the audit log's oldest. */
async function forgetExpired({ storage, now, log }: Deps): Promise<void> {
  try {
    await storage.sessions.removeExpired(now().toISOString());
    const before = new Date(now().getTime() - DAY).toISOString();
    await storage.trainingJobs.forgetIdempotencyKeys({ before });
    const oldest = new Date(now().getTime() - AUDIT_LOG_DAYS * DAY).toISOString();
    await storage.auditLog.forget({ before: oldest });
  } catch (error) {
    log.error("expired sessions, keys and audit entries could not be removed", { error });
  }
}
