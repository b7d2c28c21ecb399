import Connection from "libsql";
import { setImmediate } from "node:timers";
import { dirname } from "node:path";
import { Conflict, OutcomeUnknown, StartupError } from "../../domain/kernel/errors.ts";
import type { Event } from "../../domain/kernel/events.ts";
import { type Database, DatabaseInUse, type OpenOptions, type Row } from "../sql/database.ts";
import { CONFLICT, UNAVAILABLE } from "./libsql_errors.ts";
import { closed, connect, type PreparedConnection, unavailable } from "./libsql_connection.ts";
import { LIBSQL_WORDS } from "./libsql_words.ts";
import { compile, type CompiledSql, type Sql } from "../sql/sql.ts";

/** How long a commit waits for as many writes as shared the last one: about as long as sixteen
 * creations take to arrive. */
const NEIGHBOURS_MS = 3;
/** Every so many shared commits wait for one write more. */
const PROBE_EVERY = 20;
/** All other writes wait for an open transaction, so it must not stay open for long. */
const TRANSACTION_MS = 5000;

/**
 * A libSQL database in a file. One process and one writing connection per file: libSQL keeps a write
 * lock after a busy error, and its WAL can break when a second process writes, so a second process is
 * refused. Writes that arrive together share one durable commit. Throws a `StartupError` when the file
 * is in use or cannot be opened.
 */
export async function openLibsqlFile(
  path: string,
  { onCommitted = () => {} }: OpenOptions = {},
): Promise<Database> {
  try {
    await Deno.mkdir(dirname(path), { recursive: true });
  } catch (error) {
    throw cannotOpen(path, error);
  }
  const lock = await lockFile(path);
  try {
    // Readable by its owner only; SQLite gives the files next to it the same mode.
    (await Deno.open(path, { create: true, write: true, mode: 0o600 })).close();
    return fileDatabase(path, { onCommitted, onClose: () => lock.close() });
  } catch (error) {
    lock.close();
    throw cannotOpen(path, error);
  }
}

/** The operating system releases the lock when the process ends, however it ends. Throws
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

/** The statements of one caller, and whom to tell how they went. */
interface Write {
  statements: CompiledSql[];
  events: (rows: Row[][]) => readonly Event[];
  resolve: (rows: Row[][]) => void;
  reject: (error: unknown) => void;
}

