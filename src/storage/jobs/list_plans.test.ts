import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { EMBEDDED } from "../../../tests/support/backends.ts";
import { createDatabase, dropDatabase } from "../../../tests/support/postgres.ts";
import { createStorage, type Storage } from "../open.ts";
import { ORDERS, SORTS, type TrainingJobQuery } from "../../domain/jobs/list.ts";
import type { Database } from "../sql/database.ts";
import { openLibsqlFile } from "../drivers/libsql_file.ts";
import { migrate } from "../sql/migrate.ts";
import { openPostgres } from "../drivers/postgres.ts";
import { type Sql, sql, verbatim } from "../sql/sql.ts";

const ROWS = 20_000;
const NOW = "2024-01-18T15:30:00.000Z";
const BY_ANN = { actor: { kind: "user", id: 1 }, now: NOW } as const;

const DATABASES = {
  libsql: {
    async open() {
      const folder = await Deno.makeTempDir();
      return {
        db: await openLibsqlFile(`${folder}/trainyard.db`),
        close: () => Deno.remove(folder, { recursive: true }),
      };
    },
    explain: "explain query plan",
    /** `i`, `j` and `t` are what the statements call the table. */
    scan: /\bSCAN (training_jobs|i|j|t)\b/,
    numbers: sql`
      (with recursive numbers (i) as (select 1 union all select i + 1 from numbers where i < ${ROWS})
       select i from numbers) as numbers`,
  },
  postgres: {
    async open() {
      const url = await createDatabase(inject("postgres")[EMBEDDED]!);
      return { db: await openPostgres(url, { poolSize: 2 }), close: () => dropDatabase(url) };
    },
    explain: "explain",
    scan: /\bSeq Scan on training_jobs\b/,
    numbers: sql`generate_series(1, cast(${ROWS} as integer)) as numbers (i)`,
  },
};

