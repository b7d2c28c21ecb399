import { Buffer } from "node:buffer";
import crypto from "node:crypto";
import S3rver from "s3rver";
import { memoryStore } from "./s3_store.ts";

/** A service with the S3 protocol on a free port, with objects in memory. */
export interface S3Server extends AsyncDisposable {
  /** What `OUTPUTS_URL` and the environment must be to use it. */
  env: Record<string, string>;
}

const BUCKET = "trainyard-test";
/** What the package itself expects. */
const CREDENTIALS = { AWS_ACCESS_KEY_ID: "S3RVER", AWS_SECRET_ACCESS_KEY: "S3RVER" };

export async function startS3(): Promise<S3Server> {
  const server = new S3rver({
    address: "localhost",
    port: 0,
    silent: true,
    configureBuckets: [{ name: BUCKET, configs: [] }],
  });
  const store = memoryStore();
  server.store = server.context.store = store;
  server.middleware.unshift(answerUploads(store));
  replaceDes();
  const { port } = await server.run();
  const endpoint = `http://localhost:${port}`;
  return {
    env: {
      OUTPUTS_URL: `s3://${BUCKET}/runs?endpoint=${encodeURIComponent(endpoint)}&region=us-east-1`,
      ...CREDENTIALS,
    },
    async [Symbol.asyncDispose]() {
      await server.close();
    },
  };
}

interface Context {
  method: string;
  query: Record<string, string>;
  status: number;
  body: unknown;
}

/** The two calls about uploads that s3rver does not have. */
function answerUploads({ uploads }: ReturnType<typeof memoryStore>) {
  return async (ctx: Context, next: () => Promise<void>): Promise<void> => {
    const { method, query } = ctx;
    if (method === "DELETE" && query.uploadId !== undefined) {
      ctx.status = uploads.delete(query.uploadId) ? 204 : 404;
    } else if (method === "GET" && query.uploads !== undefined) {
      const items = [...uploads].filter(([, { key }]) => key.startsWith(query.prefix ?? ""))
        .map(([id, { key, initiated }]) =>
          `<Upload><Key>${key}</Key><UploadId>${id}</UploadId>` +
          `<Initiated>${initiated.toISOString()}</Initiated></Upload>`
        );
      const inside = items.join("") + "<IsTruncated>false</IsTruncated>";
      ctx.body = `<ListMultipartUploadsResult>${inside}</ListMultipartUploadsResult>`;
    } else {
      await next();
    }
  };
}

/** s3rver encrypts continuation tokens with DES, which Deno does not have; nobody here reads them. */
function replaceDes(): void {
  const { createCipheriv } = crypto;
  const empty = { update: () => Buffer.alloc(0), final: () => Buffer.alloc(0) };
  crypto.createCipheriv =
    ((name: string, ...rest: [never, never]) =>
      name === "des" ? empty : createCipheriv(name, ...rest)) as typeof createCipheriv;
}
