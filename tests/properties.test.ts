import fc from "fast-check";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { localPath } from "../src/http/pages/context.ts";
import { EXAMPLE } from "./support/api.ts";
import { type App, type Credentials, FORM, openApp, ORIGIN } from "./support/app.ts";
import { type Attempt, attempts, hostilePath, hostileText } from "./support/hostile.ts";

// A failure prints the seed, the path to the smallest case and the case; to see other cases, or more
// of them: PROPERTY_SEED=… PROPERTY_RUNS=20000.
const RUNS = Number(Deno.env.get("PROPERTY_RUNS") || 1500);
const SEED = Number(Deno.env.get("PROPERTY_SEED") || 20_240_118);
/** Of one answer. Nothing takes as long; what does hangs. */
const DEADLINE_MS = 10_000;
const TIMEOUT_MS = 60_000 + RUNS * 200;
const settings = { numRuns: RUNS, seed: SEED };

const SECRET = "class-that-is-nobody's-business";

let app: App;
let accounts: Record<"owner" | "stranger", { email: string; password: string }>;
const signedIn: Partial<Record<"owner" | "stranger", Credentials>> = {};
let filesBefore: string[];

beforeAll(async () => {
  app = await openApp({ TRUST_PROXY: "true" });
  accounts = {
    owner: await app.addAccount("owner@example.com"),
    stranger: await app.addAccount("stranger@example.com"),
  };
  const { folder } = app.place;
  for (const split of ["train", "val"]) {
    for (const name of [SECRET, "other"]) {
      await Deno.mkdir(`${folder}/outside/${split}/${name}`, { recursive: true });
      await Deno.writeTextFile(`${folder}/outside/${split}/${name}/1.jpg`, "");
    }
  }
  await Deno.symlink(`${folder}/outside`, `${folder}/datasets/link-out`);
  filesBefore = await filesBelow(folder);
});
afterAll(() => app?.[Symbol.asyncDispose]());

describe("whatever is sent to whichever route", () => {
  test("is answered soon, discreetly, and never with a defect", async () => {
    const statuses = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(attempts(app.routes), async (attempt) => {
        const { status } = await checked(attempt);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }),
      settings,
    );
    // What nothing gets through to would prove nothing.
    for (const status of [200, 201, 303, 400, 401, 403, 404, 422]) {
      expect([...statuses.keys()], `after ${RUNS} attempts`).toContain(status);
    }
  }, TIMEOUT_MS);

  test("has left nothing where it does not belong", async () => {
    expect(await filesBelow(app.place.folder)).toEqual(filesBefore);
    const { users, jobs } = app.deps;
    const rows = [];
    for (const { email } of Object.values(accounts)) {
      const { id } = (await users.findByEmail(email))!;
      rows.push(...(await jobs.list({ limit: 1_000_000 }, { userId: id })).items);
    }
    const directories = await app.place.outputDirs();
    expect([...directories.keys()].sort()).toEqual(rows.map(({ output_dir }) => output_dir).sort());
    for (const [name, inside] of directories) {
      expect(name).toMatch(/^outputs\/\d+\/\d{8}_\d{6}_[\w.-]+$/);
      expect(inside).toEqual(["checkpoints", "logs", "results"]);
    }
  });
});

test("a dataset's path leads nowhere outside, and tells nothing of what is there", async () => {
  const { folder } = app.place;
  const paths = fc.oneof(
    hostilePath([`${folder}/datasets`, folder, "datasets"]),
    hostileText,
    fc.constantFrom("link-out", `${folder}/outside`, "../outside", `${folder}/datasets/../outside`),
  );
  const known = ["/api/v1/datasets", "items"] as const;
  const list = await (await as("owner", "GET", known[0])).json();
  const names = list[known[1]].map(({ path }: { path: string }) => path);
  expect(names).toContain("seg-coco8");
  await fc.assert(
    fc.asyncProperty(paths, async (path) => {
      const query = new URLSearchParams({ path: path.toWellFormed() });
      const inspected = await as("owner", "GET", `/api/v1/datasets/inspect?${query}`);
      const validated = await as("owner", "POST", "/api/v1/training/jobs?validate_only=true", {
        ...EXAMPLE,
        project_id: await projectId(),
        dataset_path: path,
      });
      for (const response of [inspected, validated]) {
        const text = await response.text();
        expect(text.replaceAll(JSON.stringify(path).slice(1, -1), "")).not.toContain(SECRET);
        const body = JSON.parse(text);
        if (response.status === 200) {
          // A folder of a dataset may be one itself, and be named as it lies on the disk.
          if (response === inspected) {
            const below = body.path.replace(`${folder}/datasets/`, "");
            expect(names).toContain(below.split("/")[0]);
          }
        } else {
          expect(response.status).toBe(400);
        }
      }
      // The same words, whether there is something or not.
      if (
        /outside|link-out|\.\.[/\\]/.test(path) && inspected.status === 400 && path.length < 1000
      ) {
        const { detail } = await (await as("owner", "GET", `/api/v1/datasets/inspect?${query}`))
          .json();
        if (/outside|link-out/.test(path)) expect(detail).toBe(`Dataset not found: ${path}`);
      }
    }),
    { ...settings, numRuns: Math.ceil(RUNS / 2) },
  );
}, TIMEOUT_MS);

