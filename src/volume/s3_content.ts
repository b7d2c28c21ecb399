import type { GetObjectCommandOutput } from "@aws-sdk/client-s3";
import type { ByteRange, OutputContent } from "../domain/outputs/volume.ts";
import { bodyOf } from "./body.ts";
import type { IdleTimer } from "./s3_deadlines.ts";

export function rangeHeader({ start, end }: ByteRange): string {
  return `bytes=${start}-${end === undefined ? "" : end - 1}`;
}

/** The answer to a GET. The timer runs only while waiting for the bucket, not for the reader. */
export function received(
  { Body, ContentLength = 0, ContentRange, LastModified, ETag = "" }: GetObjectCommandOutput,
  { range, idle }: { range: ByteRange | undefined; idle: IdleTimer },
): OutputContent {
  const reader = Body!.transformToWebStream().getReader();
  const stop = () => void reader.cancel().catch(() => {});
  const whole = { start: 0, end: ContentLength, size: ContentLength };
  const given = range ? parseContentRange(ContentRange) : whole;
  if (!given) {
    stop();
    throw new Error("the bucket does not answer ranges");
  }
  const { start, end, size } = given;
  return {
    size,
    modified: LastModified ?? new Date(NaN),
    version: ETag,
    range: { start, end },
    body: bodyOf(async () => {
      const { value } = await idle.during(() => reader.read());
      return value;
    }, stop),
  };
}

function parseContentRange(header = ""): { start: number; end: number; size: number } | undefined {
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(header);
  if (!match) return undefined;
  const [start, last, size] = match.slice(1).map(Number) as [number, number, number];
  return { start, end: last + 1, size };
}
