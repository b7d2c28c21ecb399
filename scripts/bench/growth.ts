import Database from "libsql";
import postgres from "postgres";

const STEP = 100_000;

/**
 * Fills project 1 with `jobs` jobs of four models, half of them completed, the others of all
 * statuses, created at 20 per minute until a minute ago.
 */
export async function fill(databaseUrl: string, jobs: number): Promise<void> {
  const isFile = databaseUrl.startsWith("file:");
  const run = isFile ? openFile(databaseUrl.slice("file:".length)) : openServer(databaseUrl);
  for (let from = 1; from <= jobs; from += STEP) {
    const to = Math.min(jobs, from + STEP - 1);
    await run.execute(insertJobs({ from, to, last: jobs }, isFile));
  }
  await run.close();
}

function insertJobs(
  { from, to, last }: { from: number; to: number; last: number },
  isFile: boolean,
): string {
  const numbers = isFile
    ? `with recursive numbers (n) as (
         select ${from} union all select n + 1 from numbers where n < ${to})`
    : `with numbers (n) as (select * from generate_series(${from}, ${to}))`;
  const created = isFile
    ? `strftime('%Y-%m-%dT%H:%M:%fZ', 'now', (3 * (n - ${last}) - 60) || ' seconds')`
    : `date_trunc('second', now()) + (3 * (n - ${last}) - 60) * interval '1 second'`;
  return `
    insert into training_jobs (
      project_id, model_name, framework, task_type, dataset_path, dataset_format, epochs,
      batch_size, learning_rate, optimizer, pretrained, output_dir, status, accuracy, loss,
      created_at, updated_at)
    ${numbers}
    select
      1,
      case n % 4
        when 0 then 'yolo11n-seg' when 1 then 'resnet50' when 2 then 'yolov8m' else 'convnext_tiny'
      end,
      'ultralytics', 'detection', 'seg-coco8', 'yolo', 50, 16, 0.01, 'adam', true,
      'outputs/1/20200101_000000_filled_' || n,
      case n % 10
        when 0 then 'failed' when 1 then 'cancelled' when 2 then 'pending' when 3 then 'pending'
        when 4 then 'running' else 'completed'
      end,
      case when n % 10 > 4 then 0.5 end, case when n % 10 > 4 then 0.1 end,
      ${created}, ${created}
    from numbers`;
}

interface Runner {
  execute(text: string): Promise<unknown>;
  close(): Promise<void>;
}

function openFile(path: string): Runner {
  const db = new Database(path);
  return {
    execute: (text) => Promise.resolve(db.exec(text)),
    close() {
      db.close();
      return Promise.resolve();
    },
  };
}

function openServer(url: string): Runner {
  const client = postgres(url, { max: 1, onnotice: () => {} });
  return {
    execute: (text) => client.unsafe(text),
    async close() {
      // Autovacuum would do this some time after so many inserts.
      await client.unsafe("vacuum (analyze) training_jobs");
      await client.unsafe("vacuum (analyze) training_job_counts");
      await client.end();
    },
  };
}
