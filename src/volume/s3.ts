import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListObjectsV2Command,
  type MultipartUpload,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from "@aws-sdk/client-s3";
import { OUTPUT_SUBDIRS, parseOutputDir } from "../domain/outputs/output_dir.ts";
import {
  checkPrefix,
  checkRange,
  comparePaths,
  exactly,
  isOutputDir,
  type OutputContent,
  type OutputFile,
  parseFilePath,
  parseOutputPath,
  type Volume,
} from "../domain/outputs/volume.ts";
import { emptyBody } from "./body.ts";
import { orUnavailable } from "./failures.ts";
import { rangeHeader, received } from "./s3_content.ts";
import { idleTimer, within } from "./s3_deadlines.ts";
import { upload } from "./s3_upload.ts";

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

const LIMITS = {
  /** Deadline of one request with its retry. */
  callMs: 6_000,
  /** How long a transfer may stand still. */
  idleMs: 30_000,
};
const ATTEMPTS = 2;
/** S3's limit for one answer. */
const PAGE = 1000;
/** Sorts after every character of a name. */
const LAST = "\u{10ffff}";
/** A live upload looks the same as an abandoned one; after so long it is taken for abandoned. */
const UPLOAD_MS = 24 * 60 * 60_000;

/** What a status says about a bucket. */
const HEAD_REASONS = new Map<number | undefined, string>([
  [301, "the bucket is in another region"],
  [403, "no access to the bucket"],
  [404, "there is no such bucket"],
]);
/** Some services do not list uploads, and some keys may not. */
const NOT_LISTED = new Set<number | undefined>([403, 405, 501]);

/**
 * Output directories in a bucket: `outputs/1/…` lives at `{prefix}1/…/`. A directory is an empty
 * object whose key ends in `/`, as S3 browsers show folders. A conditional put of that object decides
 * who gets a name; with a service that ignores the condition, the database's unique `output_dir` does.
 */
