import Connection from "libsql";
import { setImmediate } from "node:timers";
import { dirname } from "node:path";
import { Conflict, DomainError, OutcomeUnknown, StartupError } from "../../domain/kernel/errors.ts";
import type { Event } from "../../domain/kernel/events.ts";
import { type Database, DatabaseInUse, type OpenOptions, type Row } from "../sql/database.ts";
import { CONFLICT, UNAVAILABLE } from "./libsql_errors.ts";
import { LIBSQL_WORDS } from "./libsql_words.ts";
import { compile, type CompiledSql, type Sql, type SqlValue } from "../sql/sql.ts";

/** More than the server has texts of statements; a list has one for each set of filters. */
const MAX_PREPARED = 200;

/**
 * A libSQL database in a file. One process and one connection a file: libSQL keeps a write lock after
 * a busy error, and its WAL can break when a second process writes, so a second process is refused.
 * Writes that arrive together share one durable commit, which waits a moment for those to come.
 * Throws a `StartupError` when the file is in use or cannot be opened.
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
    // A new one is its user's alone, and with it what SQLite puts beside it. It may be empty.
    (await Deno.open(path, { create: true, write: true, mode: 0o600 })).close();
    return fileDatabase(path, { onCommitted, onClose: () => lock.close() });
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
  /** What they have answered, once they are carried out. */
  rows: Row[][];
  events: (rows: Row[][]) => readonly Event[];
  resolve: (rows: Row[][]) => void;
  reject: (error: unknown) => void;
}

