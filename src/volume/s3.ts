import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { Readable } from "node:stream";
import { DomainError } from "../domain/kernel/errors.ts";
import { OUTPUT_SUBDIRS, parseOutputDir } from "../domain/outputs/output_dir.ts";
import {
  exactly,
  isOutputDir,
  type OutputFile,
  parseOutputPath,
  type Volume,
} from "../domain/outputs/volume.ts";

/** A bucket and how to reach it, as `OUTPUTS_URL` and the environment said. */
export interface S3Location {
  kind: "s3";
  bucket: string;
  /** Before every key: empty, or ends in `/`. */
  prefix: string;
  /** `undefined`: AWS itself. */
  endpoint: string | undefined;
  region: string;
  /** The bucket in the path instead of the host name, as most services beside AWS want it. */
  pathStyle: boolean;
  credentials: {
    accessKeyId: string;
    secretAccessKey: string;
    sessionToken: string | undefined;
  };
}

/** One call with its retry; a dead bucket must answer 503 in seconds. */
const CALL_TIMEOUT_MS = 6_000;
const ATTEMPTS = 2;
/** Of a file's content, which may take longer than a call. */
const IDLE_TIMEOUT_MS = 30_000;

/** What a status says about a bucket. */
const HEAD_REASONS = new Map<number | undefined, string>([
  [301, "the bucket is in another region"],
  [403, "no access to the bucket"],
  [404, "there is no such bucket"],
]);

/**
 * Output directories in a bucket: `outputs/1/…` lives at `{prefix}1/…/`. A directory is an empty
 * object whose key ends in `/`, as S3 browsers show folders. What makes a name somebody's is the
 * conditional put of the directory's own object; a service that ignores the condition leaves that to
 * the unique `output_dir` of the database.
 */
