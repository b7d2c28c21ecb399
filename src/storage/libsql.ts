import { type Client, createClient, LibsqlError } from "@libsql/client";
import { dirname } from "node:path";
import { DomainError, StartupError } from "../domain/errors.ts";
import { Conflict, OutcomeUnknown } from "../domain/storage.ts";
import { type Database, DatabaseInUse, type Row } from "./database.ts";
import { compile, type Sql, sql } from "./sql.ts";

/**
 * A libSQL database in a file. One process and one connection a file: libSQL keeps a write lock after
 * a busy error, and its WAL can break when a second process writes, so a second process is refused.
 * Throws a `StartupError` when the file is in use or cannot be opened.
 */
export async function openLibsqlFile(path: string): Promise<Database> {
  try {
    await Deno.mkdir(dirname(path), { recursive: true });
  } catch (error) {
    throw cannotOpen(path, error);
  }
  const lock = await lockFile(path);
  try {
    const client = createClient({ url: fileUrl(path), concurrency: 1 });
    await prepare(client);
    return libsqlDatabase(client, {
      onClose: () => lock.close(),
      async afterBusy() {
        await client.reconnect();
        await prepare(client);
      },
    });
  } catch (error) {
    lock.close();
    throw cannotOpen(path, error);
  }
}

/** What a connection must be told each time it is opened. */
async function prepare(client: Client): Promise<void> {
  await client.execute("pragma journal_mode = wal");
  // A 201 must survive a power cut; `normal` may lose the last commits.
  await client.execute("pragma synchronous = full");
  await client.execute("pragma foreign_keys = on");
}

/** libSQL decodes what it is given: a `%`, `#` or `?` in a folder's name must arrive encoded. */
function fileUrl(path: string): string {
  return `file:${path.split("/").map(encodeURIComponent).join("/")}`;
}

/**
 * A libSQL server, by `libsql:` URL; it looks after durability and concurrency itself. Throws a
 * `StartupError` when it does not answer.
 */
export async function openLibsqlServer(url: string): Promise<Database> {
  try {
    const client = createClient({ url });
    await client.execute("select 1");
    return libsqlDatabase(client, { onClose() {}, async afterBusy() {} });
  } catch (cause) {
    throw new StartupError("DATABASE_URL: the libSQL server does not answer", { cause });
  }
}

/** The lock is the operating system's: it goes with the process, however that ends. Throws
 * `DatabaseInUse`. */
export async function lockFile(path: string): Promise<Deno.FsFile> {
  let file;
  try {
    file = await Deno.open(`${path}.lock`, { create: true, write: true });
  } catch (error) {
    throw cannotOpen(path, error);
  }
  if (await file.tryLock(true)) return file;
  file.close();
  throw new DatabaseInUse(path);
}

function cannotOpen(path: string, cause: unknown): StartupError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StartupError(`DATABASE_URL: cannot open ${path}: ${reason}`, { cause });
}

function libsqlDatabase(
  client: Client,
  { onClose, afterBusy }: {
    onClose: () => void;
    /** A connection that met a foreign lock keeps a statement open and cannot commit again. */
    afterBusy: () => Promise<void>;
  },
): Database {
  return {
    words: {
      isAmong: (column, subselect) => sql`${column} in (${subselect})`,
      // A write transaction has the whole database to itself.
      forUpdate: sql``,
    },

    async read(statement) {
      try {
        return (await client.execute(toLibsql(statement))).rows as unknown as Row[];
      } catch (error) {
        throw translate(error);
      }
    },

    async write(...statements) {
      try {
        const results = await client.batch(statements.map(toLibsql), "write");
        return results.map((result) => result.rows as unknown as Row[]);
      } catch (error) {
        if (isBusy(error)) await afterBusy().catch(() => {});
        throw isOutcomeUnknown(error) ? new OutcomeUnknown({ cause: error }) : translate(error);
      }
    },

    async transaction(work, { readOnly = false } = {}) {
      const transaction = await client.transaction(readOnly ? "read" : "write")
        .catch(async (error) => {
          if (isBusy(error)) await afterBusy().catch(() => {});
          throw translate(error);
        });
      try {
        const result = await work(async (statement) => {
          try {
            return (await transaction.execute(toLibsql(statement))).rows as unknown as Row[];
          } catch (error) {
            throw translate(error);
          }
        });
        await transaction.commit().catch((error) => {
          throw isOutcomeUnknown(error) ? new OutcomeUnknown({ cause: error }) : translate(error);
        });
        return result;
      } finally {
        // What is not committed by now is undone.
        transaction.close();
      }
    },

    async script(text) {
      try {
        // A script that fails half-way leaves its transaction open; the client rolls it back.
        await client.executeMultiple(`begin immediate;\n${text}\n;commit;`);
      } catch (error) {
        throw translate(error);
      }
    },

    // A file has one process, by its lock.
    alone: (work) => work(),

    // deno-lint-ignore require-await -- the port is asynchronous, this driver is not
    async close() {
      client.close();
      onClose();
    },
  };
}

function toLibsql(statement: Sql) {
  const { text, args } = compile(statement, "?");
  return { sql: text, args };
}

const CONFLICTS = new Set([
  "SQLITE_CONSTRAINT_UNIQUE",
  "SQLITE_CONSTRAINT_PRIMARYKEY",
  "SQLITE_CONSTRAINT_FOREIGNKEY",
]);
const UNAVAILABLE =
  /^(SQLITE_(BUSY|LOCKED|FULL|IOERR|CANTOPEN|READONLY|CORRUPT|NOTADB|NOMEM)|CLIENT_CLOSED)/;

function translate(error: unknown): unknown {
  if (!(error instanceof LibsqlError)) return error;
  const code = error.extendedCode ?? error.code;
  if (CONFLICTS.has(code)) return new Conflict(code, { cause: error });
  if (UNAVAILABLE.test(code)) {
    const problem = { key: "unavailable", what: "database" } as const;
    return new DomainError("unavailable", problem, { cause: error });
  }
  return error;
}

function isBusy(error: unknown): boolean {
  return error instanceof LibsqlError && error.code.startsWith("SQLITE_BUSY");
}

/** A commit that met an I/O error, or a server that did not answer, may have happened. */
function isOutcomeUnknown(error: unknown): boolean {
  if (!(error instanceof LibsqlError)) return error instanceof TypeError;
  return error.code.startsWith("SQLITE_IOERR") || error.code.startsWith("HRANA_") ||
    error.code === "SERVER_ERROR";
}
