import { Buffer } from "node:buffer";
import crypto from "node:crypto";
import { createRequire } from "node:module";
import { Readable } from "node:stream";

const require = createRequire(import.meta.url);
const S3Error = require("s3rver/lib/models/error.js");
const S3Object = require("s3rver/lib/models/object.js");

const MIN_PART_BYTES = 5 * 2 ** 20;

interface Stored {
  content: Buffer;
  md5: string;
  modified: Date;
  metadata: Record<string, string>;
}

interface Upload {
  bucket: string;
  key: string;
  metadata: Record<string, string>;
  initiated: Date;
  parts: Map<number, Buffer>;
}

/** What s3rver hands to its store. */
interface Incoming {
  bucket: string;
  key: string;
  content: Readable & { headers?: Record<string, string> };
  metadata: Record<string, string>;
}

/**
 * A store for s3rver that keeps objects in memory and does what S3 promises and s3rver's own store does
 * not: objects are replaced whole or not at all, `If-None-Match: *` is honoured, and listings are sorted
 * by bytes and can be paged.
 */
export function memoryStore() {
  const buckets = new Map<string, { created: Date; objects: Map<string, Stored> }>();
  const uploads = new Map<string, Upload>();
  const find = (bucket: string, key: string) => buckets.get(bucket)?.objects.get(key);

  return {
    uploads,

    getBucket(name: string) {
      const bucket = buckets.get(name);
      return bucket && { name, creationDate: bucket.created };
    },

    putBucket(name: string) {
      if (!buckets.has(name)) buckets.set(name, { created: new Date(), objects: new Map() });
      return this.getBucket(name);
    },

    // Rules for other sites and web pages in a bucket.
    getSubresource: () => null,

    listObjects(
      bucket: string,
      { delimiter = "", startAfter = "", prefix = "", maxKeys = Infinity }: {
        delimiter?: string;
        startAfter?: string;
        prefix?: string;
        maxKeys?: number;
      },
    ) {
      const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
      const keys = [...buckets.get(bucket)!.objects.keys()]
        .filter((key) => key.startsWith(prefix) && byBytes(key, startAfter) > 0).sort(byBytes);
      const objects: string[] = [];
      const commonPrefixes = new Set<string>();
      let isTruncated = false;
      for (const key of keys) {
        const end = delimiter ? key.indexOf(delimiter, prefix.length) : -1;
        const folder = end < 0 ? undefined : key.slice(0, end + delimiter.length);
        if (folder && commonPrefixes.has(folder)) continue;
        isTruncated = objects.length + commonPrefixes.size >= maxKeys;
        if (isTruncated) break;
        if (folder) commonPrefixes.add(folder);
        else objects.push(key);
      }
      return {
        objects: objects.map((key) => outgoing(bucket, key)),
        commonPrefixes: [...commonPrefixes],
        isTruncated,
      };
    },

    existsObject: (bucket: string, key: string) => find(bucket, key) !== undefined,

    getObject(bucket: string, key: string, options: { start?: number; end?: number } = {}) {
      const stored = find(bucket, key);
      if (!stored) return null;
      const object = outgoing(bucket, key);
      const { length } = stored.content;
      const { start = 0, end = Infinity } = options;
      if (options.start !== undefined) object.range = { start, end: Math.min(end, length - 1) };
      if (start < length || options.start === undefined) {
        object.content = Readable.from([stored.content.subarray(start, end + 1)]);
      }
      return object;
    },

    async putObject({ bucket, key, content, metadata }: Incoming) {
      const bytes = await bytesOf(content);
      if (content.headers?.["if-none-match"] === "*" && find(bucket, key)) {
        throw new S3Error("PreconditionFailed", "The object is there already");
      }
      return put(bucket, { key, content: bytes, metadata });
    },

    deleteObject: (bucket: string, key: string) => void buckets.get(bucket)!.objects.delete(key),

    initiateUpload(bucket: string, key: string, id: string, metadata: Record<string, string>) {
      uploads.set(id, { bucket, key, metadata, initiated: new Date(), parts: new Map() });
    },

    async putPart(_bucket: string, id: string, number: string, content: Incoming["content"]) {
      const bytes = await bytesOf(content);
      uploadOf(id).parts.set(Number(number), bytes);
      return { size: bytes.length, md5: md5Of(bytes) };
    },

    putObjectMultipart(_bucket: string, id: string, parts: { number: number }[]) {
      const { bucket, key, metadata, parts: given } = uploadOf(id);
      const contents = parts.map(({ number }) => given.get(number)!);
      if (contents.slice(0, -1).some(({ length }) => length < MIN_PART_BYTES)) {
        throw new S3Error("EntityTooSmall", "A part before the last is too small");
      }
      const content = Buffer.concat(contents);
      uploads.delete(id);
      const { size, md5 } = put(bucket, { key, content, metadata });
      // The tag of an object in parts is no MD5 of its content.
      find(bucket, key)!.md5 = `${md5}-${parts.length}`;
      return { size, md5: `${md5}-${parts.length}` };
    },
  };

  function put(
    bucket: string,
    { key, content, metadata }: Omit<Upload, "bucket" | "initiated" | "parts"> & {
      content: Buffer;
    },
  ) {
    const md5 = md5Of(content);
    buckets.get(bucket)!.objects.set(key, { content, md5, modified: new Date(), metadata });
    return { size: content.length, md5 };
  }

  function outgoing(bucket: string, key: string) {
    const { content, md5, modified, metadata } = find(bucket, key)!;
    return new S3Object(bucket, key, null, {
      ...metadata,
      etag: JSON.stringify(md5),
      "last-modified": modified.toUTCString(),
      "content-length": content.length,
    });
  }

  function uploadOf(id: string): Upload {
    const upload = uploads.get(id);
    if (!upload) throw new S3Error("NoSuchUpload", "There is no such upload");
    return upload;
  }
}

/** Fails when the client goes away before the end. */
async function bytesOf(content: Incoming["content"]): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of content) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const expected = content.headers?.["content-length"];
  if (expected !== undefined && Number(expected) !== bytes.length) {
    throw new S3Error("IncompleteBody", "The body has another length than announced");
  }
  return bytes;
}

function md5Of(content: Buffer): string {
  return crypto.createHash("md5").update(content).digest("hex");
}
