import { StartupError } from "../../domain/kernel/errors.ts";
import type { Event } from "../../domain/kernel/events.ts";
import type { Sql } from "./sql.ts";

/** A row as the driver gives it; `rows.ts` decodes it. */
export type Row = Record<string, unknown>;

/**
 * What a database driver does; the queries stand on this. Every method throws
 * - `Conflict` when a unique value is taken or a referenced row has gone (nothing was changed),
 * - `OutcomeUnknown` when a write was sent and its answer was lost,
 * - a `DomainError` `unavailable` when the database cannot be reached or refuses to work.
 */
export interface Database {
  words: Words;
  /** Reads. */
  read(statement: Sql): Promise<Row[]>;
  /**
   * Writes, all or nothing, in one durable commit. Answers each statement's `returning` rows. What
   * `events` makes of them is published after the commit, in the order of the commits; on Postgres to
   * the other servers too.
   */
  write(
    statements: readonly Sql[],
    options?: { events?: (results: Row[][]) => readonly Event[] },
  ): Promise<Row[][]>;
  /**
   * Runs work in one transaction: committed when it resolves, undone when it throws, and its error is
   * thrown on. Read-only work sees one moment of the database throughout. `work` must await nothing
   * but `send`: on a libSQL file all other writes wait for a transaction that writes, and after
   * `timeoutMs` (5 s) it is undone and throws `unavailable`. Reads and read-only transactions never
   * wait.
   */
  transaction<T>(
    work: (send: (statement: Sql) => Promise<Row[]>) => Promise<T>,
    options?: { readOnly?: boolean; timeoutMs?: number },
  ): Promise<T>;
  /** Runs a script of several statements in one transaction. */
  script(text: string): Promise<void>;
  /** Runs work that no other process on this database runs at the same time. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface OpenOptions {
  /**
   * Called with the events of each commit of this process, on libSQL only: Postgres sends them to all
   * servers, this one included, by `NOTIFY` (`src/events/postgres.ts` listens).
   */
  onCommitted?: (events: readonly Event[]) => void;
}

/** The channel of `NOTIFY` on Postgres; the payload is one event as JSON. */
export const EVENT_CHANNEL = "trainyard_events";

/** A table's columns, by how the driver of libSQL gives them best. */
export interface Columns {
  /** Texts, integers, booleans and times. */
  plain: readonly string[];
  /** Numbers with a fraction. */
  real: readonly string[];
}

/** What the two databases cannot say in the same words. */
export interface Words {
  /** The result columns of a long list that hold whole rows of `table`; `unpack` makes rows of them. */
  pack(columns: Columns, table: string): Sql;
  unpack(columns: Columns, row: Row): Row;
  /** `column` is one of the few values of a correlated subselect, and each is looked up by index. */
  isAmong(column: Sql, subselect: Sql): Sql;
  /** After a select: locks its rows until the transaction ends. Empty on libSQL, where a write
   * transaction has the database for itself. */
  forUpdate: Sql;
  /** After a select: locks its rows and passes over those that others have locked, so that several
   * claimers each get another row. Empty on libSQL, as above. */
  forUpdateSkipLocked: Sql;
  /** The id of the row that the statement before inserted, in the same write. */
  lastId: Sql;
}

/** A libSQL file is another process's for the moment. */
export class DatabaseInUse extends StartupError {
  constructor(path: string) {
    super(
      `DATABASE_URL: another Trainyard process is using ${path}; stop it, or give this one a database of its own`,
    );
  }
}
