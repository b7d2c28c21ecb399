import { expect, test } from "vitest";
import { loadDatabaseLocation } from "../src/config.ts";
import { migrate } from "../src/storage/sql/migrate.ts";
import { openDatabase } from "../src/storage/open.ts";
import type { Backend } from "../tests/support/backends.ts";
import { DATASETS } from "../tests/support/api.ts";
import { openPlace, type Place } from "../tests/support/place.ts";
import { runScript } from "../tests/support/script.ts";
import { serverEnv, startServer } from "../tests/support/server.ts";

/** Runs the doctor and groups its findings by part: `{ outputs: ["wrong: …"] }`. */
async function examine(place: Place, { args = [] as string[], env = {} } = {}) {
  const { code, stdout, stderr } = await runScript("scripts/doctor.ts", {
    args,
    env: serverEnv(place.folder, { ...place.env, ...env }),
  });
  expect(stderr).toBe("");
  const parts: Record<string, string[]> = {};
  for (const line of stdout.trim().split("\n")) {
    const [, level, part, text] = /^(\w+) +([\w ]+?)  +(.+)$/.exec(line)!;
    (parts[part!] ??= []).push(`${level}: ${text}`);
  }
  return { code, parts };
}

async function migratedPlace(backend: Backend = "libsql × disk"): Promise<Place> {
  const place = await openPlace({ backend });
  const { db, migrations } = await openDatabase(loadDatabaseLocation(place.env));
  await migrate(db, { folder: migrations, now: new Date() });
  await db.close();
  return place;
}

test.each(["libsql × disk", "postgres × disk"] as const)(
  "everything is fine on %s",
  async (backend) => {
    const place = await migratedPlace(backend);
    const { code, parts } = await examine(place);
    expect(parts).toEqual({
      configuration: ["fine: development, sign-up open, 58 models"],
      datasets: [expect.stringMatching(/^fine: 3 datasets below /)],
      volume: [`fine: directories can be made in ${place.folder}/outputs`],
      "disk space": expect.arrayContaining([expect.stringMatching(/^\w+: \d+\.\d GiB free in /)]),
      database: ["fine: reachable, whole, every migration applied"],
      outputs: ["fine: every job has its directory, every directory a job"],
    });
    expect(code).toBe(0);
    await place.remove();
  },
);

test("a database in use is reported and everything else is checked", async () => {
  await using server = await startServer({ datasets: DATASETS });
  const { code, parts } = await examine(server.place, { args: ["--fix"] });
  expect(code).toBe(0);
  expect(parts).toMatchObject({
    configuration: [expect.stringMatching("^fine")],
    volume: [expect.stringMatching("^fine")],
    database: [expect.stringMatching("^note: a running server uses it")],
  });
  expect(parts.outputs).toBeUndefined();
});

test("--fix applies pending migrations but not edited ones", async () => {
  const place = await openPlace({ backend: "libsql × disk" });
  await place.sql("pragma journal_mode = wal");
  const pending = await examine(place);
  expect(pending.code).toBe(1);
  expect(pending.parts.database).toEqual([expect.stringMatching(/^wrong: waits for 0001_initial/)]);
  const mended = await examine(place, { args: ["--fix"] });
  expect(mended.code).toBe(0);
  expect(mended.parts.database).toEqual([expect.stringMatching(/^mended: applied 0001_initial/)]);

  await place.sql("update schema_migrations set checksum = 'other' where version = 1");
  const changed = await examine(place, { args: ["--fix"] });
  expect(changed.code).toBe(1);
  expect(changed.parts.database).toEqual([expect.stringMatching("^wrong: .* was edited after")]);
  await place.remove();
});

test("a damaged database is reported", async () => {
  const place = await migratedPlace();
  // Damages an index rather than pages that are read on opening.
  await place.sql(
    "pragma wal_checkpoint(truncate)",
    "pragma writable_schema = on",
    "update sqlite_schema set rootpage = (select max(rootpage) from sqlite_schema) " +
      "where name = 'training_jobs_status'",
  );
  const { code, parts } = await examine(place, { args: ["--fix"] });
  expect(code).toBe(1);
  expect(parts.database).toEqual([expect.stringMatching("^wrong: damaged: ")]);
  expect(parts.outputs).toBeUndefined();
  await place.remove();
});

test("an invalid configuration hides no other findings, and no secret is shown", async () => {
  const place = await openPlace({ backend: "libsql × disk" });
  const guessable = await examine(place, {
    env: {
      JWT_SECRET: "change-me".repeat(5),
      OUTPUTS_URL: "file:/dev/null",
      DATABASE_URL: "postgres://ann:hunter2@127.0.0.1:9/x",
    },
  });
  expect(guessable.code).toBe(1);
  expect(guessable.parts).toMatchObject({
    secret: [expect.stringMatching(/^wrong: JWT_SECRET can be guessed/)],
    volume: [expect.stringMatching(/^wrong: nothing can be made in \/dev\/null: /)],
    database: [
      expect.stringMatching(
        /^wrong: DATABASE_URL: cannot connect to database x at 127\.0\.0\.1:9: /,
      ),
    ],
  });
  const short = await examine(place, { env: { JWT_SECRET: "hunter2" } });
  expect(short.code).toBe(1);
  expect(short.parts).toMatchObject({
    configuration: [expect.stringMatching(/^wrong: JWT_SECRET: needs at least 32 bytes/)],
    volume: [expect.stringMatching(/^fine/)],
    database: [expect.stringMatching(/^note/)],
  });
  expect(JSON.stringify([guessable, short])).not.toMatch(/hunter2|change-me/);
  await place.remove();
});