function fileDatabase(
  path: string,
  { onCommitted, onClose }: Required<OpenOptions> & { onClose: () => void },
): Database {
  let writer = connect(path);
  /** Reads while something is carried out and not committed, of which it sees nothing. Opened only then:
   * some pragmas must be alone with the file, and a connection is kept by its statements. */
  let reader: PreparedConnection | undefined;
  let metForeignLock = false;
  /** Writes of this turn. */
  let waiting: Write[] = [];
  /** Writes that are carried out, in the transaction that is open, and not committed yet. */
  let group: Write[] = [];
  let latest: ReturnType<typeof setTimeout> | undefined;
  /** By statement, then by its values. */
  let readThisTurn: Map<string, Map<string, Row[]>> | undefined;

  return {
    words: LIBSQL_WORDS,

    read: (statement) => attempt(() => readOnce(statement)),

    write(statements, { events = () => [] } = {}) {
      const { promise, resolve, reject } = Promise.withResolvers<Row[][]>();
      const compiled = statements.map((statement) => compile(statement, "?"));
      waiting.push({ statements: compiled, rows: [], events, resolve, reject });
      if (waiting.length === 1) setImmediate(endTurn);
      return promise;
    },

    async transaction(work, { readOnly = false } = {}) {
      settle();
      await attempt(() => begin(readOnly ? "begin" : "begin immediate"));
      try {
        const result = await work((statement) =>
          attempt(() => writer.run(compile(statement, "?")))
        );
        await attempt(finish);
        return result;
      } finally {
        // What is not committed by now is undone.
        writer.rollback();
        readThisTurn = undefined;
      }
    },

    script(text) {
      settle();
      return attempt(() => {
        try {
          writer.script(`begin immediate;\n${text}\n;commit;`);
        } finally {
          // A script that fails half-way leaves its transaction open.
          writer.rollback();
          readThisTurn = undefined;
          // It would prepare statements by the schema there was.
          reader?.close();
          reader = undefined;
        }
      });
    },

    // A file has one process, by its lock.
    alone: (work) => work(),

    // deno-lint-ignore require-await -- the port is asynchronous, this driver is not
    async close() {
      settle();
      reader?.close();
      writer.close();
      onClose();
    },
  };

  /** Requests that come together ask the same things: who is asking, what they may do, which jobs
   * there are. Nothing is committed in between. */
  function readOnce(statement: Sql): Row[] {
    const compiled = compile(statement, "?");
    if (/^\s*pragma\b/i.test(compiled.text)) {
      // It tells of the connection that writes, or changes it; some want no transaction.
      settle();
      return writer.run(compiled);
    }
    if (!readThisTurn) {
      readThisTurn = new Map();
      setImmediate(() => readThisTurn = undefined);
    }
    let answers = readThisTurn.get(compiled.text);
    if (!answers) readThisTurn.set(compiled.text, answers = new Map());
    const values = JSON.stringify(compiled.args);
    const known = answers.get(values);
    if (known) return known;
    const connection = group.length === 0 ? writer : reader ??= connect(path);
    const rows = connection.run(compiled);
    answers.set(values, rows);
    return rows;
  }

  /** Carries out this turn's writes. The commit waits for those that are to come. */
  function endTurn(): void {
    const writes = waiting;
    waiting = [];
    if (writes.length > 0) carryOut(writes);
    commit();
  }

  /** Leaves nothing that waits or is not committed. */
  function settle(): void {
    endTurn();
    commit();
  }

  function carryOut(writes: Write[]): void {
    try {
      if (group.length === 0) begin("begin immediate");
    } catch (error) {
      return refuse(writes, error);
    }
    group.push(...writes);
    try {
      for (const write of writes) write.rows = write.statements.map(writer.run);
    } catch (error) {
      const undone = group;
      abandon();
      if (undone.length === 1) return refuse(undone, error);
      // Whose fault it was shows when each is alone, and what is refused to one is not refused to its
      // neighbours.
      for (const write of undone) {
        carryOut([write]);
        commit();
      }
    }
  }

  /** One durable commit for all. */
  function commit(): void {
    const writes = group;
    if (writes.length === 0) return;
    try {
      finish();
      for (const { resolve, rows } of writes) resolve(rows);
      onCommitted(writes.flatMap(({ events, rows }) => events(rows)));
    } catch (error) {
      refuse(writes, error);
    } finally {
      abandon();
    }
  }

  function refuse(writes: Write[], error: unknown): void {
    for (const { reject } of writes) reject(translate(error));
  }

  /** Undoes what is carried out and not committed, if anything. */
  function abandon(): void {
    clearTimeout(latest);
    latest = undefined;
    readThisTurn = undefined;
    group = [];
    writer.rollback();
  }

  function begin(text: "begin" | "begin immediate"): void {
    if (metForeignLock) {
      const fresh = connect(path);
      writer.close();
      writer = fresh;
      metForeignLock = false;
    }
    try {
      writer.control(text);
    } catch (error) {
      // It keeps a statement open and cannot commit again.
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

/** A connection with its statements, prepared once each. */
interface PreparedConnection {
  run(statement: CompiledSql): Row[];
  /** A statement about transactions. */
  control(text: string): void;
  /** Several statements. */
  script(text: string): void;
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
  const prepared = new Map<string, Prepared>();
  // Apart: after it has been asked for all rows and had none, the driver's statement does not find one.
  const preparedForOne = new Map<string, Prepared>();
  connection.exec("pragma journal_mode = wal");
  // A 201 must survive a power cut; `normal` may lose the last commits.
  connection.exec("pragma synchronous = full");
  connection.exec("pragma foreign_keys = on");

  return {
    run({ text, args, isOne }) {
      const { statement: ready, columns } = prepare(text, isOne ? preparedForOne : prepared);
      const values = args.map(toLibsql);
      if (columns.length === 0) {
        ready.run(values);
        return [];
      }
      if (!isOne) return ready.all(values).map(rowOf(columns));
      try {
        const row = ready.get(values);
        return row === undefined ? [] : [rowOf(columns)(row)];
      } catch (error) {
        // The driver would answer every later call with the same error.
        preparedForOne.delete(text);
        throw error;
      }
    },
    control(text) {
      prepare(text, prepared).statement.run();
    },
    script(text) {
      if (!connection.open) throw closed();
      // It may change what a statement answers.
      prepared.clear();
      preparedForOne.clear();
      connection.exec(text);
    },
    rollback() {
      // Asking a closed connection would end the process.
      if (connection.open && connection.inTransaction) connection.exec("rollback");
    },
    close() {
      if (connection.open) connection.close();
    },
  };

  function prepare(text: string, ready: Map<string, Prepared>): Prepared {
    if (!connection.open) throw closed();
    const known = ready.get(text);
    if (known) return known;
    const statement = connection.prepare(text);
    const columns = statement.reader ? statement.columns().map(({ name }) => name) : [];
    // As arrays: half the work of the driver's own objects.
    if (columns.length > 0) statement.raw(true);
    if (ready.size >= MAX_PREPARED) ready.clear();
    ready.set(text, { statement, columns });
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
