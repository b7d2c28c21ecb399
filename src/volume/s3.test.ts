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
import { type Gate, openGate } from "../../tests/support/gate.ts";
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

  /** A volume on the bucket behind a gate. */
  function volumeBehind(gate: Gate, limits: { callMs: number; idleMs: number }) {
    const endpoint = `http://127.0.0.1:${gate.port}`;
    return openS3Volume({ ...location, endpoint, prefix: `${crypto.randomUUID()}/` }, limits);
  }

  const address = () => {
    const { hostname, port } = new URL(location.endpoint!);
    return { hostname, port: Number(port) };
  };

  test("that is slow has a deadline for each request, not for a call of many", async () => {
    using gate = openGate(address(), { delayMs: 150 });
    const volume = volumeBehind(gate, { callMs: 1000, idleMs: 1000 });
    await volume.reserve(DIRECTORY);
    const begin = performance.now();
    const before = new Date(Date.now() + 60_000);
    expect(await volume.removeEmpty(DIRECTORY, { before })).toBe(true);
    // Five requests, each late both ways.
    expect(performance.now() - begin).toBeGreaterThan(1200);
    await volume.close();
  });

  test("that stalls fails what is read, written and asked, and recovers", async () => {
    using gate = openGate(address());
    const volume = volumeBehind(gate, { callMs: 500, idleMs: 1000 });
    await volume.reserve(DIRECTORY);
    const size = 30_000_000;
    const write = () =>
      volume.write(DIRECTORY, { path: "logs/a.bin", content: streamOf([bytes(size)]) });
    await write();
    const reader = (await volume.read(DIRECTORY, "logs/a.bin"))!.body.getReader();
    expect((await reader.read()).done).toBe(false);
    gate.shut();
    const calls: (() => Promise<unknown>)[] = [
      async () => {
        while (!(await reader.read()).done);
      },
      () => write(),
      () => volume.write(DIRECTORY, { path: "logs/b", content: streamOf([bytes(9)]), size: 9 }),
      () => volume.read(DIRECTORY, "logs/a.bin"),
      () => volume.list(DIRECTORY),
      () => Array.fromAsync(volume.directories()),
    ];
    const begin = performance.now();
    for (const outcome of await Promise.allSettled(calls.map((call) => call()))) {
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "unavailable" } });
    }
    expect(performance.now() - begin).toBeLessThan(10_000);
    gate.open();
    await expect.poll(() => volume.list(DIRECTORY).catch(() => undefined)).toBeDefined();
    expect((await volume.read(DIRECTORY, "logs/a.bin"))?.size).toBe(size);
    await volume.close();
  });

  test("whose reader takes its time is not timed out", async () => {
    using gate = openGate(address());
    const volume = volumeBehind(gate, { callMs: 500, idleMs: 200 });
    await volume.reserve(DIRECTORY);
    const size = 10_000_000;
    await volume.write(DIRECTORY, { path: "logs/a.bin", content: streamOf([bytes(size)]), size });
    let taken = 0;
    for await (const chunk of (await volume.read(DIRECTORY, "logs/a.bin"))!.body) {
      if (taken === 0) await new Promise((resolve) => setTimeout(resolve, 600));
      taken += chunk.length;
    }
    expect(taken).toBe(size);
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
