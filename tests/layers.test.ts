import { basename, join, posix } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

const KERNEL = "src/domain/kernel";
/** The statuses of a job, which other areas count by. */
const STATUS = "src/domain/jobs/status.ts";

/**
 * What each layer may import. A layer is named by a path; a file belongs to the longest name that it
 * lies below. Every layer may import itself. `types` may be imported by `import type` only: the
 * composition hands over the values.
 */
const LAYERS: Record<string, { knows: string[]; types?: string[] }> = {
  // An area knows the kernel and the areas it uses, never the other way round.
  [KERNEL]: { knows: [] },
  [STATUS]: { knows: [] },
  "src/domain/access": { knows: [KERNEL] },
  "src/domain/catalog": { knows: [KERNEL] },
  "src/domain/outputs": { knows: [KERNEL, STATUS] },
  "src/domain/projects": {
    knows: [KERNEL, STATUS, "src/domain/access", "src/domain/outputs"],
  },
  "src/domain/jobs": {
    knows: [KERNEL, "src/domain/catalog", "src/domain/outputs", "src/domain/projects"],
  },
  "src/i18n": { knows: ["src/domain"] },
  // Adapters know the ports, never each other.
  "src/storage": { knows: ["src/domain"] },
  "src/storage/sql": { knows: ["src/domain"] },
  "src/storage/drivers": { knows: ["src/domain", "src/storage/sql"] },
  "src/events": { knows: ["src/domain"], types: ["src/lifecycle.ts"] },
  "src/volume": { knows: ["src/domain"] },
  "src/datasets": { knows: ["src/domain", "src/worker_client.ts", "src/worker_answer.ts"] },
  "src/models": { knows: ["src/domain"] },
  "src/log.ts": { knows: [KERNEL] },
  "src/lifecycle.ts": { knows: [KERNEL] },
  "src/worker_client.ts": { knows: [KERNEL] },
  // The other end, in the worker.
  "src/worker_answer.ts": { knows: [KERNEL], types: ["src/worker_client.ts"] },
  // The edge knows operations and messages, and is given the adapters.
  "views": { knows: ["src/domain", "src/i18n"] },
  "src/http": { knows: ["src/domain", "src/i18n", "views"], types: ["src/config.ts"] },
  "src/app.ts": { knows: ["src/domain", "src/http"] },
  "src/http_server.ts": { knows: [KERNEL], types: ["src/lifecycle.ts"] },
  "src/demo.ts": { knows: ["src/domain"] },
  "src/housekeeping.ts": { knows: ["src/domain", "src/lifecycle.ts"] },
  "src/startup_warnings.ts": { knows: [], types: ["src/config.ts"] },
  // The settings say where things are, in the adapters' own types.
  "src/config.ts": {
    knows: [KERNEL, "src/log.ts"],
    types: ["src/storage", "src/volume"],
  },
  "src/compose.ts": { knows: ["src"] },
  "src/main.ts": { knows: ["src"] },
};

/** Packages that stay in their place, so that they can be exchanged. */
const PACKAGES: Record<string, string[]> = {
  "@aws-sdk/client-s3": ["src/volume"],
  "@libsql/client": ["src/storage"],
  "libsql": ["src/storage"],
  "postgres": ["src/storage", "src/events"],
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

const IS_TEST = /\.test\.tsx?$/;
const MAX_LINES = 400;

async function filesBelow(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const entry of Deno.readDir(join(ROOT, folder))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory && entry.name !== "node_modules") files.push(...await filesBelow(path));
    else if (/\.(ts|tsx|json)$/.test(entry.name)) files.push(path);
  }
  return files;
}

const files = [...await filesBelow("src"), ...await filesBelow("views")];
const sources = await readSources([
  ...files,
  ...await filesBelow("scripts"),
  ...await filesBelow("tests"),
]);
/** The product's modules. */
const modules = files.filter((path) => sources.has(path) && !IS_TEST.test(path));
const imports = modules.flatMap((path) => importsIn(sources.get(path)!, path));

/** The text of every module, by its path. */
async function readSources(paths: string[]): Promise<Map<string, string>> {
  const texts = paths.filter((path) => /\.tsx?$/.test(path))
    .map(async (path) => [path, await Deno.readTextFile(join(ROOT, path))] as const);
  return new Map(await Promise.all(texts));
}

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

/**
 * The cycles of a graph as paths, `a → b → a`, one for each edge that closes a cycle in a walk from
 * the first node to the last: none exactly when the graph has no cycle.
 */
