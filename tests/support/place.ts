import { ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { createClient } from "@libsql/client";
import { join } from "node:path";
import postgres from "postgres";
import { inject } from "vitest";
import type { Backend } from "./backends.ts";
import { createDatabase, dropDatabase } from "./postgres.ts";

declare module "vitest" {
  interface ProvidedContext {
    backend: Backend;
    /** The name of the PostgreSQL for the backends that want one. */
    postgresServer: string;
  }
}

/** Where a server keeps what it must not lose: a database and a volume of its own, both empty. */
export interface Place {
  backend: Backend;
  /** For whatever files a test needs; a disk's `outputs/` and a libSQL file lie in it too. */
  folder: string;
  /** What makes a server use it. */
  env: Record<string, string>;
  /** Runs SQL and answers the last statement's rows; on libSQL only once the server has stopped. */
  sql(...statements: string[]): Promise<Record<string, unknown>[]>;
  /** Every output directory, as `output_dir` has them, each with what is inside. */
  outputDirs(): Promise<Map<string, string[]>>;
  /** Puts a file into an output directory, as a trainer does. */
  putOutput(outputDir: string, path: string, text: string): Promise<void>;
  remove(): Promise<void>;
}

/** An empty place on the backend that this run of the tests is for, or another. */
export async function openPlace(
  { backend = inject("backend"), postgresUrl }: {
    backend?: Backend;
    /** Of another server than the one all tests share. */
    postgresUrl?: string;
  } = {},
): Promise<Place> {
  // Real, as the datasets below it must lie where they seem to.
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "trainyard-" }));
  const database = backend.startsWith("libsql")
    ? libsqlIn(folder)
    : await postgresDatabase(postgresUrl ?? inject("postgres")[inject("postgresServer")]!);
  const volume = backend.endsWith("disk") ? diskIn(folder) : bucket();
  return {
    backend,
    folder,
    env: { ...database.env, ...volume.env },
    sql: database.sql,
    outputDirs: volume.outputDirs,
    putOutput: volume.putOutput,
    async remove() {
      await database.remove();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

type DatabasePlace = Pick<Place, "env" | "sql" | "remove">;
type VolumePlace = Pick<Place, "env" | "outputDirs" | "putOutput">;

function libsqlIn(folder: string): DatabasePlace {
  const url = `file:${folder}/trainyard.db`;
  return {
    env: { DATABASE_URL: url },
    async sql(...statements) {
      const client = createClient({ url });
      try {
        let rows: Record<string, unknown>[] = [];
        for (const statement of statements) {
          rows = [...(await client.execute(statement)).rows];
        }
        return rows.map((row) => ({ ...row }));
      } finally {
        client.close();
      }
    },
    remove: () => Promise.resolve(),
  };
}

async function postgresDatabase(server: string): Promise<DatabasePlace> {
  const url = await createDatabase(server);
  return {
    // Without a file there is no folder beside it to keep a secret in.
    env: { DATABASE_URL: url, JWT_SECRET: crypto.randomUUID() },
    async sql(...statements) {
      const client = postgres(url, { max: 1 });
      try {
        let rows: Record<string, unknown>[] = [];
        for (const statement of statements) {
          rows = [...await client.unsafe(statement)];
        }
        return rows;
      } finally {
        await client.end();
      }
    },
    remove: () => dropDatabase(url),
  };
}

function diskIn(folder: string): VolumePlace {
  return {
    env: { OUTPUTS_URL: `file:${folder}/outputs` },
    async outputDirs() {
      const found = new Map<string, string[]>();
      for (const project of await namesIn(join(folder, "outputs"))) {
        // Directories that are being made.
        if (project.startsWith(".")) continue;
        for (const leaf of await namesIn(join(folder, "outputs", project))) {
          const inside = await namesIn(join(folder, "outputs", project, leaf));
          found.set(`outputs/${project}/${leaf}`, inside);
        }
      }
      return found;
    },
    putOutput: (outputDir, path, text) => Deno.writeTextFile(join(folder, outputDir, path), text),
  };
}

function bucket(): VolumePlace {
  const { s3rver: location } = inject("s3");
  if (!location) throw new Error("no S3 service was started");
  const prefix = crypto.randomUUID();
  const client = new S3Client({
    region: location.region,
    endpoint: location.endpoint!,
    forcePathStyle: location.pathStyle,
    credentials: {
      accessKeyId: location.credentials.accessKeyId,
      secretAccessKey: location.credentials.secretAccessKey,
    },
  });
  const { OUTPUTS_URL = "", ...credentials } = inject("s3Env");
  const url = new URL(OUTPUTS_URL);
  url.pathname = `/${prefix}`;
  return {
    env: { OUTPUTS_URL: url.href, ...credentials },
    async outputDirs() {
      const found = new Map<string, string[]>();
      const Prefix = `${prefix}/`;
      const { Contents = [] } = await client.send(
        new ListObjectsV2Command({ Bucket: location.bucket, Prefix }),
      );
      for (const { Key = "" } of Contents) {
        const [project, leaf, ...rest] = Key.slice(Prefix.length).split("/");
        const directory = `outputs/${project}/${leaf}`;
        const inside = found.get(directory) ?? [];
        const name = rest[0];
        if (name && !inside.includes(name)) inside.push(name);
        found.set(directory, inside);
      }
      return found;
    },
    async putOutput(outputDir, path, text) {
      const Key = `${prefix}/${outputDir.replace(/^outputs\//, "")}/${path}`;
      await client.send(
        new PutObjectCommand({ Bucket: location.bucket, Key, Body: text }),
      );
    },
  };
}

async function namesIn(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name)
    .sort();
}
