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

/** One request takes no more. */
const MAX_PUT_BYTES = 5 * 2 ** 30;
/** An upload takes no more parts. */
const MAX_PARTS = 10_000;
/** Of a part, which is held in memory: 156 GiB fit into one upload of unknown size. Some services want
 * all parts but the last to be equally large. */
const PART_BYTES = 16 * 2 ** 20;
/** Putting ten thousand parts together may take minutes. */
const COMPLETE_MS = 5 * 60_000;

export interface Destination {
  client: S3Client;
  Bucket: string;
  Key: string;
  callMs: number;
  idleMs: number;
}

/**
 * Puts an object, whole or not at all, and answers its size. With a known size it is one request
 * where that is possible, so that its ETag is its MD5; else parts, which are put together in the end.
 */
export async function upload(
  content: AsyncIterable<Uint8Array>,
  { size, ...to }: Destination & { size: number | undefined },
): Promise<number> {
  if (size !== undefined && size <= MAX_PUT_BYTES) {
    await put(content, { ...to, size });
    return size;
  }
  const partBytes = Math.max(PART_BYTES, Math.ceil((size ?? 0) / MAX_PARTS));
  const parts = inParts(content, partBytes);
  const { value: first } = await parts.next();
  if (first!.size < partBytes) {
    await put(first!.chunks, { ...to, size: first!.size });
    return first!.size;
  }
  return await putParts(first!, { ...to, parts });
}

interface Part {
  chunks: Uint8Array[];
  size: number;
}

/** Parts of one size, the last of them smaller, which may mean empty. */
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

async function put(
  content: AsyncIterable<Uint8Array> | Uint8Array[],
  { client, Bucket, Key, idleMs, size: ContentLength }: Destination & { size: number },
): Promise<void> {
  await sendBody(content, {
    idleMs,
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
    // What cannot be aborted now is left for `tidy`.
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

/** Sends a request with a body; it may take as long as it takes, provided that something moves. */
async function sendBody<T>(
  content: AsyncIterable<Uint8Array> | Uint8Array[],
  { send, idleMs, attempts = 1 }: {
    send: (body: Readable, abortSignal: AbortSignal) => Promise<T>;
    idleMs: number;
    /** More than one only for content that can be read again. */
    attempts?: number;
  },
): Promise<T> {
  const idle = idleTimer(idleMs);
  const body = Readable.from(sent(), { objectMode: false });
  // The client does not hear of a source that fails, and would wait for the rest.
  body.once("error", idle.abort);
  idle.arm();
  try {
    return await send(body, idle.signal);
  } catch (error) {
    if (body.errored || idle.signal.aborted || attempts === 1) throw body.errored ?? error;
  } finally {
    idle.disarm();
    body.destroy();
  }
  return await sendBody(content, { send, idleMs, attempts: attempts - 1 });

  /** When a chunk is asked for, the one before has been sent. */
  async function* sent(): AsyncGenerator<Uint8Array> {
    for await (const chunk of content) {
      idle.arm();
      yield chunk;
    }
  }
}
