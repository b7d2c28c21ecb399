import postgres from "postgres";
import { describe, expect, inject, test } from "vitest";
import { busConformance } from "../../tests/conformance/events/bus.ts";
import { EMBEDDED } from "../../tests/support/backends.ts";
import { createDatabase, dropDatabase, startPostgres } from "../../tests/support/postgres.ts";
import { StartupError } from "../domain/kernel/errors.ts";
import { openPostgres } from "../storage/drivers/postgres.ts";
import { EVENT_CHANNEL } from "../storage/sql/database.ts";
import { sql } from "../storage/sql/sql.ts";
import { createEventBus } from "./memory.ts";
import { listenForEvents } from "./postgres.ts";

const logged: string[] = [];
const note = (message: string) => void logged.push(message);
const log = { debug: note, info: note, warn: note, error: note };

/** A bus as a server on this database has it. */
async function serverOn(url: string) {
  const bus = createEventBus(log);
  const heard: unknown[] = [];
  bus.subscribe({ onEvent: (event) => heard.push(event), onGap: () => heard.push("gap") });
  const service = listenForEvents(url, { channel: EVENT_CHANNEL, events: bus, log });
  await service.start!();
  return { bus, heard, stop: async () => await service.stop!() };
}

const changed = (id: number) => ({ type: "project.changed", project_id: id }) as const;

busConformance("through Postgres, from another server", async () => {
  const url = await createDatabase(inject("postgres")[EMBEDDED]!);
  const server = await serverOn(url);
  const db = await openPostgres(url, { poolSize: 2 });
  return {
    bus: server.bus,
    async change(id) {
      await db.write([sql`select 1`], { events: () => [changed(id)] });
    },
    async close() {
      await server.stop();
      await db.close();
      await dropDatabase(url);
    },
  };
});

test("several servers hear of each other's changes in the same order", async () => {
  const url = await createDatabase(inject("postgres")[EMBEDDED]!);
  const servers = await Promise.all([serverOn(url), serverOn(url)]);
  const databases = await Promise.all([openPostgres(url), openPostgres(url)]);
  await Promise.all(databases.map(async (db, which) => {
    for (let n = 0; n < 25; n++) {
      await db.write([sql`select 1`], { events: () => [changed(which * 100 + n)] });
    }
  }));
  await expect.poll(() => servers.map(({ heard }) => heard.length)).toEqual([50, 50]);
  expect(servers[0]!.heard).toEqual(servers[1]!.heard);
  await Promise.all([...servers.map(({ stop }) => stop()), ...databases.map((db) => db.close())]);
  await dropDatabase(url);
});

test("notices that are no events are dropped and end nothing", async () => {
  const url = await createDatabase(inject("postgres")[EMBEDDED]!);
  const server = await serverOn(url);
  const db = await openPostgres(url);
  for (const payload of ["", "no JSON", "[]", "null", "1", '{"type":7}']) {
    await db.write([sql`select pg_notify(${EVENT_CHANNEL}, ${payload})`]);
  }
  await db.write([sql`select 1`], { events: () => [changed(1)] });
  await expect.poll(() => server.heard).toEqual([changed(1)]);
  await server.stop();
  await db.close();
  await dropDatabase(url);
});

describe("after a lost connection listening resumes, and listeners are told of one gap", () => {
  test("when the connection was ended", async () => {
    const url = await createDatabase(inject("postgres")[EMBEDDED]!);
    const server = await serverOn(url);
    const db = await openPostgres(url);
    await db.read(sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name = 'trainyard events'`);
    await expect.poll(() => server.heard).toEqual(["gap"]);
    await db.write([sql`select 1`], { events: () => [changed(1)] });
    await expect.poll(() => server.heard).toEqual(["gap", changed(1)]);
    await server.stop();
    await db.close();
    await dropDatabase(url);
  });

  test("when the database was away for seconds", async () => {
    await using place = await startPostgres();
    const server = await serverOn(place.url);
    await place.stop();
    await new Promise((resolve) => setTimeout(resolve, 3000));
    await place.start();
    const back = performance.now();
    await expect.poll(() => server.heard, { interval: 20 }).toEqual(["gap"]);
    expect(performance.now() - back).toBeLessThan(3000);
    const client = postgres(place.url, { max: 1 });
    await client.notify(EVENT_CHANNEL, JSON.stringify(changed(1)));
    await expect.poll(() => server.heard).toEqual(["gap", changed(1)]);
    await client.end();
    await server.stop();
  });
});

test("a database that is away at the start is a StartupError within seconds", async () => {
  const url = "postgres://nobody:x@localhost:1/none";
  const service = listenForEvents(url, { channel: "c", events: createEventBus(log), log });
  const begun = performance.now();
  await expect(Promise.resolve(service.start!())).rejects.toThrow(StartupError);
  expect(performance.now() - begun).toBeLessThan(8000);
  await service.stop!();
});
