import { type Client, createClient, LibsqlError } from "@libsql/client";
import { Conflict, DomainError, OutcomeUnknown, StartupError } from "../../domain/kernel/errors.ts";
import type { Database, OpenOptions, Row } from "../sql/database.ts";
import { CONFLICT, UNAVAILABLE } from "./libsql_errors.ts";
import { LIBSQL_WORDS } from "./libsql_words.ts";
import { compile, type Sql } from "../sql/sql.ts";

/**
 * A libSQL server, by `libsql:` URL; it looks after durability and concurrency itself. Throws a
 * `StartupError` when it does not answer.
 */
export async function openLibsqlServer(
  url: string,
  { onCommitted = () => {} }: OpenOptions = {},
): Promise<Database> {
  try {
    const client = createClient({ url });
    await client.execute("select 1");
    return serverDatabase(client, onCommitted);
  } catch (cause) {
    throw new StartupError("DATABASE_URL: the libSQL server does not answer", { cause });
  }
}

function serverDatabase(
  client: Client,
  onCommitted: NonNullable<OpenOptions["onCommitted"]>,
): Database {
  return {
    words: LIBSQL_WORDS,

    async read(statement) {
      try {
        return (await client.execute(toLibsql(statement))).rows as unknown as Row[];
      } catch (error) {
        throw translate(error);
      }
    },

    async write(statements, { events } = {}) {
      try {
        const results = await client.batch(statements.map(toLibsql), "write");
        const rows = results.map((result) => result.rows as unknown as Row[]);
        if (events) onCommitted(events(rows));
        return rows;
      } catch (error) {
        throw isOutcomeUnknown(error) ? new OutcomeUnknown({ cause: error }) : translate(error);
      }
    },

    async transaction(work, { readOnly = false } = {}) {
      const transaction = await client.transaction(readOnly ? "read" : "write")
        .catch((error) => {
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

    alone: (work) => work(),

    // deno-lint-ignore require-await -- the port is asynchronous, this driver is not
    async close() {
      client.close();
    },
  };
}

function toLibsql(statement: Sql) {
  const { text, args } = compile(statement, "?");
  return { sql: text, args: [...args] };
}

function translate(error: unknown): unknown {
  if (!(error instanceof LibsqlError)) return error;
  const code = error.extendedCode ?? error.code;
  if (CONFLICT.test(code)) return new Conflict(code, { cause: error });
  if (UNAVAILABLE.test(code)) {
    const problem = { key: "unavailable", what: "database" } as const;
    return new DomainError("unavailable", problem, { cause: error });
  }
  return error;
}

/** A commit that met an I/O error, or got no answer, may have happened. */
function isOutcomeUnknown(error: unknown): boolean {
  if (!(error instanceof LibsqlError)) return error instanceof TypeError;
  return error.code.startsWith("SQLITE_IOERR") || error.code.startsWith("HRANA_") ||
    error.code === "SERVER_ERROR";
}
