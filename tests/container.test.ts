import { beforeAll, describe, expect, test } from "vitest";
import server from "../deno.json" with { type: "json" };
import {
  ignores,
  type Instruction,
  parseDockerfile,
  parseExec,
} from "../scripts/prove/dockerfile.ts";
import { proveContainer } from "../scripts/prove_container.ts";

const ROOT = new URL("..", import.meta.url);

let instructions: Instruction[];

beforeAll(async () => {
  instructions = parseDockerfile(await Deno.readTextFile(new URL("Dockerfile", ROOT)));
});

const texts = (name: string) =>
  instructions.filter((one) => one.name === name)
    .map(({ text }) => text);
const lastIndex = (name: string) => instructions.findLastIndex((one) => one.name === name);

test("the image, its steps played, serves and ends as it should", async (context) => {
  if (Deno.build.os === "windows") context.skip("the image's steps are a Unix shell's");
  const proofs = await proveContainer();
  expect(proofs).toEqual([
    expect.stringMatching(/modules inside is imported$/),
    expect.stringMatching(/^scripts\/migrate\.ts runs: applied 0001_/),
    "HEALTHCHECK fails on 204, 500, 503",
    expect.stringMatching(/^HEALTHCHECK succeeds/),
    expect.stringMatching(/set-up link, readyz ok, job 1 pending in \/app\/outputs\/1\//),
    "SIGTERM ends it with status 0, and HEALTHCHECK fails then",
    expect.stringMatching(/^nothing but data and outputs was written/),
  ]);
}, 180_000);

describe("the Dockerfile", () => {
  test("has every stage on the Deno that the gate runs, pinned", async () => {
    const gate = await Deno.readTextFile(new URL(".ci/run", ROOT));
    const version = /\bdeno@(\d+\.\d+\.\d+)\b/.exec(gate)?.[1];
    expect(texts("FROM").length).toBeGreaterThan(1);
    for (const text of texts("FROM")) {
      expect(text.split(" ")[0]).toBe(`denoland/deno:debian-${version}`);
    }
  });

  test("starts what `deno task start` runs, fetching nothing, without a shell", () => {
    const command = parseExec(texts("ENTRYPOINT").join());
    expect(command.splice(2, 1)).toEqual(["--cached-only"]);
    expect(`APP_ENV=production ${command.join(" ")}`).toBe(server.tasks.start.command);
    expect(texts("ENV").join()).toMatch(/\bAPP_ENV=production\b/);
    expect(texts("CMD")).toEqual([]);
  });

  test("gives up root before it starts, and does not take it back", () => {
    expect(texts("USER")).toEqual(["1000:1000"]);
    expect(lastIndex("USER")).toBeGreaterThan(lastIndex("RUN"));
    expect(lastIndex("USER")).toBeGreaterThan(lastIndex("FROM"));
    expect(lastIndex("USER")).toBeLessThan(lastIndex("ENTRYPOINT"));
  });

  test("installs from the frozen lock before it copies what changes often", () => {
    expect(texts("RUN")[0]).toBe("deno install --frozen");
    const install = instructions.findIndex(({ text }) => text.startsWith("deno install"));
    const copied = instructions.slice(0, install).filter(({ name }) => name === "COPY");
    expect(copied.map(({ text }) => text)).toEqual(["deno.json deno.lock ./"]);
  });

  test("puts datasets, outputs and the database where the documentation says", () => {
    const env = Object.fromEntries(
      texts("ENV").flatMap((text) => text.split(/\s+/).map((word) => word.split("="))),
    );
    expect(env).toMatchObject({
      DATASETS_DIR: "/app/datasets",
      OUTPUTS_URL: "file:/app/outputs",
      DATABASE_URL: "file:/app/data/trainyard.db",
    });
    expect(texts("COPY")).toContain("sample_datasets datasets");
    expect(texts("EXPOSE")).toEqual(["8000"]);
  });

  test("holds no secret, no VOLUME and no ADD", () => {
    for (const name of [...texts("ENV"), ...texts("ARG")]) {
      expect(name).not.toMatch(/SECRET|PASSWORD|TOKEN|ACCESS_KEY/i);
    }
    // Railway refuses VOLUME; ADD fetches and unpacks what nobody has looked at.
    for (const name of ["VOLUME", "ADD"]) expect(texts(name), name).toEqual([]);
    expect(instructions.map(({ text }) => text).join("\n")).not.toMatch(/:latest\b|\bsudo\b|curl/);
  });

  test("looks after its health without a program of its own", () => {
    const [, command] = /^--.*? CMD (\[.*)$/.exec(texts("HEALTHCHECK").join()) ?? [];
    expect(parseExec(command!).slice(0, 2)).toEqual(["deno", "eval"]);
    expect(command).toContain("/healthz");
  });
});

describe("what is copied into the image", () => {
  test.each<[string, boolean]>([
    ["deno.json", false],
    ["src/main.ts", false],
    ["views/layout.tsx", false],
    ["scripts/migrate.ts", false],
    ["scripts/backup.ts", false],
    ["sample_datasets/dog-vs-cat/train/cat/1.jpg", false],
    ["src/config.test.ts", true],
    ["tests/conformance/storage/storage.ts", true],
    ["scripts/random.ts", true],
    ["tests/deno.json", true],
    ["node_modules/hono/package.json", true],
    ["data/trainyard.db", true],
    ["data/jwt-secret", true],
    ["outputs/1", true],
    [".git/config", true],
    [".env", true],
  ])("%s is left out: %s", async (path, expected) => {
    const isIgnored = ignores(await Deno.readTextFile(new URL(".dockerignore", ROOT)));
    expect(isIgnored(path)).toBe(expected);
  });
});

describe("the reader of Dockerfiles", () => {
  test("joins continued lines and leaves comments out", () => {
    expect(parseDockerfile('# a\nENV A=1 \\\n# b\n    B=2\n\nCMD ["c"]\n')).toEqual([
      { name: "ENV", text: "A=1 B=2" },
      { name: "CMD", text: '["c"]' },
    ]);
  });

  test("refuses what it cannot read", () => {
    expect(() => parseDockerfile("run x")).toThrow(/cannot read "run x"/);
    expect(() => parseExec("deno run")).toThrow(/not in exec form/);
    expect(() => ignores("src/[a-z]")).toThrow(/not played/);
  });
});
