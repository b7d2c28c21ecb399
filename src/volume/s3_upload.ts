import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { Readable } from "node:stream";
import { idleTimer, within } from "./s3_deadlines.ts";

/** S3's limit for one request. */
const MAX_PUT_BYTES = 5 * 2 ** 30;
/** S3's limit for one upload. */
const MAX_PARTS = 10_000;
/** Held in memory for each upload. An upload of unknown size takes up to 156 GiB with it, as some
 * services want all parts but the last to have the same size. */
const PART_BYTES = 16 * 2 ** 20;
/** Content up to this size is held in memory, so that it can be sent again after a failure. */
const RETRIED_BYTES = 4 * 2 ** 20;
/** Sent at once: less than a slow line sends before the idle deadline. */
const SLICE = 64 * 1024;
/** The bucket may need minutes to assemble thousands of parts. */
const COMPLETE_MS = 5 * 60_000;

export interface Destination {
  client: S3Client;
  Bucket: string;
  Key: string;
  callMs: number;
  idleMs: number;
}

/**
 * Puts an object, whole or not at all, and returns its size. With a known size up to 5 GiB this is one
 * request, so that the object's ETag is its MD5; otherwise a multipart upload, unless one part is enough.
 */
export async function upload(
  content: AsyncIterable<Uint8Array>,
  { size, ...to }: Destination & { size: number | undefined },
): Promise<number> {
  if (size !== undefined && size <= RETRIED_BYTES) {
    return await putChunks({ chunks: await Array.fromAsync(content), size }, to);
  }
  if (size !== undefined && size <= MAX_PUT_BYTES) {
    await put(content, { ...to, size });
    return size;
  }
  const partBytes = Math.max(PART_BYTES, Math.ceil((size ?? 0) / MAX_PARTS));
  const parts = inParts(content, partBytes);
  const { value: first } = await parts.next();
  if (first!.size < partBytes) return await putChunks(first!, to);
  return await putParts(first!, { ...to, parts });
}

interface Part {
  chunks: Uint8Array[];
  size: number;
}

/** Parts of one size and a smaller last one, which may be empty. */
async function* inParts(
  content: AsyncIterable<Uint8Array>,
  partBytes: number,
): AsyncGenerator<Part, undefined> {
  let part: Part = { chunks: [], size: 0 };
  for await (let chunk of content) {
    while (part.size + chunk.length >= partBytes) {
      const taken = chunk.subarray(0, partBytes - part.size);
      yield { chunks: [...part.chunks, taken], size: partBytes };
      chunk = chunk.subarray(taken.length);
      part = { chunks: [], size: 0 };
    }
    part.chunks.push(chunk);
    part.size += chunk.length;
  }
  yield part;
}

async function putChunks({ chunks, size }: Part, to: Destination): Promise<number> {
  await put(chunks, { ...to, size, attempts: 2 });
  return size;
}

async function put(
  content: AsyncIterable<Uint8Array> | Uint8Array[],
  { client, Bucket, Key, idleMs, size: ContentLength, attempts }: Destination & {
    size: number;
    attempts?: number;
  },
): Promise<void> {
  await sendBody(content, {
    idleMs,
    attempts,
    send: (Body, abortSignal) =>
      client.send(new PutObjectCommand({ Bucket, Key, Body, ContentLength }), { abortSignal }),
  });
}

async function putParts(
  first: Part,
  { client, Bucket, Key, callMs, idleMs, parts }: Destination & { parts: AsyncIterable<Part> },
): Promise<number> {
  const { UploadId } = await client.send(
    new CreateMultipartUploadCommand({ Bucket, Key }),
    within(callMs),
  );
  const done: { ETag: string | undefined; PartNumber: number }[] = [];
  let total = 0;
  try {
    await sendPart(first);
    for await (const part of parts) if (part.size > 0) await sendPart(part);
    await client.send(
      new CompleteMultipartUploadCommand({
        Bucket,
        Key,
        UploadId,
        MultipartUpload: { Parts: done },
      }),
      within(COMPLETE_MS),
    );
    return total;
  } catch (error) {
    // If this fails too, `tidy` aborts the upload later.
    await client.send(
      new AbortMultipartUploadCommand({ Bucket, Key, UploadId }),
      within(callMs),
    ).catch(() => {});
    throw error;
  }

  async function sendPart({ chunks, size: ContentLength }: Part): Promise<void> {
    const PartNumber = done.length + 1;
    if (PartNumber > MAX_PARTS) throw new Error("the file is too large for a bucket");
    const { ETag } = await sendBody(chunks, {
      idleMs,
      attempts: 2,
      send: (Body, abortSignal) =>
        client.send(
          new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ContentLength }),
          { abortSignal },
        ),
    });
    done.push({ ETag, PartNumber });
    total += ContentLength;
  }
}

/** Sends a request with a body. Fails when nothing was sent for `idleMs`. */
async function sendBody<T>(
  content: AsyncIterable<Uint8Array> | Uint8Array[],
  { send, idleMs, attempts = 1 }: {
    send: (body: Readable, abortSignal: AbortSignal) => Promise<T>;
    idleMs: number;
    /** More than 1 only for content that can be read again. */
    attempts?: number | undefined;
  },
): Promise<T> {
  const idle = idleTimer(idleMs);
  let contentError: { cause: unknown } | undefined;
  const body = Readable.from(sent(), { objectMode: false });
  // Errors are thrown below; an event without a listener would end the process.
  body.on("error", () => {});
  idle.arm();
  try {
    return await send(body, idle.signal);
  } catch (error) {
    if (contentError) throw contentError.cause;
    if (idle.signal.aborted || attempts === 1) throw error;
  } finally {
    idle.disarm();
    body.destroy();
  }
  return await sendBody(content, { send, idleMs, attempts: attempts - 1 });

  async function* sent(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of content) {
        for (let i = 0; i < chunk.length; i += SLICE) {
          // The slice before has been sent.
          idle.arm();
          yield chunk.subarray(i, i + SLICE);
        }
      }
    } catch (cause) {
      contentError = { cause };
      // The client does not notice that the content failed, and would wait for the rest.
      idle.abort(cause);
      throw cause;
    }
  }
}
