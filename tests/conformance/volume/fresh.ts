import { afterEach, beforeEach } from "vitest";
import type { OutputContent, OutputFile, Volume } from "../../../src/domain/outputs/volume.ts";

export const DIRECTORY = "outputs/1/20240118_153000_yolo11n-seg";
export const OTHER = "outputs/2/20240118_153000_yolo11n-seg";
/** What is in a directory that was just reserved. */
export const STANDARD = ["checkpoints/", "logs/", "results/"];

/** An empty volume of one test. */
export interface OpenVolume {
  volume: Volume;
  /** Puts a file into an output directory, as a trainer does; `path` is relative to it. */
  put(outputDir: string, path: string, text: string): Promise<void>;
  /** Temporary files and directories, uploads that were begun: nothing that a volume lists. */
  leftovers(): Promise<string[]>;
  /** Removes everything the test made. */
  close(): Promise<void>;
}

export type OpenFresh = () => Promise<OpenVolume>;

/** Opens a volume before each test and closes it after; its members are those of the present test. */
export function freshVolume(open: OpenFresh): OpenVolume {
  let current: OpenVolume;
  beforeEach(async () => void (current = await open()));
  afterEach(() => current.close());
  return {
    get volume() {
      return current.volume;
    },
    put: (...args) => current.put(...args),
    leftovers: () => current.leftovers(),
    close: () => current.close(),
  };
}

/** So many, each unlike its neighbours. */
export function bytes(size: number, seed = 7): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(size);
  for (let i = 0; i < size; i++) all[i] = i * seed + (i >> 8);
  return all;
}

/** A stream of chunks, and of an error at the end if one is given. */
export function streamOf(
  chunks: Iterable<Uint8Array>,
  error?: Error,
): ReadableStream<Uint8Array> {
  return ReadableStream.from((async function* () {
    yield* chunks;
    await Promise.resolve();
    if (error) throw error;
  })());
}

export async function write(
  { volume }: OpenVolume,
  path: string,
  content: Uint8Array,
): Promise<void> {
  await volume.write(DIRECTORY, { path, content: streamOf([content]), size: content.length });
}

export async function bytesOf(content: OutputContent | undefined): Promise<Uint8Array | undefined> {
  return content && await new Response(content.body as ReadableStream<Uint8Array<ArrayBuffer>>)
    .bytes();
}

export async function read(
  { volume }: OpenVolume,
  path: string,
): Promise<Uint8Array | undefined> {
  return await bytesOf(await volume.read(DIRECTORY, path));
}

export function pathsOf(files: OutputFile[] | undefined): string[] | undefined {
  return files?.map(({ path }) => path);
}

/** Paths with their sizes. */
export function sizesOf(files: OutputFile[] | undefined): [string, number][] | undefined {
  return files?.map(({ path, size }) => [path, size]);
}

export const textOf = (text: string) => new TextEncoder().encode(text);
