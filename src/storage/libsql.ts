import Connection from "libsql";
import { setImmediate } from "node:timers";
import { dirname } from "node:path";
import { DomainError, StartupError } from "../domain/errors.ts";
import { Conflict, OutcomeUnknown } from "../domain/storage.ts";
import { type Database, DatabaseInUse, type OpenOptions, type Row } from "./database.ts";
import { CONFLICT, UNAVAILABLE } from "./libsql_errors.ts";
import { LIBSQL_WORDS } from "./libsql_words.ts";
import { compile, type CompiledSql, type Sql, type SqlValue } from "./sql.ts";

/** More than the server has texts of statements; a list has one for each set of filters. */
const MAX_PREPARED = 200;
/** How long a write waits for those that are to come: about as long as a commit of its own takes. */
const NEIGHBOURS_MS = 3;

/**
 * A libSQL database in a file. One process and one connection a file: libSQL keeps a write lock after
 * a busy error, and its WAL can break when a second process writes, so a second process is refused.
 * Writes that arrive together share one durable commit, which waits a moment for those to come.
 * Throws a `StartupError` when the file is in use or cannot be opened.
 */
export async function openLibsqlFile(
  path: string,
  { writersToCome = () => 0 }: OpenOptions = {},
): Promise<Database> {
  try {
    await Deno.mkdir(dirname(path), { recursive: true });
  } catch (error) {
    throw cannotOpen(path, error);
  }
  const lock = await lockFile(path);
  try {
    // A new one is its user's alone, and with it what SQLite puts beside it. It may be empty.
    (await Deno.open(path, { create: true, write: true, mode: 0o600 })).close();
    return fileDatabase(path, { writersToCome, onClose: () => lock.close() });
  } catch (error) {
    lock.close();
    throw cannotOpen(path, error);
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

/** Statements of one caller, and whom to tell how they went. */
interface Write {
  statements: CompiledSql[];
  resolve: (rows: Row[][]) => void;
  reject: (error: unknown) => void;
}

function fileDatabase(
  path: string,
  { writersToCome, onClose }: Required<OpenOptions> & { onClose: () => void },
): Database {
  let connection = connect(path);
  let metForeignLock = false;
  let waiting: Write[] = [];
  let latest: ReturnType<typeof setTimeout> | undefined;
  /** By statement and its values. */
  let readThisTurn: Map<string, Row[]> | undefined;

  return {
    words: LIBSQL_WORDS,

    read: (statement) => attempt(() => readOnce(statement)),

    write(...statements) {
      const { promise, resolve, reject } = Promise.withResolvers<Row[][]>();
      const compiled = statements.map((statement) => compile(statement, "?"));
      waiting.push({ statements: compiled, resolve, reject });
      commitSoon();
      return promise;
    },

    async transaction(work, { readOnly = false } = {}) {
      endTurn();
      await attempt(() => begin(readOnly ? "begin" : "begin immediate"));
      try {
        const result = await work((statement) =>
          attempt(() => connection.run(compile(statement, "?")))
        );
        await attempt(finish);
        return result;
      } finally {
        // What is not committed by now is undone.
        connection.rollback();
      }
    },

    script(text) {
      endTurn();
      return attempt(() => {
        try {
          connection.script(`begin immediate;\n${text}\n;commit;`);
        } finally {
          // A script that fails half-way leaves its transaction open.
          connection.rollback();
        }
      });
    },

    // A file has one process, by its lock.
    alone: (work) => work(),

    // deno-lint-ignore require-await -- the port is asynchronous, this driver is not
    async close() {
      endTurn();
      connection.close();
      onClose();
    },
  };

  /** Requests that come together ask the same things: who is asking, what they may do, which jobs
   * there are. Within a turn nothing is written in between. */
  function readOnce(statement: Sql): Row[] {
    const compiled = compile(statement, "?");
    // Some say what they have changed.
    if (/^\s*pragma\b/i.test(compiled.text)) return connection.run(compiled);
    if (!readThisTurn) {
      readThisTurn = new Map();
      setImmediate(() => readThisTurn = undefined);
    }
    const key = JSON.stringify(compiled.args) + compiled.text;
    const known = readThisTurn.get(key);
    if (known) return known;
    const rows = connection.run(compiled);
    readThisTurn.set(key, rows);
    return rows;
  }

  /** The commit waits for the rest of this turn's writes, and for those that are to come. */
  function commitSoon(): void {
    if (waiting.length >= writersToCome()) setImmediate(endTurn);
    else latest ??= setTimeout(endTurn, NEIGHBOURS_MS);
  }

  function endTurn(): void {
    readThisTurn = undefined;
    clearTimeout(latest);
    latest = undefined;
    const writes = waiting;
    waiting = [];
    if (writes.length > 0) commit(writes);
  }

  /** One durable commit for all. Each writer gets its own rows or its own error, and what was
   * refused to one is not refused to its neighbours. */
  function commit(writes: Write[]): void {
    try {
      begin("begin immediate");
      const outcomes: (() => void)[] = [];
      for (const write of writes) {
        outcomes.push(execute(write));
        // Some errors, such as a full disk, undo the whole transaction by themselves.
        if (!connection.inTransaction()) break;
      }
      if (connection.inTransaction()) finish();
      // Whose fault it was shows when each is tried alone.
      else if (writes.length > 1) return writes.forEach((write) => commit([write]));
      for (const tell of outcomes) tell();
    } catch (error) {
      for (const { reject } of writes) reject(translate(error));
    } finally {
      connection.rollback();
    }
  }

  /** Answers how to tell the writer, once all is committed. */
  function execute({ statements, resolve, reject }: Write): () => void {
    try {
      const rows = statements.length === 1
        ? [connection.run(statements[0]!)]
        : allOrNothing(statements);
      return () => resolve(rows);
    } catch (error) {
      return () => reject(translate(error));
    }
  }

  /** A statement that fails undoes itself alone; those of one writer belong together. */
  function allOrNothing(statements: CompiledSql[]): Row[][] {
    connection.control("savepoint writer");
    try {
      const rows = statements.map((statement) => connection.run(statement));
      connection.control("release writer");
      return rows;
    } catch (error) {
      if (connection.inTransaction()) {
        connection.control("rollback to writer");
        connection.control("release writer");
      }
      throw error;
    }
  }

  function begin(text: "begin" | "begin immediate"): void {
    if (metForeignLock) {
      const fresh = connect(path);
      connection.close();
      connection = fresh;
      metForeignLock = false;
    }
    try {
      connection.control(text);
    } catch (error) {
      // It keeps a statement open and cannot commit again.
      metForeignLock = isBusy(error);
      throw error;
    }
  }

  function finish(): void {
    try {
      connection.control("commit");
    } catch (error) {
      throw mayHaveCommitted(error) ? new OutcomeUnknown({ cause: error }) : error;
    }
  }
}

/** A connection with its statements, prepared once each. */
interface PreparedConnection {
  run(statement: CompiledSql): Row[];
  /** A statement about transactions. */
  control(text: string): void;
  /** Several statements. */
  script(text: string): void;
  inTransaction(): boolean;
  /** Undoes what is not committed, if anything. */
  rollback(): void;
  close(): void;
}

interface Prepared {
  statement: Connection.Statement;
  /** Names of what it answers; none for a statement that answers nothing. */
  columns: string[];
}

function connect(path: string): PreparedConnection {
  const connection = new Connection(path);
  let prepared = new Map<string, Prepared>();
  connection.exec("pragma journal_mode = wal");
  // A 201 must survive a power cut; `normal` may lose the last commits.
  connection.exec("pragma synchronous = full");
  connection.exec("pragma foreign_keys = on");

  return {
    run({ text, args }) {
      const { statement: ready, columns } = prepare(text);
      if (columns.length > 0) return ready.all(args.map(toLibsql)).map(rowOf(columns));
      ready.run(args.map(toLibsql));
      return [];
    },
    control(text) {
      prepare(text).statement.run();
    },
    script(text) {
      if (!connection.open) throw closed();
      // It may change what a statement answers.
      prepared = new Map();
      connection.exec(text);
    },
    // Asking a closed connection would end the process.
    inTransaction: () => connection.open && connection.inTransaction,
    rollback() {
      if (connection.open && connection.inTransaction) connection.exec("rollback");
    },
    close() {
      if (connection.open) connection.close();
    },
  };

  function prepare(text: string): Prepared {
    if (!connection.open) throw closed();
    const known = prepared.get(text);
    if (known) return known;
    const statement = connection.prepare(text);
    const columns = statement.reader ? statement.columns().map(({ name }) => name) : [];
    // As arrays: half the work of the driver's own objects.
    if (columns.length > 0) statement.raw(true);
    if (prepared.size >= MAX_PREPARED) prepared = new Map();
    prepared.set(text, { statement, columns });
    return { statement, columns };
  }
}

/** The driver knows no booleans, and ends the process when it is given one. */
function toLibsql(value: SqlValue): string | number | null {
  return typeof value === "boolean" ? Number(value) : value;
}

function rowOf(columns: string[]): (values: unknown) => Row {
  return (values) => {
    const row: Row = {};
    for (let i = 0; i < columns.length; i++) row[columns[i]!] = (values as unknown[])[i];
    return row;
  };
}

/** Asynchronous as the port is, with the port's errors. */
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

function closed(): DomainError {
  return unavailable({ cause: new Error("the database is closed") });
}

function unavailable(options: ErrorOptions): DomainError {
  return new DomainError("unavailable", { key: "unavailable", what: "database" }, options);
}

function isBusy(error: unknown): boolean {
  return error instanceof Connection.SqliteError && error.code.startsWith("SQLITE_BUSY");
}

function mayHaveCommitted(error: unknown): boolean {
  return error instanceof Connection.SqliteError && error.code.startsWith("SQLITE_IOERR");
}