export function openS3Volume(location: S3Location): Volume {
  const { bucket, prefix } = location;
  const client = new S3Client({
    region: location.region,
    ...(location.endpoint !== undefined && { endpoint: location.endpoint }),
    forcePathStyle: location.pathStyle,
    credentials: {
      accessKeyId: location.credentials.accessKeyId,
      secretAccessKey: location.credentials.secretAccessKey,
      ...(location.credentials.sessionToken !== undefined &&
        { sessionToken: location.credentials.sessionToken }),
    },
    maxAttempts: ATTEMPTS,
    requestHandler: { connectionTimeout: 2_000 },
    // Services beside AWS do not all know the newer checksums.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });

  return {
    async reserve(outputDir) {
      const directory = keyOf(outputDir);
      return await orUnavailable(async (abortSignal) => {
        if (!await putDirectory(directory, { abortSignal, onlyIfNew: true })) return false;
        try {
          await Promise.all(
            OUTPUT_SUBDIRS.map((name) => putDirectory(`${directory}${name}/`, { abortSignal })),
          );
        } catch (error) {
          await removeAll(directory, abortSignal).catch(() => {});
          throw error;
        }
        return true;
      });
    },

    async list(outputDir) {
      const directory = keyOf(outputDir);
      return await orUnavailable(async (abortSignal) => {
        const files: OutputFile[] = [];
        let found = false;
        for await (const objects of pages(directory, abortSignal)) {
          found ||= objects.length > 0;
          for (const { key, size } of objects) {
            if (key !== directory) files.push({ path: key.slice(directory.length), size });
          }
        }
        return found ? files.sort((a, b) => a.path < b.path ? -1 : 1) : undefined;
      });
    },

    async remove(outputDir) {
      const directory = keyOf(outputDir);
      await orUnavailable((abortSignal) => removeAll(directory, abortSignal));
    },

    async removeEmpty(outputDir, { before }) {
      const directory = keyOf(outputDir);
      return await orUnavailable(async (abortSignal) => {
        const standard = [...OUTPUT_SUBDIRS.map((name) => `${directory}${name}/`), directory];
        const found = new Set<string>();
        for await (const objects of pages(directory, abortSignal)) {
          for (const { key, size, modified } of objects) {
            if (!standard.includes(key) || size > 0 || !(modified < before)) return false;
            found.add(key);
          }
        }
        // One by one and the directory's own last: a file that has come meanwhile is none of them.
        for (const Key of standard.filter((key) => found.has(key))) {
          await client.send(new DeleteObjectCommand({ Bucket: bucket, Key }), { abortSignal });
        }
        return found.size > 0;
      });
    },

    async *directories() {
      const idle = idleTimer();
      yield* await orUnavailable(async () => {
        const found = new Set<string>();
        idle.arm();
        try {
          for await (const objects of pages(prefix, idle.signal)) {
            idle.arm();
            for (const { key } of objects) {
              const [project, leaf, ...inside] = key.slice(prefix.length).split("/");
              if (inside.length > 0) found.add(`outputs/${project}/${leaf}`);
            }
          }
        } finally {
          idle.disarm();
        }
        return [...found].filter(isOutputDir);
      });
    },

    async read(outputDir, path) {
      const key = fileKeyOf(outputDir, path);
      const idle = idleTimer();
      return await orUnavailable(async () => {
        idle.arm();
        try {
          const command = new GetObjectCommand({ Bucket: bucket, Key: key });
          const { Body } = await client.send(command, { abortSignal: idle.signal });
          return Body && ReadableStream.from(received(Body.transformToWebStream(), idle));
        } catch (error) {
          if (isNotFound(error)) return undefined;
          throw error;
        } finally {
          idle.disarm();
        }
      });
    },

    async md5(outputDir, path) {
      const key = fileKeyOf(outputDir, path);
      return await orUnavailable(async (abortSignal) => {
        try {
          const command = new HeadObjectCommand({ Bucket: bucket, Key: key });
          const { ETag = "" } = await client.send(command, { abortSignal });
          // The tag of an object that was put in parts is something else.
          return /^"([0-9a-f]{32})"$/.exec(ETag)?.[1];
        } catch (error) {
          if (isNotFound(error)) return undefined;
          throw error;
        }
      });
    },

    async write(outputDir, { path, size, content }) {
      const key = fileKeyOf(outputDir, path);
      const idle = idleTimer();
      await orUnavailable(async () => {
        const body = Readable.from(sent(exactly(size, content), idle), { objectMode: false });
        // The client does not hear of a source that fails, and would wait for the rest.
        body.once("error", idle.abort);
        idle.arm();
        try {
          await client.send(
            new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentLength: size }),
            { abortSignal: idle.signal },
          );
        } catch (error) {
          throw body.errored ?? error;
        } finally {
          idle.disarm();
          body.destroy();
        }
      });
    },

    async makeDirectory(outputDir, path) {
      const key = `${fileKeyOf(outputDir, path).replace(/\/$/, "")}/`;
      await orUnavailable((abortSignal) => putDirectory(key, { abortSignal }));
    },

    // A bucket holds output directories alone.
    async tidy() {},

    async ping() {
      await orUnavailable(async (abortSignal) => {
        try {
          await client.send(new HeadBucketCommand({ Bucket: bucket }), { abortSignal });
        } catch (error) {
          // The answer to HEAD has no body, so the service's own words are missing.
          const reason = HEAD_REASONS.get(statusOf(error));
          throw reason === undefined ? error : new Error(`${reason}: ${bucket}`, { cause: error });
        }
      });
    },

    // deno-lint-ignore require-await -- the port is asynchronous, this adapter is not
    async close() {
      client.destroy();
    },
  };

  function keyOf(outputDir: string): string {
    const { project, leaf } = parseOutputDir(outputDir);
    return `${prefix}${project}/${leaf}/`;
  }

  function fileKeyOf(outputDir: string, path: string): string {
    parseOutputPath(path);
    return keyOf(outputDir) + path;
  }

  /** `false`: it is there already. */
  async function putDirectory(
    key: string,
    { abortSignal, onlyIfNew = false }: { abortSignal: AbortSignal; onlyIfNew?: boolean },
  ): Promise<boolean> {
    try {
      const condition = onlyIfNew ? { IfNoneMatch: "*" } : {};
      await client.send(
        new PutObjectCommand({ Bucket: bucket, Key: key, ContentLength: 0, ...condition }),
        { abortSignal },
      );
      return true;
    } catch (error) {
      const status = statusOf(error);
      // 409: another put of the same key is under way.
      if (onlyIfNew && (status === 412 || status === 409)) return false;
      throw error;
    }
  }

  /** The directory's own object goes last: until everything is gone, the name is taken. */
  async function removeAll(directory: string, abortSignal: AbortSignal): Promise<void> {
    for await (const objects of pages(directory, abortSignal)) {
      const inside = objects.filter(({ key }) => key !== directory);
      if (inside.length === 0) continue;
      const { Errors = [] } = await client.send(
        new DeleteObjectsCommand({
          Bucket: bucket,
          Delete: { Objects: inside.map(({ key }) => ({ Key: key })), Quiet: true },
        }),
        { abortSignal },
      );
      if (Errors.length > 0) throw new Error(`${Errors.length} objects could not be deleted`);
    }
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: directory }), { abortSignal });
  }

  /** The objects below a key, up to a thousand at a time, each page after the last key of the one
   * before: that holds good while objects come and go. */
  async function* pages(
    directory: string,
    abortSignal: AbortSignal,
  ): AsyncGenerator<{ key: string; size: number; modified: Date }[]> {
    let after: string | undefined;
    do {
      const page = await client.send(
        new ListObjectsV2Command({ Bucket: bucket, Prefix: directory, StartAfter: after }),
        { abortSignal },
      );
      const objects = (page.Contents ?? []).map(({ Key = "", Size = 0, LastModified }) => ({
        key: Key,
        size: Size,
        modified: LastModified ?? new Date(NaN),
      }));
      yield objects;
      after = page.IsTruncated ? objects.at(-1)?.key : undefined;
    } while (after !== undefined);
  }
}

/** A transfer may take as long as it takes, provided that something moves. */
function idleTimer() {
  const controller = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const disarm = () => clearTimeout(timer);
  return {
    signal: controller.signal,
    abort: (reason: unknown) => controller.abort(reason),
    arm() {
      disarm();
      timer = setTimeout(
        () => controller.abort(new Error("nothing was transferred for too long")),
        IDLE_TIMEOUT_MS,
      );
    },
    disarm,
  };
}
type IdleTimer = ReturnType<typeof idleTimer>;

/** Waits for the place, not for the reader. */
async function* received(
  content: AsyncIterable<Uint8Array>,
  idle: IdleTimer,
): AsyncGenerator<Uint8Array> {
  try {
    idle.arm();
    for await (const chunk of content) {
      idle.disarm();
      yield chunk;
      idle.arm();
    }
  } finally {
    idle.disarm();
  }
}

/** Whenever a part is taken, the one before has been sent. */
async function* sent(
  content: AsyncIterable<Uint8Array>,
  idle: IdleTimer,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of content) {
    idle.arm();
    yield chunk;
  }
}

function isNotFound(error: unknown): boolean {
  return statusOf(error) === 404 && (error as S3ServiceException).name !== "NoSuchBucket";
}

function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}

async function orUnavailable<T>(work: (abortSignal: AbortSignal) => Promise<T>): Promise<T> {
  try {
    return await work(AbortSignal.timeout(CALL_TIMEOUT_MS));
  } catch (cause) {
    throw new DomainError("unavailable", { key: "unavailable", what: "volume" }, { cause });
  }
}