function fileDatabase(
  path: string,
  { onCommitted, onClose }: Required<OpenOptions> & { onClose: () => void },
): Database {
  let writer = connect(path);
  /** Reads while a transaction is open on `writer`, and sees nothing of it. */
  let reader: PreparedConnection | undefined;
  let metForeignLock = false;
  /** Writes that wait for their commit. */
  let waiting: Write[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** How many writes the next commit waits for. */
  let expected = 1;
  let commits = 0;
  /** Whether a transaction or a script has the writer for itself. */
  let isTaken = false;
  let isClosed = false;
  /** The end of the line for it. */
  let line: Promise<unknown> = Promise.resolve();

  return {
    words: LIBSQL_WORDS,

    read(statement) {
      const compiled = compile(statement, "?");
      // A pragma is about the connection that writes, and some must not run inside a transaction.
      if (/^\s*pragma\b/i.test(compiled.text)) return alone(() => writer.run(compiled));
      return attempt(() => (isTaken ? reader ??= connect(path) : writer).run(compiled));
    },

    write(statements, { events = () => [] } = {}) {
      const { promise, resolve, reject } = Promise.withResolvers<Row[][]>();
      const compiled = statements.map((statement) => compile(statement, "?"));
      waiting.push({ statements: compiled, events, resolve, reject });
      if (waiting.length === 1) setImmediate(endTurn);
      return promise;
    },

    transaction: (work, { readOnly = false, timeoutMs = TRANSACTION_MS } = {}) =>
      readOnly ? snapshot(work) : alone(() => writeTransaction(work, timeoutMs)),

    script: (text) =>
      alone(() => {
        try {
          writer.script(`begin immediate;\n${text}\n;commit;`);
        } finally {
          // A script that fails halfway leaves its transaction open.
          writer.rollback();
          // Its statements were prepared for the old schema.
          reader?.close();
          reader = undefined;
        }
      }),

    // The lock admits one process per file.
    alone: (work) => work(),

    async close() {
      if (isClosed) return;
      isClosed = true;
      await alone(() => {
        reader?.close();
        writer.checkpoint();
        writer.close();
      });
      onClose();
    },
  };

  /** Runs work that needs the writer for itself, after everything that was asked before. Writes that
   * arrive meanwhile wait. */
  function alone<T>(work: () => T | Promise<T>): Promise<T> {
    const mine = line.then(async () => {
      commitWaiting();
      isTaken = true;
      try {
        return await work();
      } catch (error) {
        throw translate(error);
      } finally {
        isTaken = false;
        endTurn();
      }
    });
    line = mine.catch(() => {});
    return mine;
  }

  async function writeTransaction<T>(
    work: TransactionWork<T>,
    timeoutMs: number,
  ): Promise<T> {
    begin("begin immediate");
    let isOpen = true;
    try {
      const result = await withDeadline(
        work((statement) =>
          attempt(() => {
            if (!isOpen) throw closed("the transaction has ended");
            return writer.run(compile(statement, "?"));
          })
        ),
        timeoutMs,
      );
      finish();
      return result;
    } finally {
      isOpen = false;
      writer.rollback();
    }
  }

  /** A read-only transaction on a connection of its own: writes go on meanwhile. */
  async function snapshot<T>(work: TransactionWork<T>): Promise<T> {
    const connection = await attempt(() => connect(path));
    try {
      await attempt(() => connection.control("begin"));
      return await work((statement) => attempt(() => connection.run(compile(statement, "?"))));
    } finally {
      connection.rollback();
      connection.close();
    }
  }

  /** After an event-loop turn in which writes arrived: commits them if there are as many as shared the
   * last commit, otherwise waits a moment for the others. */
  function endTurn(): void {
    if (isTaken || waiting.length === 0) return;
    if (waiting.length >= expected) commitWaiting();
    else timer ??= setTimeout(commitWaiting, NEIGHBOURS_MS);
  }

  function commitWaiting(): void {
    clearTimeout(timer);
    timer = undefined;
    if (isTaken || waiting.length === 0) return;
    const group = waiting;
    waiting = [];
    // Now and then wait for one more, to notice that there are more writers.
    const isProbe = group.length > 1 && ++commits % PROBE_EVERY === 0;
    expected = group.length + (isProbe ? 1 : 0);
    commit(group);
  }

  /** One durable commit for all. When a statement fails, each write gets a commit of its own, so that
   * one refused write does not fail its neighbours. */
  function commit(group: Write[]): void {
    let outcomes: { rows: Row[][]; published: readonly Event[] }[];
    try {
      begin("begin immediate");
      outcomes = group.map(({ statements, events }) => {
        const rows = statements.map(writer.run);
        return { rows, published: events(rows) };
      });
      finish();
    } catch (error) {
      writer.rollback();
      if (group.length > 1 && !(error instanceof OutcomeUnknown)) {
        for (const write of group) commit([write]);
      } else {
        for (const { reject } of group) reject(translate(error));
      }
      return;
    }
    group.forEach(({ resolve }, index) => resolve(outcomes[index]!.rows));
    onCommitted(outcomes.flatMap(({ published }) => published));
  }

  function begin(text: "begin immediate"): void {
    if (metForeignLock) {
      const fresh = connect(path);
      writer.close();
      writer = fresh;
      metForeignLock = false;
    }
    try {
      writer.control(text);
    } catch (error) {
      // After a busy error this connection keeps a statement open and cannot commit again.
      metForeignLock = isBusy(error);
      throw error;
    }
  }

  function finish(): void {
    try {
      writer.control("commit");
    } catch (error) {
      throw mayHaveCommitted(error) ? new OutcomeUnknown({ cause: error }) : error;
    }
  }
}

type TransactionWork<T> = (send: (statement: Sql) => Promise<Row[]>) => Promise<T>;

/** Throws `unavailable` when a transaction takes too long. */
async function withDeadline<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = closed("a transaction was open for too long");
    timer = setTimeout(() => reject(error), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Runs synchronous driver calls as the asynchronous port, with the port's errors. */
// deno-lint-ignore require-await -- what it throws must come as a rejection
async function attempt<T>(work: () => T): Promise<T> {
  try {
    return work();
  } catch (error) {
    throw translate(error);
  }
}

function translate(error: unknown): unknown {
  if (!(error instanceof Connection.SqliteError)) return error;
  if (CONFLICT.test(error.code)) return new Conflict(error.code, { cause: error });
  return UNAVAILABLE.test(error.code) ? unavailable({ cause: error }) : error;
}

function isBusy(error: unknown): boolean {
  return error instanceof Connection.SqliteError && error.code.startsWith("SQLITE_BUSY");
}

function mayHaveCommitted(error: unknown): boolean {
  return error instanceof Connection.SqliteError && error.code.startsWith("SQLITE_IOERR");
}
