import { createApp } from "./app.ts";
import type { Config } from "./config.ts";
import { openDatasets } from "./datasets/open.ts";
import { DEMO_ACCOUNT, fillWithDemoData } from "./demo.ts";
import { StartupError } from "./domain/kernel/errors.ts";
import type { Log } from "./domain/kernel/log.ts";
import { outputDirNames } from "./domain/outputs/output_dir.ts";
import type { Unsettled } from "./domain/outputs/settle.ts";
import { createEventBus } from "./events/memory.ts";
import { housekeeping } from "./housekeeping.ts";
import type { AppDeps } from "./http/env.ts";
import { createCreationLimit } from "./http/limits/creation_limit.ts";
import { createSharingLimit } from "./http/limits/sharing_limit.ts";
import { createSignInLimit } from "./http/limits/sign_in_limit.ts";
import { createSignUpLimit } from "./http/limits/sign_up_limit.ts";
import { countFailures, createMetrics } from "./http/middleware/metrics.ts";
import { loadStaticFiles } from "./http/middleware/static_files.ts";
import { createTokens } from "./http/session_token.ts";
import { rememberVerified } from "./http/verified_tokens.ts";
import type { Service } from "./lifecycle.ts";
import { openCatalogue } from "./models/catalogue.ts";
import { createStorage, openDatabase, pingDatabase } from "./storage/open.ts";
import { EVENT_CHANNEL } from "./storage/sql/database.ts";
import { migrate } from "./storage/sql/migrate.ts";
import { openVolume } from "./volume/open.ts";

export type Parts = Awaited<ReturnType<typeof openParts>>;

/**
 * Opens database and volume, applies pending migrations, and puts the ports together: everything but
 * HTTP. `watch` wraps the database and the volume. Throws a `StartupError`; what was opened by then is
 * closed.
 */
export async function openParts(
  config: Pick<Config, "database" | "volume" | "datasetRoots" | "modelsFile">,
  { log, watch = (port) => port }: { log: Log; watch?: <T extends object>(port: T) => T },
) {
  await using opened = new AsyncDisposableStack();
  const models = await openCatalogue({ file: config.modelsFile });
  const volume = watch(await openVolume(config.volume));
  opened.defer(() => volume.close());
  await volume.ping().catch((error: Error) => {
    const [reason] = String(error.cause).split("\n");
    throw new StartupError(`OUTPUTS_URL: directories cannot be made there: ${reason}`);
  });
  const datasets = watch(openDatasets(config.datasetRoots));
  opened.defer(() => datasets.close());
  const events = createEventBus(log);
  const { db: opener, migrations } = await openDatabase(config.database, {
    onCommitted: events.publish,
  });
  const db = watch(opener);
  opened.defer(() => db.close());
  for (const name of await migrate(db, { folder: migrations, now: new Date() })) {
    log.info("migration applied", { name });
  }
  const close = opened.move();
  const unsettled: Unsettled = new Map();
  return {
    ...createStorage(db),
    db,
    volume,
    datasets,
    models,
    events,
    nextOutputDir: outputDirNames(),
    unsettled,
    now: () => new Date(),
    log,
    pingDatabase: () => pingDatabase(db),
    close: () => close.disposeAsync(),
  };
}

export interface Composition {
  app: ReturnType<typeof createApp>;
  deps: AppDeps;
  /** Everything that runs beside requests, in the order of its start; `src/main.ts` adds the HTTP
   * server as the last one. */
  services: Service[];
  /** Closes database, volume and datasets; the last thing the services do. */
  close(): Promise<void>;
  /** Loads what the first requests would otherwise wait for. To be called once the server listens. */
  warmUp(): void;
  /** Ends the open streams, before the HTTP server waits for its requests. */
  endStreams(): void;
}

/** The server, but for the socket it listens on. Throws a `StartupError`. */
export async function compose(config: Config, { log }: { log: Log }): Promise<Composition> {
  const metrics = config.metrics && createMetrics(config.metrics);
  const parts = await openParts(config, {
    log,
    watch: (port) => metrics ? countFailures(port, metrics) : port,
  });
  const { close, ...ports } = parts;
  const demo = config.env === "development";
  const stopping = new AbortController();
  const deps: AppDeps = {
    ...ports,
    config,
    stopping: stopping.signal,
    tokens: rememberVerified(
      createTokens(config.jwtSecret, { previous: config.previousJwtSecret }),
    ),
    signInLimit: createSignInLimit(),
    signUpLimit: createSignUpLimit(),
    sharingLimit: createSharingLimit(),
    creationLimit: config.creationsPerMinute === undefined
      ? undefined
      : createCreationLimit(config.creationsPerMinute),
    staticFiles: await loadStaticFiles(new URL("../static/", import.meta.url)),
    demoAccount: demo ? DEMO_ACCOUNT : undefined,
    metrics,
    onCreated: metrics?.countCreation,
  };
  const services: Service[] = [
    { name: "database and volume", stop: close, stopMs: 4000 },
    ...await databaseServices(config, parts),
    ...demo ? [{ name: "demo data", start: () => fillWithDemoData(deps), stopMs: 0 }] : [],
    ...housekeeping(deps),
  ];
  return {
    app: createApp(deps),
    deps,
    services,
    close,
    warmUp: () => parts.datasets.start(),
    endStreams: () => stopping.abort(),
  };
}

/** What only one kind of database has: backups of a file, notices from other servers on Postgres. */
async function databaseServices(
  { database }: Config,
  { db, events, log }: Parts,
): Promise<Service[]> {
  if (database.kind === "postgres") {
    const { listenForEvents } = await import("./events/postgres.ts");
    return [listenForEvents(database.url, { channel: EVENT_CHANNEL, events, log })];
  }
  if (database.kind === "libsql-file" && Deno.build.os !== "windows") {
    const { openBackupSocket } = await import("./storage/drivers/backup_socket.ts");
    let socket: ReturnType<typeof openBackupSocket> | undefined;
    return [{
      name: "backup socket",
      start() {
        socket = openBackupSocket({ db, databasePath: database.path, log });
      },
      stop: () => socket?.close(),
      stopMs: 500,
    }];
  }
  return [];
}
