import Connection from "libsql";
import { DomainError } from "../../domain/kernel/errors.ts";
import type { Row } from "../sql/database.ts";
import type { CompiledSql, SqlValue } from "../sql/sql.ts";

/** More than the server has different statements; a list has one for each set of filters. */
const MAX_PREPARED = 200;

/** A connection with its statements, prepared once each. */
export interface PreparedConnection {
  run(statement: CompiledSql): Row[];
  /** Begins or ends a transaction. */
  control(text: string): void;
  /** Runs several statements. */
  script(text: string): void;
  /** Undoes what is not committed, if anything. */
  rollback(): void;
  /** Moves the `-wal` file into the database and empties it, if nobody reads. */
  checkpoint(): void;
  close(): void;
}

interface Prepared {
  statement: Connection.Statement;
  /** Absent for a statement that answers nothing. */
  toRow: ((values: unknown) => Row) | undefined;
}

export function connect(path: string): PreparedConnection {
  const connection = new Connection(path);
  const prepared = new Map<string, Prepared>();
  // Separate: a statement that was asked for all rows and had none then finds no single row either.
  const preparedForOne = new Map<string, Prepared>();
  connection.exec("pragma journal_mode = wal");
  // A 201 must survive a power cut; `normal` may lose the last commits.
  connection.exec("pragma synchronous = full");
  connection.exec("pragma foreign_keys = on");

  return {
    run({ text, args, isOne }) {
      const { statement: ready, toRow } = prepare(text, isOne ? preparedForOne : prepared);
      const values = args.map(toLibsql);
      if (!toRow) {
        ready.run(values);
        return [];
      }
      if (!isOne) return ready.all(values).map(toRow);
      try {
        const row = ready.get(values);
        return row === undefined ? [] : [toRow(row)];
      } catch (error) {
        // The driver would repeat this error on every later call.
        preparedForOne.delete(text);
        throw error;
      }
    },
    control(text) {
      prepare(text, prepared).statement.run();
    },
    script(text) {
      if (!connection.open) throw closed("the database is closed");
      // A script may change the columns of a statement.
      prepared.clear();
      preparedForOne.clear();
      connection.exec(text);
    },
    rollback() {
      // `inTransaction` of a closed connection would end the process.
      if (connection.open && connection.inTransaction) connection.exec("rollback");
    },
    checkpoint() {
      if (!connection.open) return;
      try {
        connection.exec("pragma wal_checkpoint(truncate)");
      } catch {
        // A statement that was asked for one row may still be open. Nothing is lost: the next open reads
        // the `-wal` file.
      }
    },
    close() {
      if (connection.open) connection.close();
    },
  };

  function prepare(text: string, ready: Map<string, Prepared>): Prepared {
    if (!connection.open) throw closed("the database is closed");
    const known = ready.get(text);
    if (known) return known;
    const statement = connection.prepare(text);
    const columns = statement.reader ? statement.columns().map(({ name }) => name) : [];
    // As arrays: the driver's own row objects cost twice as much.
    if (columns.length > 0) statement.raw(true);
    if (ready.size >= MAX_PREPARED) ready.clear();
    const made = { statement, toRow: columns.length > 0 ? rowOf(columns) : undefined };
    ready.set(text, made);
    return made;
  }
}

/** The driver has no booleans, and ends the process when it is given one. */
function toLibsql(value: SqlValue): string | number | null {
  return typeof value === "boolean" ? Number(value) : value;
}

function rowOf(columns: string[]): (values: unknown) => Row {
  // Copying an object that has all the properties is much faster than adding them one by one.
  const empty: Row = Object.fromEntries(columns.map((column) => [column, null]));
  return (values) => {
    const row = { ...empty };
    for (let i = 0; i < columns.length; i++) row[columns[i]!] = (values as unknown[])[i];
    return row;
  };
}

export function closed(reason: string): DomainError {
  return unavailable({ cause: new Error(reason) });
}

export function unavailable(options: ErrorOptions): DomainError {
  return new DomainError("unavailable", { key: "unavailable", what: "database" }, options);
}