function cyclesIn(graph: ReadonlyMap<string, readonly (string | undefined)[]>): string[] {
  const cycles: string[] = [];
  const path: string[] = [];
  const done = new Set<string>();
  for (const node of graph.keys()) walk(node);
  return cycles;

  function walk(node: string): void {
    if (done.has(node)) return;
    const start = path.indexOf(node);
    if (start >= 0) return void cycles.push([...path.slice(start), node].join(" → "));
    path.push(node);
    for (const next of graph.get(node) ?? []) if (next !== undefined) walk(next);
    path.pop();
    done.add(node);
  }
}

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

test("the product imports nothing that is there for tests", () => {
  const testing = imports.filter((one) =>
    one.to === "vitest" || IS_TEST.test(target(one) ?? "") || /(^|\/)tests\//.test(one.to)
  );
  expect(testing.map(show)).toEqual([]);
});

test("every relative import names its file", () => {
  const targets = imports.map(target).filter((path) => path !== undefined);
  expect(targets.filter((path) => !files.includes(path))).toEqual([]);
});

test("no file has more than 400 lines", () => {
  const lines = [...sources].filter(([path]) => !path.startsWith("tests/"))
    .map(([path, text]) => ({ path, count: text.split("\n").length - 1 }));
  expect(lines.length).toBeGreaterThan(100);
  expect(
    lines.filter(({ count }) => count > MAX_LINES).map(({ path, count }) => `${path}: ${count}`),
  ).toEqual([]);
});

test("no file imports itself by way of others", () => {
  const graph = new Map(
    [...sources].map(([path, text]) => [path, importsIn(text, path).map(target)] as const),
  );
  expect([...graph.values()].flat().filter(Boolean).length).toBeGreaterThan(500);
  expect(cyclesIn(graph)).toEqual([]);
});

test("no module is an index of others", () => {
  expect(files.filter((path) => /^(index|mod)\.tsx?$/.test(basename(path)))).toEqual([]);
});

test.each<[string, Record<string, string[]>, string[]]>([
  ["a tree", { a: ["b", "c"], b: ["d"], c: [], d: [] }, []],
  ["two ways to one file", { a: ["b", "c"], b: ["d"], c: ["d"], d: ["e"], e: [] }, []],
  ["a file that imports itself", { a: ["a"] }, ["a → a"]],
  ["two that import each other", { a: ["b"], b: ["a"] }, ["a → b → a"]],
  ["a long way round", { a: ["b"], b: ["c"], c: ["d"], d: ["b"] }, ["b → c → d → b"]],
  ["one behind a dead end", { a: ["b", "c"], b: [], c: ["d"], d: ["c"] }, ["c → d → c"]],
  ["two apart", { a: ["b"], b: ["a"], c: ["d"], d: ["c"] }, ["a → b → a", "c → d → c"]],
  ["what is no module", { a: ["b.json"] }, []],
])("cycles are found in %s", (_, graph, cycles) => {
  expect(cyclesIn(new Map(Object.entries(graph)))).toEqual(cycles);
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
    ["src/domain/jobs/a.ts", "../../i18n/en.ts", false, false],
    ["src/domain/jobs/a.ts", "../../storage/open.ts", true, false],
    ["src/domain/jobs/a.ts", "../projects/role.ts", false, true],
    ["src/domain/projects/a.ts", "../jobs/job.ts", true, false],
    ["src/domain/projects/a.ts", "../jobs/status.ts", false, true],
    ["src/domain/kernel/a.ts", "../access/user.ts", true, false],
    ["src/domain/kernel/a.ts", "./errors.ts", false, true],
    ["src/storage/drivers/a.ts", "../jobs/job.ts", false, false],
    ["src/storage/jobs/a.ts", "../sql/sql.ts", false, true],
    ["src/events/a.ts", "../storage/sql/database.ts", true, false],
    ["src/storage/a.ts", "../volume/open.ts", true, false],
    ["src/storage/a.ts", "../domain/jobs/job.ts", false, true],
    ["src/http/a.ts", "../storage/open.ts", true, false],
    ["src/http/a.ts", "../config.ts", true, true],
    ["src/http/a.ts", "../config.ts", false, false],
    ["src/config.ts", "./volume/open.ts", false, false],
    ["views/a.tsx", "../src/http/env.ts", true, false],
    ["src/http/a.ts", "../compose.ts", true, false],
    ["src/main.ts", "./storage/open.ts", false, true],
    ["src/compose.ts", "./storage/open.ts", false, true],
    ["src/domain/jobs/a.ts", "zod", false, true],
  ])("%s importing %s (types only: %s) is allowed: %s", (from, to, typeOnly, allowed) => {
    expect(isAllowed({ from, to, typeOnly })).toBe(allowed);
  });
});