export function openS3Volume(location: S3Location, { callMs, idleMs } = LIMITS): Volume {
  const { bucket: Bucket, prefix } = location;
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
    // It would write to the console instead of the server's log; errors are thrown anyway.
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    requestHandler: { connectionTimeout: 2_000 },
    // Services beside AWS do not all know the newer checksums.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });

  return {
    async reserve(outputDir) {
      const directory = keyOf(outputDir);
      return await orUnavailable(async () => {
        if (!await putDirectory(directory, { onlyIfNew: true })) return false;
        try {
          await Promise.all(OUTPUT_SUBDIRS.map((name) => putDirectory(`${directory}${name}/`)));
        } catch (error) {
          await removeAll(directory).catch(() => {});
          throw error;
        }
        return true;
      });
    },

    async list(outputDir, { prefix: start = "", after = "", limit = Infinity } = {}) {
      checkPrefix(start);
      const directory = keyOf(outputDir);
      return await orUnavailable(async () => {
        const files: OutputFile[] = [];
        const options = { after: directory + after, limit };
        for await (const objects of pages(directory + start, options)) {
          for (const { key, size, modified } of objects) {
            files.push({ path: key.slice(directory.length), size, modified });
          }
        }
        return files.length > 0 || await exists(directory) ? files : undefined;
      });
    },

    async remove(outputDir) {
      const directory = keyOf(outputDir);
      await orUnavailable(() => removeAll(directory));
    },

    async removeEmpty(outputDir, { before }) {
      const directory = keyOf(outputDir);
      return await orUnavailable(async () => {
        const standard = [...OUTPUT_SUBDIRS.map((name) => `${directory}${name}/`), directory];
        const found = new Set<string>();
        for await (const objects of pages(directory)) {
          for (const { key, size, modified } of objects) {
            if (!standard.includes(key) || size > 0 || !(modified < before)) return false;
            found.add(key);
          }
        }
        // Delete only these, the directory's own object last: a file written meanwhile stays.
        for (const Key of standard.filter((key) => found.has(key))) {
          await client.send(new DeleteObjectCommand({ Bucket, Key }), within(callMs));
        }
        return found.size > 0;
      });
    },

    async tidy({ before }) {
      const begunBefore = new Date(before.getTime() - UPLOAD_MS);
      await orUnavailable(async () => {
        try {
          for await (const { Key, UploadId, Initiated } of uploads()) {
            if (!Initiated || Initiated >= begunBefore) continue;
            await client.send(
              new AbortMultipartUploadCommand({ Bucket, Key, UploadId }),
              within(callMs),
            );
          }
        } catch (error) {
          // Not found: another process is tidying too.
          if (!NOT_LISTED.has(statusOf(error)) && !isNotFound(error)) throw error;
        }
      });
    },

    async *directories() {
      for await (const project of foldersIn(prefix)) {
        for await (const folder of foldersIn(project)) {
          const outputDir = `outputs/${folder.slice(prefix.length, -1)}`;
          if (isOutputDir(outputDir)) yield outputDir;
        }
      }
    },

    async read(outputDir, path, { range } = {}) {
      const Key = fileKeyOf(outputDir, path);
      if (range) checkRange(range);
      return await orUnavailable(async () => {
        const idle = idleTimer(idleMs);
        idle.arm(callMs);
        try {
          const command = new GetObjectCommand({ Bucket, Key, Range: range && rangeHeader(range) });
          return received(await client.send(command, { abortSignal: idle.signal }), {
            range,
            idle,
          });
        } catch (error) {
          if (isNotFound(error)) return undefined;
          if (statusOf(error) === 416) return await beyondEnd(Key);
          throw error;
        } finally {
          idle.disarm();
        }
      });
    },

    async md5(outputDir, path) {
      const Key = fileKeyOf(outputDir, path);
      return await orUnavailable(async () => {
        // The ETag of a multipart upload is not an MD5.
        return /^"([0-9a-f]{32})"$/.exec((await head(Key))?.ETag ?? "")?.[1];
      });
    },

    async write(outputDir, { path, size, content }) {
      const to = { client, Bucket, Key: fileKeyOf(outputDir, path), callMs, idleMs };
      return await orUnavailable(async () => {
        try {
          return await upload(exactly(size, content), { ...to, size });
        } catch (error) {
          content.cancel(error).catch(() => {});
          throw error;
        }
      });
    },

    async removeFile(outputDir, path) {
      const Key = fileKeyOf(outputDir, path);
      await orUnavailable(() =>
        client.send(new DeleteObjectCommand({ Bucket, Key }), within(callMs))
      );
    },

    async makeDirectory(outputDir, path) {
      const key = `${keyOf(outputDir)}${parseOutputPath(path).join("/")}/`;
      await orUnavailable(() => putDirectory(key));
    },

    async ping() {
      await orUnavailable(async () => {
        try {
          await client.send(new HeadBucketCommand({ Bucket }), within(callMs));
        } catch (error) {
          // The answer to HEAD has no body that says why.
          const reason = HEAD_REASONS.get(statusOf(error));
          throw reason === undefined ? error : new Error(`${reason}: ${Bucket}`, { cause: error });
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
    return keyOf(outputDir) + parseFilePath(path).join("/");
  }

  /** `false`: it is there already. */
  async function putDirectory(
    Key: string,
    { onlyIfNew = false }: { onlyIfNew?: boolean } = {},
  ): Promise<boolean> {
    try {
      const condition = onlyIfNew ? { IfNoneMatch: "*" } : {};
      const command = new PutObjectCommand({ Bucket, Key, ContentLength: 0, ...condition });
      await client.send(command, within(callMs));
      return true;
    } catch (error) {
      const status = statusOf(error);
      // 409: another put of the same key is under way.
      if (onlyIfNew && (status === 412 || status === 409)) return false;
      throw error;
    }
  }

  /** Deletes the directory's own object last: the name stays taken until everything is gone. */
  async function removeAll(directory: string): Promise<void> {
    for await (const objects of pages(directory)) {
      const inside = objects.filter(({ key }) => key !== directory);
      if (inside.length === 0) continue;
      const { Errors = [] } = await client.send(
        new DeleteObjectsCommand({
          Bucket,
          Delete: { Objects: inside.map(({ key }) => ({ Key: key })), Quiet: true },
        }),
        within(callMs),
      );
      if (Errors.length > 0) throw new Error(`${Errors.length} objects could not be deleted`);
    }
    await client.send(new DeleteObjectCommand({ Bucket, Key: directory }), within(callMs));
  }

  async function exists(directory: string): Promise<boolean> {
    for await (const objects of pages(directory, { limit: 1 })) if (objects.length > 0) return true;
    return false;
  }

  /** The objects below a key in order, in pages. Each page starts after the last key of the one before,
   * which stays correct while objects come and go. */
  async function* pages(
    directory: string,
    { after, limit = Infinity }: { after?: string; limit?: number } = {},
  ): AsyncGenerator<{ key: string; size: number; modified: Date }[]> {
    let left = limit;
    let last = after;
    do {
      const page = await client.send(
        new ListObjectsV2Command({
          Bucket,
          Prefix: directory,
          StartAfter: last,
          MaxKeys: Math.min(left, PAGE),
        }),
        within(callMs),
      );
      const objects = (page.Contents ?? []).map(({ Key = "", Size = 0, LastModified }) => ({
        key: Key,
        size: Size,
        modified: LastModified ?? new Date(NaN),
      }));
      yield objects;
      left -= objects.length;
      last = page.IsTruncated ? objects.at(-1)?.key : undefined;
    } while (last !== undefined && left > 0);
  }

  /** Keys of the folders directly below one; they end in `/`. */
  async function* foldersIn(above: string): AsyncGenerator<string> {
    let last: string | undefined;
    do {
      const page = await orUnavailable(() =>
        client.send(
          new ListObjectsV2Command({ Bucket, Prefix: above, Delimiter: "/", StartAfter: last }),
          within(callMs),
        )
      );
      const folders = (page.CommonPrefixes ?? []).map(({ Prefix = "" }) => Prefix);
      yield* folders;
      const ends = [...folders.map((key) => key + LAST), page.Contents?.at(-1)?.Key ?? ""];
      last = page.IsTruncated ? ends.sort(comparePaths).at(-1) : undefined;
    } while (last);
  }

  /** Multipart uploads that are neither completed nor aborted. */
  async function* uploads(): AsyncGenerator<MultipartUpload> {
    let page: ListMultipartUploadsCommandOutput | undefined;
    do {
      page = await client.send(
        new ListMultipartUploadsCommand({
          Bucket,
          Prefix: prefix,
          KeyMarker: page?.NextKeyMarker,
          UploadIdMarker: page?.NextUploadIdMarker,
        }),
        within(callMs),
      );
      yield* page.Uploads ?? [];
    } while (page.IsTruncated);
  }

  async function head(Key: string) {
    try {
      return await client.send(new HeadObjectCommand({ Bucket, Key }), within(callMs));
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** The answer when a range starts after the end. */
  async function beyondEnd(Key: string): Promise<OutputContent | undefined> {
    const found = await head(Key);
    return found && {
      size: found.ContentLength ?? 0,
      modified: found.LastModified ?? new Date(NaN),
      version: found.ETag ?? "",
      range: undefined,
      body: emptyBody(),
    };
  }
}

function isNotFound(error: unknown): boolean {
  return statusOf(error) === 404 && (error as S3ServiceException).name !== "NoSuchBucket";
}

function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}