describe.each(["libsql", "postgres"] as const)("on %s", (name) => {
  const { open, explain, scan, numbers } = DATABASES[name];
  let db: Database;
  let storage: Storage;
  let close: () => Promise<void>;
  /** What the storage has read since it was last emptied. */
  let statements: Sql[];

  beforeAll(async () => {
    ({ db, close } = await open());
    const folder = fileURLToPath(new URL(`../../../migrations/${name}`, import.meta.url));
    await migrate(db, { folder, now: new Date() });
    storage = createStorage({
      ...db,
      read(statement) {
        statements.push(statement);
        return db.read(statement);
      },
    });
    const account = { email: "ann@example.com", full_name: null, password_hash: "-" };
    await storage.users.insert({ ...account, created_at: NOW });
    await storage.users.insert({ ...account, email: "bob@example.com", created_at: NOW });
    for (const project of ["full", "small"]) {
      await storage.projects.insert({ name: project, description: "" }, { ...BY_ANN, ownerId: 1 });
    }
    await storage.members.insert(1, {
      ...BY_ANN,
      input: { email: "bob@example.com", role: "viewer" },
    });
    await db.write([sql`
      insert into training_jobs (
        project_id, model_name, framework, task_type, dataset_path, output_dir, status, accuracy,
        created_at, updated_at)
      select case when i % 100 = 0 then 2 else 1 end,
        case i % 5 when 0 then 'resnet18' when 1 then 'resnet50' else 'yolo11n' end, 'timm',
        case when i % 5 < 2 then 'image_classification' else 'object_detection' end,
        case i % 3 when 0 then 'pets' else 'cracks' end, 'outputs/' || i,
        case i % 7 when 0 then 'pending' when 1 then 'failed' else 'completed' end,
        case when i % 7 > 1 then (i % 1000) / 1000.0 end, ${NOW}, ${NOW}
      from ${numbers}`]);
    // Postgres does it by itself after a while, libSQL never.
    if (name === "postgres") await db.script("analyze");
  });

  afterAll(async () => {
    await db.close();
    await close();
  });

  async function plan(statement: Sql): Promise<string> {
    const rows = await db.read(sql`${verbatim(explain)} ${statement}`);
    return rows.map((row) => String(row.detail ?? row["QUERY PLAN"])).join("\n");
  }

  async function expectIndexed(work: () => Promise<unknown>): Promise<void> {
    statements = [];
    await work();
    expect(statements.length).toBeGreaterThan(0);
    for (const statement of statements) expect(await plan(statement)).not.toMatch(scan);
  }

  test("a scan is seen", async () => {
    expect(await plan(sql`select * from training_jobs i where loss = 0.5`)).toMatch(scan);
  });

  const filters: Partial<TrainingJobQuery>[] = [
    {},
    { project_id: 1 },
    { project_id: 1, status: "pending" },
    { project_id: 1, model_name: "resnet50" },
    { project_id: 1, search: "YOLO" },
    { project_id: 1, search: "nowhere" },
    { status: "completed", search: "pets" },
  ];
  describe.each(SORTS)("a list by %s", (sort) => {
    describe.each(ORDERS)("%s", (order) => {
      const key = { created_at: null, accuracy: 0.5, status: "failed" }[sort as string] ??
        "resnet50";
      const cursors = [undefined, { id: 10_000, key: sort === "created_at" ? null : key }];
      if (sort === "accuracy") cursors.push({ id: 10_000, key: null });

      test.each(filters)("%j reads no table from end to end", async (filter) => {
        for (const after of cursors) {
          await expectIndexed(() =>
            storage.jobs.list({ ...filter, sort, order, after, limit: 50 }, { userId: 1 })
          );
        }
      });
    });
  });

  test("nor does a list of what is shared", async () => {
    for (const filter of filters) {
      await expectIndexed(() => storage.jobs.list({ ...filter, limit: 50 }, { userId: 2 }));
    }
  });

  test("counts, projects and single jobs neither", async () => {
    await expectIndexed(() => storage.projects.list(1));
    await expectIndexed(() => storage.projects.roleOf(1, { userId: 2 }));
    await expectIndexed(() => storage.members.list(1, { userId: 2 }));
    await expectIndexed(() => storage.projects.find(1, { userId: 1 }));
    await expectIndexed(() =>
      storage.jobs.countByStatus({ project_id: 1, search: "yolo" }, { userId: 1 })
    );
    await expectIndexed(() => storage.jobs.find(5, { userId: 1 }));
    await expectIndexed(() => storage.jobs.findByOutputDir("outputs/5"));
  });
});

describe.each(["libsql", "postgres"] as const)("jobs from before the counts, on %s", (name) => {
  test("are counted by the migration", async () => {
    const { db, close } = await DATABASES[name].open();
    const all = fileURLToPath(new URL(`../../../migrations/${name}`, import.meta.url));
    const first = await Deno.makeTempDir();
    await Deno.copyFile(`${all}/0001_initial.sql`, `${first}/0001_initial.sql`);
    await migrate(db, { folder: first, now: new Date() });
    await db.script(`
      insert into users (email, password_hash, created_at) values ('a', '-', '${NOW}');
      insert into projects (user_id, name, created_at, updated_at)
      values (1, 'p', '${NOW}', '${NOW}');
      insert into training_jobs (
        project_id, model_name, framework, task_type, dataset_path, output_dir, status,
        created_at, updated_at)
      values (1, 'm', 'f', 't', 'd', '1', 'failed', '${NOW}', '${NOW}'),
        (1, 'm', 'f', 't', 'd', '2', 'failed', '${NOW}', '2024-02-01T00:00:00.000Z'),
        (1, 'm', 'f', 't', 'd', '3', 'pending', '${NOW}', '${NOW}')`);
    await migrate(db, { folder: all, now: new Date() });
    const storage = createStorage(db);
    expect(await storage.projects.find(1, { userId: 1 })).toMatchObject({
      experiment_count: 3,
      experiments_by_status: { pending: 1, running: 0, completed: 0, failed: 2, cancelled: 0 },
      last_activity_at: "2024-02-01T00:00:00.000Z",
    });
    await db.close();
    await close();
    await Deno.remove(first, { recursive: true });
  });
});
