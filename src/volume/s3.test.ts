import {
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { describe, expect, inject, test } from "vitest";
import { DomainError } from "../domain/kernel/errors.ts";
import { volumeConformance } from "../../tests/conformance/volume/volume.ts";
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
