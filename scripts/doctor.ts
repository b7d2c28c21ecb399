import { statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { loadConfig, loadDatabaseLocation, loadVolumeLocation } from "../src/config.ts";
import { openDatasets } from "../src/datasets/open.ts";
import { StartupError } from "../src/domain/kernel/errors.ts";
import type { Volume } from "../src/domain/outputs/volume.ts";
import { openCatalogue } from "../src/models/catalogue.ts";
import { type Database, DatabaseInUse } from "../src/storage/sql/database.ts";
import { findDamage } from "../src/storage/drivers/integrity.ts";
import { migrate, pendingMigrations } from "../src/storage/sql/migrate.ts";
import { createStorage, type DatabaseLocation, openDatabase } from "../src/storage/open.ts";
import { openVolume, type VolumeLocation } from "../src/volume/open.ts";
import { compareOutputs } from "./compare_outputs.ts";
import { oneLine } from "./copying.ts";
import { exists } from "./database_file.ts";
import { count, type Finding, printFinding, someOf } from "./finding.ts";

const USAGE = "usage: deno task doctor [--fix]";

/** Less free space than this counts as low or full. */
const LOW_BYTES = 2 ** 30;
const FULL_BYTES = 100 * 2 ** 20;
const FULL_INODES = 1000;
/** A random secret of 32 bytes has more distinct characters in hex, base64 or any other encoding.
 * A random secret of 32 bytes has more distinct characters in hex, base64 or any other encoding. */
const MIN_DIFFERENT_CHARACTERS = 12;

/** Checks each part of the installation; `--fix` repairs what is safe. Exits with 1 if anything is
 * wrong. */
const fix = parseFix();
const env = await environment();
let wrong = false;
for await (const finding of examine()) {
  printFinding(finding);
  wrong ||= finding.level === "wrong";
}
Deno.exit(wrong ? 1 : 0);

function parseFix(): boolean {
  try {
    return parseArgs({ options: { fix: { type: "boolean" } } }).values.fix ?? false;
  } catch {
    console.error(USAGE);
    Deno.exit(1);
  }
}

/** Defaults to development where `deno task dev` has stored a secret. */
async function environment(): Promise<Record<string, string>> {
  const env = Deno.env.toObject();
  if (env.APP_ENV || env.JWT_SECRET) return env;
  try {
    const location = loadDatabaseLocation(env);
    const folder = location.kind === "libsql-file" ? dirname(location.path) : "data";
    return await exists(join(folder, "jwt-secret")) ? { ...env, APP_ENV: "development" } : env;
  } catch {
    return env;
  }
}

/** Checks the parts independently, so that a failure in one does not hide others. */
async function* examine(): AsyncGenerator<Finding> {
  yield* await examineConfiguration();
  const volumeLocation = attempt(() => loadVolumeLocation(env));
  const databaseLocation = attempt(() => loadDatabaseLocation(env));
  const volume = volumeLocation && await openVolume(volumeLocation);
  try {
    const reachable = volume && await examineVolume(volume, volumeLocation);
    if (reachable) yield reachable;
    yield* await examineSpace(volumeLocation, databaseLocation);
    if (databaseLocation) yield* examineDatabase(databaseLocation, volume);
  } finally {
    await volume?.close();
  }
}

async function examineConfiguration(): Promise<Finding[]> {
  const part = "configuration";
  try {
    const { env: name, datasetRoots, modelsFile, signup } = await loadConfig(env);
    const models = (await openCatalogue({ file: modelsFile })).list().length;
    const text = `${name}, sign-up ${signup}, ${count(models, "model")}`;
    return [{ level: "fine", part, text }, ...examineSecret(), await examineDatasets(datasetRoots)];
  } catch (error) {
    return [{ level: "wrong", part, text: oneLine(error) }];
  }
}

/** `loadConfig` has already checked the length. */
function examineSecret(): Finding[] {
  const { JWT_SECRET: secret } = env;
  if (!secret || new Set(secret).size >= MIN_DIFFERENT_CHARACTERS) return [];
  return [{
    level: "wrong",
    part: "secret",
    text: "JWT_SECRET can be guessed, it repeats a few characters; make one with: " +
      "openssl rand -base64 48",
  }];
}

async function examineDatasets(roots: string[]): Promise<Finding> {
  const part = "datasets";
  try {
    const datasets = await openDatasets(roots).list();
    const where = `below ${roots.join(", ")}`;
    if (datasets.length === 0) {
      return { level: "note", part, text: `none that is recognised ${where}` };
    }
    const refused = datasets.filter(({ refusal }) => refusal !== null).map(({ path }) => path);
    if (refused.length > 0) {
      const text = `${refused.length} of ${datasets.length} cannot be used: ${someOf(refused)}; ` +
        "GET /api/v1/datasets/inspect?path=… says why";
      return { level: "note", part, text };
    }
    return { level: "fine", part, text: `${count(datasets.length, "dataset")} ${where}` };
  } catch (error) {
    return { level: "wrong", part, text: oneLine(error) };
  }
}

async function examineVolume(volume: Volume, location: VolumeLocation): Promise<Finding> {
  const part = "volume";
  const where = location.kind === "local"
    ? location.root
    : `s3://${location.bucket}/${location.prefix}`;
  try {
    await volume.ping();
    return { level: "fine", part, text: `directories can be made in ${where}` };
  } catch (error) {
    return { level: "wrong", part, text: `nothing can be made in ${where}: ${oneLine(error)}` };
  }
}

async function examineSpace(
  volume: VolumeLocation | undefined,
  database: DatabaseLocation | undefined,
): Promise<Finding[]> {
  const folders = [
    ...volume?.kind === "local" ? [volume.root] : [],
    ...database?.kind === "libsql-file" ? [dirname(database.path)] : [],
  ];
  const findings: Finding[] = [];
  for (const folder of folders) {
    const found = await statfs(folder).catch(() => undefined);
    if (!found) continue;
    const bytes = found.bavail * found.bsize;
    // Some file systems report no inodes.
    const noInodes = found.files > 0 && found.ffree < FULL_INODES;
    const text = `${(bytes / 2 ** 30).toFixed(1)} GiB free in ${folder}`;
    findings.push({
      level: bytes < FULL_BYTES || noInodes ? "wrong" : bytes < LOW_BYTES ? "note" : "fine",
      part: "disk space",
      text: noInodes ? `${text}, but room for ${found.ffree} files only` : text,
    });
  }
  return findings;
}

async function* examineDatabase(
  location: DatabaseLocation,
  volume: Volume | undefined,
): AsyncGenerator<Finding> {
  const part = "database";
  if (location.kind === "libsql-file" && !await exists(location.path)) {
    const text = `there is none yet at ${location.path}; the server makes it when it starts`;
    return yield { level: "note", part, text };
  }
  let opened;
  try {
    opened = await openDatabase(location);
  } catch (error) {
    if (!(error instanceof DatabaseInUse)) {
      return yield { level: "wrong", part, text: oneLine(error) };
    }
    const text = "a running server uses it, so its rows were not looked at: stop the server for " +
      "that, or look at a backup of it";
    return yield { level: "note", part, text };
  }
  const { db, migrations } = opened;
  try {
    const findings = await examineRows(db, { location, migrations });
    yield* findings;
    // Rows of another schema version or of a damaged file are not reliable.
    if (volume && !findings.some(({ level }) => level === "wrong")) {
      yield* await compareOutputs({ ...createStorage(db), volume }, { fix });
    }
  } catch (error) {
    yield { level: "wrong", part, text: oneLine(error) };
  } finally {
    await db.close();
  }
}

async function examineRows(
  db: Database,
  { location, migrations: folder }: { location: DatabaseLocation; migrations: string },
): Promise<Finding[]> {
  const part = "database";
  if (location.kind === "libsql-file") {
    const damage = await findDamage(db);
    if (damage.length > 0) {
      const text = `damaged: ${someOf(damage)}; restore a backup (docs/backup.md)`;
      return [{ level: "wrong", part, text }];
    }
  }
  const pending = await pendingMigrations(db, { folder });
  if (pending.length === 0) {
    return [{ level: "fine", part, text: "reachable, whole, every migration applied" }];
  }
  if (!fix) {
    const text = `waits for ${someOf(pending)}; the server applies them when it starts, or --fix`;
    return [{ level: "wrong", part, text }];
  }
  const applied = await migrate(db, { folder, now: new Date() });
  return [{ level: "mended", part, text: `applied ${applied.join(", ")}` }];
}

/** `undefined` for an invalid configuration, which `examineConfiguration` has already reported. */
function attempt<T>(load: () => T): T | undefined {
  try {
    return load();
  } catch (error) {
    if (error instanceof StartupError) return undefined;
    throw error;
  }
}
