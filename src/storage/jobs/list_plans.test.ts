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
import { type Sql, sql } from "../sql/sql.ts";

const ROWS = 20_000;
const NOW = "2024-01-18T15:30:00.000Z";
/** How many of the rows a page of 50 may read on Postgres. */
const MAX_READ = 2000;
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
    analyze: () => Promise.resolve(),
    /** Scans of the table, which statements call `i` or `j`, and sorts of all jobs of a group. */
    async flaws(db: Database, statement: Sql): Promise<string[]> {
      const rows = await db.read(sql`explain query plan ${statement}`);
      const steps = new Map(rows.map((row) => [row.id, String(row.detail)]));
      return rows.filter(({ detail, parent }) =>
        /^SCAN (training_jobs|i|j)\b/.test(String(detail)) ||
        detail === "USE TEMP B-TREE FOR ORDER BY" && /SUBQUERY/.test(steps.get(parent) ?? "")
      ).map(({ detail }) => String(detail));
    },
    numbers: sql`
      (with recursive numbers (i) as (select 1 union all select i + 1 from numbers where i < ${ROWS})
       select i from numbers) as numbers`,
  },
  postgres: {
    async open() {
      const url = await createDatabase(inject("postgres")[EMBEDDED]!);
      return { db: await openPostgres(url, { poolSize: 2 }), close: () => dropDatabase(url) };
    },
    async analyze(db: Database) {
      await db.read(sql`vacuum (analyze) training_jobs`);
    },
    async flaws(db: Database, statement: Sql): Promise<string[]> {
      const [row] = await db.read(sql`explain (analyze, format json) ${statement}`);
      const [{ Plan: plan }] = row!["QUERY PLAN"] as [{ Plan: PlanNode }];
      const nodes = allNodes(plan).filter((node) => node["Relation Name"] === "training_jobs");
      const read = nodes.reduce((sum, node) => sum + rowsRead(node), 0);
      return [
        ...nodes.map((node) => node["Node Type"]).filter((type) => type === "Seq Scan"),
        ...read > MAX_READ ? [`reads ${read} rows`] : [],
      ];
    },
    numbers: sql`generate_series(1, cast(${ROWS} as integer)) as numbers (i)`,
  },
};

interface PlanNode {
  "Node Type": string;
  "Relation Name"?: string;
  "Actual Rows": number;
  "Rows Removed by Filter"?: number;
  "Actual Loops": number;
  Plans?: PlanNode[];
}

function allNodes(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(allNodes)];
}

function rowsRead(node: PlanNode): number {
  return node["Actual Loops"] * (node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0));
}

describe.each(["libsql", "postgres"] as const)("on %s", (name) => {
  const { open, analyze, flaws, numbers } = DATABASES[name];
  let db: Database;
  let storage: Storage;
  let close: () => Promise<void>;
  /** The statements that the storage has read by. */
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
    await analyze(db);
  });

  afterAll(async () => {
    await db.close();
    await close();
  });

  async function expectIndexed(work: () => Promise<unknown>): Promise<void> {
    statements = [];
    await work();
    expect(statements.length).toBeGreaterThan(0);
    for (const statement of statements) expect(await flaws(db, statement)).toEqual([]);
  }

  test.each([
    ["a scan", sql`select * from training_jobs i where loss = 0.5`],
    [
      "a sort",
      sql`
        select * from projects g
        where id in (
          select id from training_jobs i where project_id = g.id order by loss limit 1)`,
    ],
  ])("%s is found", async (_, statement) => {
    expect(await flaws(db, statement)).not.toEqual([]);
  });

  const filters: Partial<TrainingJobQuery>[] = [
    {},
    { project_id: 1 },
    { project_id: 1, status: "pending" },
    { project_id: 1, model_name: "resnet50" },
    { project_id: 1, status: "pending", model_name: "resnet50" },
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

      test.each(filters)("%j reads a few jobs by index", async (filter) => {
        for (const after of cursors) {
          await expectIndexed(() =>
            storage.jobs.list({ ...filter, sort, order, after, limit: 50 }, { userId: 1 })
          );
        }
      });
    });
  });

  test("a list of shared projects reads a few jobs by index", async () => {
    for (const filter of filters) {
      await expectIndexed(() => storage.jobs.list({ ...filter, limit: 50 }, { userId: 2 }));
    }
  });

  test("counts, projects and single jobs are read by index", async () => {
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
