import postgres from "postgres";
import { Conflict, DomainError, OutcomeUnknown, StartupError } from "../../domain/kernel/errors.ts";
import { type Database, EVENT_CHANNEL, type Row } from "../sql/database.ts";
import { compile, type Sql, sql, verbatim } from "../sql/sql.ts";

const CONNECT_TIMEOUT_SECONDS = 5;
const STATEMENT_TIMEOUT_MS = 10_000;
/** Any number, but always this one. */
const LOCK = 7_281_402_918;

/**
 * A Postgres database, by its URL (`sslmode` is honoured), through a pool of connections. A lost
 * connection is made anew by the next statement. Throws a `StartupError` when it cannot be reached.
 */
export async function openPostgres(
  url: string,
  { poolSize = 10, statementTimeoutMs = STATEMENT_TIMEOUT_MS }: {
    poolSize?: number;
    statementTimeoutMs?: number;
  } = {},
): Promise<Database> {
  const client = postgres(url, {
    max: poolSize,
    connect_timeout: CONNECT_TIMEOUT_SECONDS,
    // A server that went away is noticed at the next use, not after the system's two hours.
    keep_alive: 30,
    connection: { application_name: "trainyard", statement_timeout: statementTimeoutMs },
    onnotice: () => {},
  });
  try {
    await client`select 1`;
  } catch (error) {
    await client.end({ timeout: 0 });
    throw cannotConnect(client.options, error);
  }
  return postgresDatabase(client);
}

/** Names host and database; the URL itself may hold a password. */
function cannotConnect(
  { host, port, database }: postgres.ParsedOptions,
  cause: unknown,
): StartupError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StartupError(
    `DATABASE_URL: cannot connect to database ${database} at ${host[0]}:${port[0]}: ${reason}`,
    { cause },
  );
}

// postgres 3.4.9 may write to a socket that has just gone, from a timer, where nobody can catch it
// (github.com/porsager/postgres/issues/1154). The queries concerned fail by themselves; the process
// must not end for it.
globalThis.addEventListener("error", (event) => {
  const { error } = event;
  if (error instanceof TypeError && /\bnextWrite\b.*postgres/.test(error.stack ?? "")) {
    event.preventDefault();
  }
});

function postgresDatabase(client: postgres.Sql): Database {
  /** The end of the line in front of the lock: who waits in it holds no connection. */
  let turn: Promise<unknown> = Promise.resolve();

  return {
    words: {
      pack: (_columns, table) => verbatim(`${table}.*`),
      unpack: (_columns, row) => row,
      // `in` would read the whole table for each row of the outer query.
      isAmong: (column, subselect) => sql`${column} = any (array(${subselect}))`,
      forUpdate: sql`for update`,
      forUpdateSkipLocked: sql`for update skip locked`,
      lastId: sql`lastval()`,
    },

    async read(statement) {
      try {
        return await run(client, statement);
      } catch (error) {
        throw translate(error, { wasWriting: false });
      }
    },

    async write(statements, { events } = {}) {
      try {
        const [only, ...more] = statements;
        if (only && more.length === 0 && !events) return [await run(client, only)];
        return await client.begin(async (transaction) => {
          // Pipelined: the statements together cost one round trip.
          const results = await Promise.all(
            statements.map((statement) => run(transaction, statement)),
          );
          const notices = (events?.(results) ?? []).map((event) =>
            run(transaction, sql`select pg_notify(${EVENT_CHANNEL}, ${JSON.stringify(event)})`)
          );
          await Promise.all(notices);
          return results;
        });
      } catch (error) {
        throw translate(error, { wasWriting: true });
      }
    },

    async transaction(work, { readOnly = false } = {}) {
      let failure: { error: unknown } | undefined;
      let committing = false;
      try {
        const options = readOnly ? "isolation level repeatable read read only" : "";
        return await client.begin(options, async (transaction) => {
          try {
            const result = await work((statement) =>
              run(transaction, statement).catch((error) => {
                throw translate(error, { wasWriting: false });
              })
            );
            committing = true;
            // Wrapped, as the client takes an array for a list of queries to wait for.
            return { result };
          } catch (error) {
            failure = { error };
            throw error;
          }
        }).then(({ result }) => result);
      } catch (error) {
        // A rollback on a connection that has gone fails too, and says less than what came first.
        throw failure ? failure.error : translate(error, { wasWriting: committing && !readOnly });
      }
    },

    async script(text) {
      try {
        // Building an index may take longer than any statement of a request.
        const script = `set local statement_timeout = 0;\n${text}`;
        await client.begin((transaction) => transaction.unsafe(script).simple());
      } catch (error) {
        throw translate(error, { wasWriting: true });
      }
    },

    alone(work) {
      const mine = turn.then(() => locked(client, work));
      turn = mine.catch(() => {});
      return mine;
    },

    async close() {
      await client.end({ timeout: 5 });
    },
  };
}

/** Holds a lock that all processes on the database share; `work` has connections of its own. */
async function locked<T>(client: postgres.Sql, work: () => Promise<T>): Promise<T> {
  const connection = await client.reserve();
  try {
    // The line may be long: somebody's migration may build an index.
    await connection`set statement_timeout = 0`;
    await connection`select pg_advisory_lock(${LOCK})`;
    return await work();
  } finally {
    await connection`select pg_advisory_unlock(${LOCK})`;
    await connection`reset statement_timeout`;
    connection.release();
  }
}

/** Prepared once a connection and text. */
async function run(
  connection: postgres.Sql | postgres.TransactionSql,
  statement: Sql,
): Promise<Row[]> {
  const { text, args } = compile(statement, "$n");
  return [...await connection.unsafe<Row[]>(text, [...args], { prepare: true })];
}

// SQLSTATE classes and codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
const CONFLICTS = new Set(["23505", /* unique */ "23503", /* foreign key */ "40001", "40P01"]);
/** Connection, resources, operator, system: the server is away or will not work. */
const UNAVAILABLE = /^(08|53|57|58)|^25006$/;
/** The client's own codes when it got no connection: nothing was sent. */
const NOT_CONNECTED = new Set([
  "CONNECT_TIMEOUT",
  "CONNECTION_ENDED",
  "ECONNREFUSED",
  "ENOTFOUND",
  "ENOENT",
]);

function translate(error: unknown, { wasWriting }: { wasWriting: boolean }): unknown {
  const code = errorCode(error);
  if (code === undefined) return error;
  if (CONFLICTS.has(code)) return new Conflict(code, { cause: error });
  // The client's codes are words; a SQLSTATE has a digit in it and came from the server.
  const fromServer = /^[0-9A-Z]{5}$/.test(code) && /\d/.test(code);
  if (fromServer && !UNAVAILABLE.test(code)) return error;
  if (wasWriting && !NOT_CONNECTED.has(code) && !startingUp(code)) {
    return new OutcomeUnknown({ cause: error });
  }
  return new DomainError("unavailable", { key: "unavailable", what: "database" }, { cause: error });
}

/** Refused before any statement: starting up or shutting down, or too many connections. */
function startingUp(code: string): boolean {
  return code === "57P03" || code === "53300";
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined;
}
