import { basename, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/**
 * Who may know whom. A layer is named by a path; a file belongs to the longest name it lies below.
 * Every layer knows itself. `types` are known by `import type` alone: the composition root hands
 * over the values.
 */
const LAYERS: Record<string, { knows: string[]; types?: string[] }> = {
  "src/domain": { knows: [] },
  "src/i18n": { knows: ["src/domain"] },
  // Adapters know the ports, never each other.
  "src/storage": { knows: ["src/domain"] },
  "src/volume": { knows: ["src/domain", "src/disk.ts"] },
  "src/datasets": { knows: ["src/domain", "src/disk.ts"] },
  "src/models": { knows: ["src/domain"] },
  "src/log.ts": { knows: ["src/domain"] },
  "src/thread.ts": { knows: [] },
  "src/disk.ts": { knows: ["src/thread.ts"], types: ["src/volume", "src/datasets"] },
  // The other end, in the thread.
  "src/disk_thread.ts": {
    knows: ["src/thread.ts", "src/volume", "src/datasets"],
    types: ["src/disk.ts"],
  },
  // The edge knows operations and words, and is given the adapters.
  "views": { knows: ["src/domain", "src/i18n"] },
  "src/http": { knows: ["src/domain", "src/i18n", "views"], types: ["src/config.ts"] },
  "src/app.ts": { knows: ["src/domain", "src/http"] },
  "src/demo.ts": { knows: ["src/domain"] },
  "src/storage/drivers/backup_socket.ts": { knows: ["src/domain", "src/storage"] },
  "src/startup_warnings.ts": { knows: [], types: ["src/config.ts"] },
  // The settings say where things are, in the adapters' own words.
  "src/config.ts": {
    knows: ["src/domain", "src/log.ts"],
    types: ["src/storage", "src/volume"],
  },
  // The composition root knows everything.
  "src/main.ts": { knows: ["src", "views"] },
};

/** Packages that stay in their place, so that they can be exchanged. */
const PACKAGES: Record<string, string[]> = {
  "@aws-sdk/client-s3": ["src/volume"],
  "@libsql/client": ["src/storage"],
  "libsql": ["src/storage"],
  "postgres": ["src/storage"],
  "@hono/zod-openapi": ["src/http"],
  "hono": ["src/http", "src/app.ts"],
  "jose": ["src/http"],
  "rate-limiter-flexible": ["src/http"],
  "preact": ["views", "src/http/pages"],
  "preact-render-to-string": ["views"],
  "yaml": ["src/datasets"],
};

interface Import {
  from: string;
  /** As written. */
  to: string;
  typeOnly: boolean;
}

const STATEMENT = /^(?:import|export)\s+(type\s+)?(?:[\w$\s{},*]+?\s+from\s+)?"([^"]+)"/gm;
const CALL = /\bimport\(\s*"([^"]+)"\s*\)/g;

/** Imports and re-exports of a module, as `deno fmt` writes them. */
function importsIn(text: string, from = "x.ts"): Import[] {
  return [
    ...[...text.matchAll(STATEMENT)].map(([, type, to]) => ({
      from,
      to: to!,
      typeOnly: type !== undefined,
    })),
    ...[...text.matchAll(CALL)].map(([, to]) => ({ from, to: to!, typeOnly: false })),
  ];
}

/** Modules of the product; what only tests use is told by its name. */
const FOR_TESTS = /(\.test\.tsx?|\/(\w*conformance|testing)\.ts)$/;

async function filesBelow(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const entry of Deno.readDir(join(ROOT, folder))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) files.push(...await filesBelow(path));
    else if (/\.(ts|tsx|json)$/.test(entry.name)) files.push(path);
  }
  return files;
}

const files = [...await filesBelow("src"), ...await filesBelow("views")];
const modules = files.filter((path) => !path.endsWith(".json") && !FOR_TESTS.test(path));
const imports = (await Promise.all(
  modules.map(async (path) => importsIn(await Deno.readTextFile(join(ROOT, path)), path)),
)).flat();

const isBelow = (path: string, place: string) => path === place || path.startsWith(`${place}/`);

function layerOf(path: string): string | undefined {
  return Object.keys(LAYERS).filter((name) => isBelow(path, name)).sort().at(-1);
}