test("where one is led after signing in is on this site", async () => {
  const piece = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom("/", "\\", ".", "..") },
    {
      weight: 1,
      arbitrary: fc.constantFrom("\t", "\n", "%2f", "%5c", "%2e", "@", ":", "?", "#", "https:"),
    },
  );
  // Most of them start as a path does, as only those are taken at all.
  const pieces = fc.tuple(fc.constantFrom("/", "/", "/", ""), fc.array(piece, { maxLength: 6 }))
    .map(([first, rest]) => `${first}${rest.join("")}evil.example`);
  const nexts = fc.oneof(pieces, hostileText, fc.webUrl());
  const isLocal = (location: string) =>
    /^\/(?![/\\])/.test(location) && new URL(location, ORIGIN).origin === ORIGIN;
  fc.assert(
    fc.property(nexts, (next) => isLocal(localPath(next))),
    { ...settings, numRuns: RUNS * 4 },
  );
  await fc.assert(
    fc.asyncProperty(nexts, async (next) => {
      const form = { ...accounts.stranger, next: next.toWellFormed() };
      for (const [path, status] of [["/login", 303], ["/language", 303]] as const) {
        const response = await app.send("POST", path, {
          headers: { ...FORM, Origin: ORIGIN },
          body: new URLSearchParams(form).toString(),
        });
        expect(response.status).toBe(status);
        expect(response.headers.get("Location")).toSatisfy(isLocal);
      }
    }),
    { ...settings, numRuns: Math.ceil(RUNS / 4) },
  );
}, TIMEOUT_MS);

/** The answer to an attempt, of which all is true that is true of every answer. */
async function checked(attempt: Attempt): Promise<Response> {
  const ids = { "{project}": String(await projectId()), "{job}": String(await jobId()) };
  const fill = (text: string) =>
    text.replace(/\{(project|job)\}/g, (name) => ids[name as keyof typeof ids]);
  const { as: who, method, body } = attempt;
  const path = fill(attempt.path);
  const logged = app.logged.length;
  const response = await inTime(app.send(method, path, {
    headers: {
      // Each guess from elsewhere: it is not the brake on guessing that is to be tested.
      "X-Real-IP": crypto.randomUUID(),
      "Sec-Fetch-Site": "same-origin",
      ...(who !== "nobody" && await credentialsOf(who)),
      ...attempt.headers,
    },
    ...(body !== undefined && { body: typeof body === "string" ? fill(body) : body }),
  }));
  const text = await inTime(response.text());

  expect(response.status, app.logged.slice(logged).join("\n")).toBeLessThan(500);
  expect(app.logged.slice(logged)).toEqual([]);
  expect(response.headers.get("X-Request-Id")).toMatch(/^[\w=-]{1,64}$/);
  expect(response.headers.get("X-Content-Type-Options")).toBe("nosniff");
  expect(response.headers.get("Content-Security-Policy")).toMatch(/^default-src '(self|none)'/);
  expect(response.headers.get("X")).toBeNull();
  const location = response.headers.get("Location");
  if (location !== null) expect(location).toMatch(/^\/(?![/\\])[\x21-\x7e]*$/);
  expect(text).not.toContain(app.place.folder);
  expect(text).not.toMatch(/\bat \S+ \(|node_modules|SQLITE|PostgresError|os error/);
  expect(text).not.toContain("<script>alert");
  if (path.startsWith("/api/") && response.status >= 400 && method !== "HEAD") {
    expectProblem(response, text);
  }
  if (response.status === 401 || /log-?out|sign-?out|sessions|password/.test(path)) {
    if (who !== "nobody") delete signedIn[who];
  }
  return response;
}

function expectProblem(response: Response, text: string): void {
  expect(response.headers.get("Content-Type")).toBe("application/problem+json");
  const { errors, ...document } = JSON.parse(text);
  expect(document).toEqual({
    type: expect.any(String),
    title: expect.stringMatching(/./),
    status: response.status,
    detail: expect.stringMatching(/./),
    request_id: response.headers.get("X-Request-Id"),
  });
  for (const error of errors ?? []) {
    expect(error).toEqual({
      field: expect.stringMatching(/^\w+$/),
      message: expect.stringMatching(/./),
    });
  }
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("no answer in time")), DEADLINE_MS);
  return await Promise.race([work, promise]).finally(() => clearTimeout(timer));
}

async function credentialsOf(who: "owner" | "stranger"): Promise<Credentials> {
  return signedIn[who] ??= await app.signIn(accounts[who]);
}

async function as(
  who: "owner" | "stranger",
  method: string,
  path: string,
  json?: unknown,
): Promise<Response> {
  return await app.send(method, path, {
    headers: { ...await credentialsOf(who), "Content-Type": "application/json" },
    ...(json !== undefined && { body: JSON.stringify(json) }),
  });
}

let project = 0;
/** Of a project of the owner's that is there, whatever was deleted. */
async function projectId(): Promise<number> {
  const { projects, users } = app.deps;
  const userId = (await users.findByEmail(accounts.owner.email))!.id;
  if (await projects.roleOf(project, { userId })) return project;
  project = (await (await as("owner", "POST", "/api/v1/projects", { name: "p" })).json()).id;
  return project;
}

let job = 0;
/** Of a job of that project. */
async function jobId(): Promise<number> {
  const { jobs, users } = app.deps;
  const userId = (await users.findByEmail(accounts.owner.email))!.id;
  if (await jobs.find(job, { userId })) return job;
  const json = { ...EXAMPLE, project_id: await projectId() };
  job = (await (await as("owner", "POST", "/api/v1/training/jobs", json)).json()).id;
  return job;
}

/** Every file and folder but the database's and those of outputs. */
async function filesBelow(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (/^trainyard\.db/.test(name)) continue;
    files.push(join(folder, name));
    if (isDirectory && name !== "outputs") files.push(...await filesBelow(join(folder, name)));
  }
  return files.sort();
}
