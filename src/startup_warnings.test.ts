import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { gatherStartupFacts, type StartupFacts, startupWarnings } from "./startup_warnings.ts";

const DATABASE = { variable: "DATABASE_URL", folder: "/app/data", mounted: false } as const;
const OUTPUTS = { variable: "OUTPUTS_URL", folder: "/app/outputs", mounted: false } as const;

const ON_RAILWAY: StartupFacts = {
  production: true,
  railway: true,
  container: true,
  places: [DATABASE, OUTPUTS],
};

describe("startup warnings", () => {
  test("name each folder that will be lost and how to keep it", () => {
    expect(startupWarnings(ON_RAILWAY)).toEqual([
      "DATABASE_URL: /app/data is not on a volume; accounts, projects and jobs will be lost with the next deployment. Mount a volume at /app/data, or set DATABASE_URL to a Postgres database",
      "OUTPUTS_URL: /app/outputs is not on a volume; output directories will be lost with the next deployment. Mount a volume at /app/outputs, or set OUTPUTS_URL to an s3: URL",
    ]);
    expect(startupWarnings({ ...ON_RAILWAY, railway: false })[0])
      .toContain("will be lost with this container.");
  });

  test("leave out folders on a volume", () => {
    const places = [DATABASE, { ...OUTPUTS, mounted: true }];
    expect(startupWarnings({ ...ON_RAILWAY, places })).toEqual([
      expect.stringMatching(/^DATABASE_URL: /),
    ]);
    expect(startupWarnings({ ...ON_RAILWAY, places: [] })).toEqual([]);
  });

  test.each<[string, Partial<StartupFacts>]>([
    ["in development", { production: false }],
    ["outside a container", { railway: false, container: false }],
  ])("are empty %s", (_, facts) => {
    expect(startupWarnings({ ...ON_RAILWAY, ...facts })).toEqual([]);
  });
});

describe("gatherStartupFacts", () => {
  let folder: string;

  beforeAll(async () => {
    folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "trainyard-" }));
  });
  afterAll(() => Deno.remove(folder, { recursive: true }));

  const local = () => ({
    env: "production" as const,
    database: { kind: "libsql-file" as const, path: `${folder}/data/trainyard.db` },
    volume: { kind: "local" as const, root: `${folder}/outputs` },
  });
  const mounted = async (environment: Record<string, string>) => {
    const { places } = await gatherStartupFacts(local(), environment);
    return places.filter((place) => place.mounted).map(({ variable }) => variable);
  };

  test("uses Railway's volume variable on Railway", async () => {
    const railway = { RAILWAY_ENVIRONMENT: "production" };
    expect(await gatherStartupFacts(local(), railway)).toEqual({
      production: true,
      railway: true,
      container: true,
      places: [
        { variable: "DATABASE_URL", folder: `${folder}/data`, mounted: false },
        { variable: "OUTPUTS_URL", folder: `${folder}/outputs`, mounted: false },
      ],
    });
    const at = (path: string) => mounted({ ...railway, RAILWAY_VOLUME_MOUNT_PATH: path });
    expect(await at(`${folder}/outputs`)).toEqual(["OUTPUTS_URL"]);
    expect(await at(`${folder}/outputs/`)).toEqual(["OUTPUTS_URL"]);
    expect(await at(folder)).toEqual(["DATABASE_URL", "OUTPUTS_URL"]);
    expect(await at("/")).toEqual(["DATABASE_URL", "OUTPUTS_URL"]);
    expect(await at(`${folder}/out`)).toEqual([]);
  });

  test("compares file systems elsewhere", async (context) => {
    if (Deno.build.os !== "linux") context.skip("only Linux has /proc, a separate file system");
    const volume = { kind: "local" as const, root: "/proc/self" };
    const { places } = await gatherStartupFacts({ ...local(), volume }, {});
    expect(places.map((place) => place.mounted)).toEqual([false, true]);
  });

  test("lists no folder for a database server and a bucket", async () => {
    const elsewhere = {
      env: "production" as const,
      database: { kind: "postgres" as const, url: "postgres://host/name" },
      volume: { ...S3, kind: "s3" as const },
    };
    const facts = await gatherStartupFacts(elsewhere, { RAILWAY_ENVIRONMENT: "production" });
    expect(facts.places).toEqual([]);
  });
});

const S3 = {
  bucket: "outputs",
  prefix: "",
  endpoint: undefined,
  region: "auto",
  pathStyle: false,
  credentials: { accessKeyId: "key", secretAccessKey: "word", sessionToken: undefined },
};