/** The file of a relative import, from the project's root. */
function target({ from, to }: Import): string | undefined {
  return to.startsWith(".") ? posix.join(posix.dirname(from), to) : undefined;
}

function isAllowed(one: Import): boolean {
  const [own, path] = [layerOf(one.from), target(one)];
  if (path === undefined || own === undefined) return path === undefined;
  const { knows, types = [] } = LAYERS[own]!;
  return [own, ...knows, ...one.typeOnly ? types : []].some((place) => isBelow(path, place));
}

const show = ({ from, to }: Import) => `${from} → ${to}`;

test("every module belongs to a layer", () => {
  expect(modules.filter((path) => layerOf(path) === undefined)).toEqual([]);
  expect(Object.keys(LAYERS).filter((name) => !modules.some((path) => isBelow(path, name))))
    .toEqual([]);
});

test.each(Object.keys(LAYERS))("%s imports only what its layer may know", (layer) => {
  const own = imports.filter(({ from }) => layerOf(from) === layer);
  expect(own.filter((one) => !isAllowed(one)).map(show)).toEqual([]);
});

test.each(Object.entries(PACKAGES))("%s is imported in %j alone", (name, places) => {
  const users = imports.filter(({ to }) => isBelow(to, name));
  expect(users.length).toBeGreaterThan(0);
  const strangers = users.filter(({ from }) => !places.some((place) => isBelow(from, place)));
  expect(strangers.map(show)).toEqual([]);
});

test("nothing of the product imports what is there for tests", () => {
  const testing = imports.filter((one) =>
    one.to === "vitest" || FOR_TESTS.test(target(one) ?? "") || /(^|\/)tests\//.test(one.to)
  );
  expect(testing.map(show)).toEqual([]);
});

test("every relative import names its file", () => {
  const targets = imports.map(target).filter((path) => path !== undefined);
  expect(targets.filter((path) => !files.includes(path))).toEqual([]);
});

test("no module is an index of others", () => {
  expect(files.filter((path) => /^(index|mod)\.tsx?$/.test(basename(path)))).toEqual([]);
});

describe("the reader of imports", () => {
  test.each<[string, [string, boolean][]]>([
    ['import { a } from "./a.ts";', [["./a.ts", false]]],
    ['import type { A } from "./a.ts";', [["./a.ts", true]]],
    ['import { type A, b } from "./a.ts";', [["./a.ts", false]]],
    ['import {\n  type A,\n  b,\n} from "./a.ts";', [["./a.ts", false]]],
    ['import a, * as b from "npm-a";\nimport c from "./c.json" with { type: "json" };', [
      ["npm-a", false],
      ["./c.json", false],
    ]],
    ['import "./effect.ts";', [["./effect.ts", false]]],
    ['export { a } from "./a.ts";\nexport * from "./b.ts";\nexport type { C } from "./c.ts";', [
      ["./a.ts", false],
      ["./b.ts", false],
      ["./c.ts", true],
    ]],
    ['const { S3 } = await import("@aws-sdk/client-s3");', [["@aws-sdk/client-s3", false]]],
    ['export const a = ["from", "b"];\nexport function c() {\n  return "from";\n}', []],
  ])("reads %j", (text, expected) => {
    expect(importsIn(text).map(({ to, typeOnly }) => [to, typeOnly])).toEqual(expected);
  });

  test.each<[string, string, boolean, boolean]>([
    ["src/domain/a.ts", "../i18n/en.ts", false, false],
    ["src/domain/a.ts", "../storage/open.ts", true, false],
    ["src/storage/a.ts", "../volume/open.ts", true, false],
    ["src/storage/a.ts", "../domain/a.ts", false, true],
    ["src/http/a.ts", "../storage/open.ts", true, false],
    ["src/http/a.ts", "../config.ts", true, true],
    ["src/http/a.ts", "../config.ts", false, false],
    ["src/config.ts", "./volume/open.ts", false, false],
    ["views/a.tsx", "../src/http/env.ts", true, false],
    ["src/main.ts", "./storage/open.ts", false, true],
    ["src/domain/a.ts", "zod", false, true],
  ])("%s importing %s (types only: %s) is allowed: %s", (from, to, typeOnly, allowed) => {
    expect(isAllowed({ from, to, typeOnly })).toBe(allowed);
  });
});
