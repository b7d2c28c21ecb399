import Database from "libsql";
import { join } from "node:path";
import postgres from "postgres";
import { OUTPUT_SUBDIRS } from "../../src/domain/outputs/output_dir.ts";
import { migrate } from "../../src/storage/sql/migrate.ts";
import { openDatabase } from "../../src/storage/open.ts";
import { createDatabase, dropDatabase } from "../../tests/support/postgres.ts";
import type { Outcome } from "./http_load.ts";
import type { Ground } from "./target.ts";

/** The minimum cost of a creation: its directories and its row, without a server. */
export interface Floor extends AsyncDisposable {
  /** Creates `together` jobs at a time, with concurrent `mkdir`s and one commit. */
  run(options: { together: number; seconds: number }): Promise<Omit<Outcome, "bytes">>;
}

type Insert = (outputDirs: string[]) => Promise<void>;

/** Uses an empty migrated database and an empty folder. */
export async function openFloor(ground: Ground): Promise<Floor> {
  const folder = await Deno.makeTempDir({ dir: ground.folder });
  const path = join(folder, "floor.db");
  const url = ground.postgresUrl === undefined
    ? undefined
    : await createDatabase(ground.postgresUrl);
  await migrateEmpty(
    url === undefined ? { kind: "libsql-file", path } : { kind: "postgres", url },
  );
  const { insert, close } = url === undefined ? openLibsql(path) : await openPostgres(url);
  let made = 0;

  return {
    async run({ together, seconds }) {
      const latencies: number[] = [];
      const begin = performance.now();
      let now = begin;
      while (now < begin + seconds * 1000) {
        const leaves = Array.from({ length: together }, () => `${++made}`);
        await Promise.all(leaves.map((leaf) => makeDirectories(join(folder, leaf))));
        await insert(leaves.map((leaf) => `outputs/1/${leaf}`));
        const done = performance.now();
        for (const _ of leaves) latencies.push(done - now);
        now = done;
      }
      return {
        failed: 0,
        rate: latencies.length / (now - begin) * 1000,
        latencies: Float64Array.from(latencies).sort(),
      };
    },
    async [Symbol.asyncDispose]() {
      await close();
      if (url !== undefined) await dropDatabase(url);
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Creates the parent first, which reserves the name. */
async function makeDirectories(leaf: string): Promise<void> {
  await Deno.mkdir(leaf);
  await Promise.all(OUTPUT_SUBDIRS.map((name) => Deno.mkdir(join(leaf, name))));
}

async function migrateEmpty(location: Parameters<typeof openDatabase>[0]): Promise<void> {
  const { db, migrations } = await openDatabase(location);
  await migrate(db, { folder: migrations, now: new Date() });
  await db.close();
}

const NOW = "2024-01-18T15:30:00.000Z";
const PARENTS = `
  insert into users (id, email, password_hash, created_at) values (1, 'a', '-', '${NOW}');
  insert into projects (id, user_id, name, created_at, updated_at)
  values (1, 1, 'Dog vs Cat', '${NOW}', '${NOW}');`;
const insertJob = (parameter: "?" | "$1") => `
  insert into training_jobs (
    project_id, model_name, framework, task_type, dataset_path, dataset_format, epochs, batch_size,
    learning_rate, optimizer, pretrained, output_dir, status, created_at, updated_at)
  values (
    1, 'yolo11n-seg', 'ultralytics', 'instance_segmentation', '/app/datasets/seg-coco8', 'yolo', 50,
    16, 0.01, 'adam', true, ${parameter}, 'pending', '${NOW}', '${NOW}')
  returning *`;

function openLibsql(path: string): { insert: Insert; close: () => Promise<void> } {
  const db = new Database(path);
  db.exec("pragma synchronous = full");
  db.exec("pragma foreign_keys = on");
  db.exec(PARENTS);
  const [begin, job, commit] = ["begin immediate", insertJob("?"), "commit"]
    .map((text) => db.prepare(text));
  return {
    insert(outputDirs) {
      begin!.run();
      for (const outputDir of outputDirs) job!.all([outputDir]);
      commit!.run();
      return Promise.resolve();
    },
    close() {
      db.close();
      return Promise.resolve();
    },
  };
}

async function openPostgres(url: string): Promise<{ insert: Insert; close: () => Promise<void> }> {
  const client = postgres(url, { max: 1, onnotice: () => {} });
  await client.unsafe(PARENTS);
  const text = insertJob("$1");
  const send = (connection: postgres.Sql | postgres.TransactionSql, outputDir: string) =>
    connection.unsafe(text, [outputDir], { prepare: true });
  return {
    async insert(outputDirs) {
      if (outputDirs.length === 1) await send(client, outputDirs[0]!);
      else {
        await client.begin((transaction) =>
          Promise.all(outputDirs.map((outputDir) => send(transaction, outputDir)))
        );
      }
    },
    close: () => client.end(),
  };
}
