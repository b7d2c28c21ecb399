import {
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { describe, expect, inject, test } from "vitest";
import { DomainError } from "../domain/kernel/errors.ts";
import { bytes, streamOf } from "../../tests/conformance/volume/fresh.ts";
import { volumeConformance } from "../../tests/conformance/volume/volume.ts";
import { openGate } from "../../tests/support/gate.ts";
import { openS3Volume, type S3Location } from "./s3.ts";

const DIRECTORY = "outputs/1/20240118_153000_m";

for (const [name, location] of Object.entries(inject("s3"))) {
  volumeConformance(name, () => {
    // A fresh place is a fresh prefix.
    const fresh = { ...location, prefix: `${location.prefix}${crypto.randomUUID()}/` };
    const { bucket: Bucket, prefix: Prefix } = fresh;
    const client = clientOf(fresh);
    return Promise.resolve({
      volume: openS3Volume(fresh),
      put: async (outputDir, path, text) => {
        const Key = `${Prefix}${outputDir.replace("outputs/", "")}/${path}`;
        await client.send(new PutObjectCommand({ Bucket, Key, Body: text }));
      },
      leftovers: async () => {
        const command = new ListMultipartUploadsCommand({ Bucket, Prefix });
        return ((await client.send(command)).Uploads ?? []).map(({ Key = "" }) => Key);
      },
      close: async () => {
        const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix }));
        for (const { Key } of Contents) await client.send(new DeleteObjectCommand({ Bucket, Key }));
        client.destroy();
      },
    });
  });
}

describe("a bucket", () => {
  const location = Object.values(inject("s3"))[0]!;

  /** A volume and the same one behind a gate, with deadlines of its own. */
  async function openTwice({ limits, delayMs = 0 }: {
    limits: { callMs: number; idleMs: number };
    delayMs?: number;
  }) {
    const { hostname, port } = new URL(location.endpoint!);
    const gate = openGate({ hostname, port: Number(port) }, { delayMs });
    const fresh = { ...location, prefix: `${crypto.randomUUID()}/` };
    const near = openS3Volume(fresh);
    await near.reserve(DIRECTORY);
    const endpoint = `http://127.0.0.1:${gate.port}`;
    return { gate, near, far: openS3Volume({ ...fresh, endpoint }, limits) };
  }

  test("that is slow has a deadline for each request, not for a call of many", async () => {
    const limits = { callMs: 2000, idleMs: 2000 };
    const { gate, far } = await openTwice({ limits, delayMs: 300 });
    using _ = gate;
    const begin = performance.now();
    const before = new Date(Date.now() + 60_000);
    expect(await far.removeEmpty(DIRECTORY, { before })).toBe(true);
    // Five requests, each late both ways.
    expect(performance.now() - begin).toBeGreaterThan(limits.callMs);
    await far.close();
  });

  test("that stalls fails what is read, written and asked, and recovers", async () => {
    const { gate, near, far } = await openTwice({ limits: { callMs: 2000, idleMs: 2000 } });
    using _ = gate;
    const size = 30_000_000;
    const file = () => ({ path: "logs/a.bin", content: streamOf([bytes(size)]) });
    await near.write(DIRECTORY, file());
    const reader = (await far.read(DIRECTORY, "logs/a.bin"))!.body.getReader();
    expect((await reader.read()).done).toBe(false);
    gate.shut();
    const calls: (() => Promise<unknown>)[] = [
      async () => {
        while (!(await reader.read()).done);
      },
      () => far.write(DIRECTORY, file()),
      () => far.write(DIRECTORY, { path: "logs/b", content: streamOf([bytes(9)]), size: 9 }),
      () => far.read(DIRECTORY, "logs/a.bin"),
      () => far.list(DIRECTORY),
      () => Array.fromAsync(far.directories()),
    ];
    const begin = performance.now();
    for (const outcome of await Promise.allSettled(calls.map((call) => call()))) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "unavailable" } });
    }
    expect(performance.now() - begin).toBeLessThan(15_000);
    gate.open();
    await expect.poll(() => far.list(DIRECTORY).catch(() => undefined)).toBeDefined();
    expect((await far.read(DIRECTORY, "logs/a.bin"))?.size).toBe(size);
    await far.close();
  });

  test("whose reader takes its time is not timed out", async () => {
    const limits = { callMs: 2000, idleMs: 2000 };
    const { gate, near, far } = await openTwice({ limits });
    using _ = gate;
    const size = 10_000_000;
    await near.write(DIRECTORY, { path: "logs/a.bin", content: streamOf([bytes(size)]), size });
    let taken = 0;
    for await (const chunk of (await far.read(DIRECTORY, "logs/a.bin"))!.body) {
      if (taken === 0) await new Promise((resolve) => setTimeout(resolve, limits.idleMs + 500));
      taken += chunk.length;
    }
    expect(taken).toBe(size);
    await far.close();
  });

  test.each<[string, number | undefined, number, number]>([
    ["a small file", 9, 1, 2],
    ["a small file of unknown size", undefined, 1, 2],
    ["a file too large to be held in memory", 5_000_000, 1, 1],
    ["a small file, refused for good", 9, 9, 2],
  ])("that refuses %s is asked again where that is possible", async (_, size, refusals, asked) => {
    const bodies: number[] = [];
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      async (c) => {
        bodies.push((await c.bytes()).length);
        return new Response(null, { status: bodies.length <= refusals ? 503 : 200 });
      },
    );
    const volume = openS3Volume({ ...location, endpoint: `http://127.0.0.1:${server.addr.port}` });
    const content = bytes(size ?? 9);
    const writing = volume.write(DIRECTORY, { path: "logs/a", content: streamOf([content]), size });
    if (asked > refusals) expect(await writing).toBe(content.length);
    else await expect(writing).rejects.toMatchObject({ code: "unavailable" });
    expect(bodies).toEqual(Array(asked).fill(content.length));
    await volume.close();
  });

  test("that never answers is unavailable within seconds", async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const endpoint = `http://127.0.0.1:${listener.addr.port}`;
    await expectUnavailable({ ...location, endpoint });
  });

  test.each<[string, Partial<S3Location>]>([
    ["at an address where nobody listens", { endpoint: "http://127.0.0.1:9" }],
    ["that does not exist", { bucket: "no-such-bucket" }],
    ["whose key is another", {
      credentials: { accessKeyId: "OTHER", secretAccessKey: "wrong", sessionToken: undefined },
    }],
  ])("%s is unavailable", async (_, change) => {
    await expectUnavailable({ ...location, ...change });
  });

  async function expectUnavailable(location: S3Location): Promise<void> {
    const volume = openS3Volume(location);
    const start = performance.now();
    for (const attempt of [() => volume.ping(), () => volume.reserve(DIRECTORY)]) {
      const error = await attempt().then(() => undefined, (error: unknown) => error);
      expect(error).toBeInstanceOf(DomainError);
      expect((error as DomainError).problem).toEqual({ key: "unavailable", what: "volume" });
    }
    expect(performance.now() - start).toBeLessThan(15_000);
  }
});

function clientOf({ endpoint, region, credentials, pathStyle }: S3Location): S3Client {
  return new S3Client({
    region,
    ...(endpoint !== undefined && { endpoint }),
    forcePathStyle: pathStyle,
    credentials: {
      accessKeyId: credentials.accessKeyId,
      secretAccessKey: credentials.secretAccessKey,
    },
  });
}
