import { fileURLToPath } from "node:url";
import postgres from "postgres";
import { describe, expect, inject, test } from "vitest";
import { concurrencyConformance } from "../../../tests/conformance/storage/concurrency.ts";
import { EMBEDDED } from "../../../tests/support/backends.ts";
import { createDatabase, dropDatabase, startPostgres } from "../../../tests/support/postgres.ts";
import { DomainError, StartupError } from "../../domain/kernel/errors.ts";
import type { Event } from "../../domain/kernel/events.ts";
import { storageConformance } from "../../../tests/conformance/storage/storage.ts";
import { listingConformance } from "../../../tests/conformance/storage/list.ts";
import { migrate } from "../sql/migrate.ts";
import { createStorage, pingDatabase } from "../open.ts";
import { openPostgres } from "./postgres.ts";
import { EVENT_CHANNEL } from "../sql/database.ts";
import { sql } from "../sql/sql.ts";

const MIGRATIONS = fileURLToPath(new URL("../../../migrations/postgres", import.meta.url));

for (const [name, server] of Object.entries(inject("postgres"))) {
  for (const conformance of [storageConformance, listingConformance]) {
    conformance(name, async () => {
      const url = await createDatabase(server);
      const db = await openPostgres(url, { poolSize: 4 });
      await migrate(db, { folder: MIGRATIONS, now: new Date() });
      return { storage: createStorage(db), db, close: () => dropDatabase(url) };
    });
  }
}

concurrencyConformance("Postgres", async () => {
  const url = await createDatabase(inject("postgres")[EMBEDDED]!);
  const published: Event[] = [];
  const listener = postgres(url, { max: 1 });
  await listener.listen(EVENT_CHANNEL, (payload) => published.push(JSON.parse(payload)));
  const [db, other] = await Promise.all([openPostgres(url), openPostgres(url)]);
  return {
    db,
    other,
    published,
    async close() {
      await Promise.all([db.close(), other.close(), listener.end()]);
      await dropDatabase(url);
    },
  };
});

describe("servers that start together", () => {
  test("migrate one after another, each script once", async () => {
    const url = await createDatabase(inject("postgres")[EMBEDDED]!);
    const applied = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const db = await openPostgres(url, { poolSize: 2 });
        try {
          return await migrate(db, { folder: MIGRATIONS, now: new Date() });
        } finally {
          await db.close();
        }
      }),
    );
    const scripts = [...Deno.readDirSync(MIGRATIONS)].map(({ name }) => name).sort();
    expect(applied.flat()).toEqual(scripts);
    await dropDatabase(url);
  });
});

describe("a server that goes away", () => {
  test("is unavailable, and works again by itself once it is back", async () => {
    await using server = await startPostgres();
    const db = await openPostgres(server.url, { poolSize: 4 });
    await migrate(db, { folder: MIGRATIONS, now: new Date() });
    const storage = createStorage(db);
    const account = { full_name: null, password_hash: "-", created_at: new Date().toISOString() };
    await storage.users.insert({ email: "ann@example.com", ...account });

    await server.stop();
    for (
      const attempt of [
        () => pingDatabase(db),
        () => storage.users.findByEmail("ann@example.com"),
        () => storage.users.insert({ email: "bob@example.com", ...account }),
      ]
    ) {
      const error = await attempt().then(() => undefined, (error: unknown) => error);
      expect(error).toBeInstanceOf(DomainError);
      expect((error as DomainError).problem).toEqual({ key: "unavailable", what: "database" });
    }

    await server.start();
    await storage.users.insert({ email: "eve@example.com", ...account });
    expect(await storage.users.findByEmail("ann@example.com")).toMatchObject({ id: 1 });
    await db.close();
  });
});

describe("what cannot be reached is refused in one line that shows no password", () => {
  const server = new URL(inject("postgres")[EMBEDDED]!);
  test.each([
    ["a wrong password", (url: URL) => url.password = "hunter2"],
    ["a database that is not there", (url: URL) => url.pathname = "/nowhere"],
    ["a server that is not there", (url: URL) => url.port = "9"],
  ])("%s", async (_, change) => {
    const url = new URL(server);
    change(url);
    const error = await openPostgres(url.href).then(() => undefined, (error: unknown) => error);
    expect(error).toBeInstanceOf(StartupError);
    const { message } = error as StartupError;
    expect(message).toMatch(/^DATABASE_URL: cannot connect to database [^\n]+$/);
    expect(message).not.toContain(url.password);
  });
});

describe("sslmode", () => {
  test("require speaks TLS with a server that has it, and fails with one that has not", async () => {
    await using secure = await startPostgres({ tls: true });
    const isEncrypted = async (sslmode: string) => {
      const db = await openPostgres(`${secure.url}?sslmode=${sslmode}`);
      const [row] = await db.read(sql`
        select ssl from pg_stat_ssl where pid = pg_backend_pid()`);
      await db.close();
      return row!.ssl;
    };
    expect(await isEncrypted("require")).toBe(true);
    expect(await isEncrypted("disable")).toBe(false);
    // Its certificate is its own: who asks for proof gets none.
    await expect(openPostgres(`${secure.url}?sslmode=verify-full`)).rejects
      .toBeInstanceOf(StartupError);
    const plain = inject("postgres")[EMBEDDED]!;
    await expect(openPostgres(`${plain}?sslmode=require`)).rejects.toBeInstanceOf(StartupError);
  });
});

test("a statement that runs too long is ended", async () => {
  const url = inject("postgres")[EMBEDDED]!;
  const db = await openPostgres(url, { statementTimeoutMs: 200 });
  const error = await db.read(sql`select pg_sleep(30)`)
    .then(() => undefined, (error: unknown) => error);
  expect(error).toBeInstanceOf(DomainError);
  await db.close();
});
