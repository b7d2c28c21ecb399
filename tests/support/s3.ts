import S3rver from "s3rver";

/** A service with the S3 protocol, on a free port, in a fresh folder. */
export interface S3Server extends AsyncDisposable {
  /** What `OUTPUTS_URL` and the environment must be to use it. */
  env: Record<string, string>;
}

const BUCKET = "trainyard-test";
/** For who must not see a listing fail: the service looks at the whole bucket, and stumbles over what
 * others delete meanwhile. */
export const QUIET_BUCKET = "trainyard-quiet";
/** What the package itself expects. */
const CREDENTIALS = { AWS_ACCESS_KEY_ID: "S3RVER", AWS_SECRET_ACCESS_KEY: "S3RVER" };

export async function startS3(): Promise<S3Server> {
  const directory = await Deno.makeTempDir({ prefix: "trainyard-s3-" });
  const server = new S3rver({
    address: "localhost",
    port: 0,
    silent: true,
    directory,
    configureBuckets: [BUCKET, QUIET_BUCKET].map((name) => ({ name, configs: [] })),
  });
  const { port } = await server.run();
  const endpoint = `http://localhost:${port}`;
  return {
    env: {
      OUTPUTS_URL: `s3://${BUCKET}/runs?endpoint=${encodeURIComponent(endpoint)}&region=us-east-1`,
      ...CREDENTIALS,
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      await Deno.remove(directory, { recursive: true });
    },
  };
}
