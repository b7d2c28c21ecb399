/**
 * Mistakes that products like this one have made, each with the test that shows it is not made here.
 * What is tested elsewhere in full (datasets' paths in tests/api/projects.test.ts, names of output
 * directories in src/domain/) is here in short, so that this file is the whole list.
 */
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SYSTEM } from "../src/domain/kernel/actor.ts";
import { STATUSES } from "../src/domain/jobs/status.ts";
import { createTokens } from "../src/http/session_token.ts";
import { DEMO, EXAMPLE, request } from "./support/api.ts";
import { type App, type Credentials, FORM, openApp, ROOT } from "./support/app.ts";
import { EXPERIMENT_FORM } from "./support/pages.ts";
import { startServer } from "./support/server.ts";

let app: App;
let owner: Credentials;
let stranger: Credentials;
let projectId: number;

beforeAll(async () => {
  app = await openApp();
  owner = await app.signIn(await app.addAccount("owner@example.com"));
  stranger = await app.signIn(await app.addAccount("stranger@example.com"));
  projectId = (await json(await api("POST", "/projects", { name: "p" }))).id;
});
afterAll(() => app?.[Symbol.asyncDispose]());

// deno-lint-ignore no-explicit-any -- tests look into bodies of every shape
const json = (response: Response): Promise<any> => response.json();

function api(method: string, path: string, body?: unknown, who = owner): Promise<Response> {
  return app.send(method, `/api/v1${path}`, {
    headers: { Authorization: who.Authorization, "Content-Type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
}
const create = (changes: Record<string, unknown> = {}, who = owner) =>
  api("POST", "/training/jobs", { ...EXAMPLE, project_id: projectId, ...changes }, who);

describe("paths that lead out (MLflow, CVAT, Gitea)", () => {
  const WAYS = [
    "../deno.json",
    "..%2fdeno.json",
    "%2e%2e/deno.json",
    "%2e%2e%2fdeno.json",
    "%252e%252e%252fdeno.json",
    "..\\deno.json",
    "..%5cdeno.json",
    "../deno.json",
    "app.css/../../deno.json",
    "....//deno.json",
    "..;/deno.json",
    "%c0%ae%c0%ae/deno.json",
    "..%00/deno.json",
    "/etc/passwd",
    "//etc/passwd",
    "C:/Windows/win.ini",
    "app.css%00",
    "app.css#/../../deno.json",
  ];

  test.each(WAYS)("of static files by %s", async (way) => {
    const response = await app.send("GET", `/static/${way}`, { headers: { ...owner } });
    expect(response.status).toBe(404);
    expect(await response.text()).not.toMatch(/"nodeModulesDir"|root:x:/);
  });

  test.each(WAYS)("of a dataset, in JSON, in a query and in a form, by %s", async (way) => {
    const answers = [
      await create({ dataset_path: way }),
      await api("GET", `/datasets/inspect?path=${encodeURIComponent(way)}`),
      await app.send("POST", `/projects/${projectId}/experiments`, {
        headers: { ...FORM, Cookie: owner.Cookie, "Sec-Fetch-Site": "same-origin" },
        body: new URLSearchParams({ ...EXPERIMENT_FORM, dataset_path: way }).toString(),
      }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 422]);
  });

  test.each(WAYS)("of ids, by %s", async (way) => {
    const id = way.replaceAll("#", "%23");
    for (const path of [`/projects/${id}`, `/training/jobs/${id}`]) {
      expect((await api("GET", path)).status, path).toBe(404);
      expect((await api("DELETE", path)).status, path).toBe(404);
    }
  });

  test.each(WAYS)("of a model's name, which becomes a directory's, by %s", async (way) => {
    expect((await create({ model_name: way })).status).toBe(400);
  });

  test("leave no directory behind", async () => {
    expect([...(await app.place.outputDirs()).keys()]).toEqual([]);
  });
});

describe("an API beside the guarded one (MLflow's jobs)", () => {
  /** What anybody may ask for. Whatever is not in this list wants to know who is asking. */
  const PUBLIC = [
    "GET /healthz",
    "GET /readyz",
    "GET /metrics",
    "GET /static/*",
    "GET /login",
    "POST /login",
    "GET /signup",
    "POST /signup",
    "GET /setup",
    "POST /setup",
    "POST /language",
    "POST /theme",
    "POST /api/v1/auth/login",
    "POST /api/v1/auth/register",
    "GET /api/v1/openapi.json",
    "GET /api/docs",
  ];

  test("every other route refuses who is nobody, however it is spelled", async () => {
    const guarded = app.routes.filter(({ method, path }) => !PUBLIC.includes(`${method} ${path}`));
    expect(guarded.length).toBeGreaterThan(20);
    for (const { method, path } of guarded) {
      const plain = path.replace(/:\w+(\{.*?\})?/g, String(projectId)).replace("*", "x");
      const isApi = path.startsWith("/api/");
      const response = await app.send(method, plain, {
        headers: { "Sec-Fetch-Site": "same-origin", "Content-Type": "application/json" },
      });
      const label = `${method} ${path}`;
      expect(response.status, label).toBe(isApi ? 401 : 303);
      if (!isApi) expect(response.headers.get("Location"), label).toMatch(/^\/login(\?|$)/);

      for (
        const spelled of [
          `${plain}/`,
          `/${plain}`,
          plain.replace("/api/v1", "/api/v1/"),
          plain.replace("/api/v1", "/API/v1"),
          plain.replace("/api/v1", "/api/v1/auth/login/../.."),
          `/static/..${plain}`,
          `/healthz/..${plain}`,
          plain.replaceAll("/", "%2f").replace("%2f", "/"),
        ]
      ) {
        const { status } = await app.send(method, spelled, {
          headers: { "Sec-Fetch-Site": "same-origin", "X-Original-URL": "/login" },
        });
        expect([303, 401, 404, 405], `${label} as ${spelled}`).toContain(status);
      }
    }
  });

  test("what is public is there", () => {
    const there = app.routes.map(({ method, path }) => `${method} ${path}`);
    expect(PUBLIC.filter((route) => !there.includes(route))).toEqual([]);
  });
});

test("a default password (MLflow's server): production has no account that anybody knows", async () => {
  const env = { APP_ENV: "production", JWT_SECRET: crypto.randomUUID().repeat(2) };
  await using server = await startServer({ env });
  for (const [email, password] of [[DEMO.email, DEMO.password], ["admin", "admin"]]) {
    const path = "/api/v1/auth/login";
    const answer = await request(server, { method: "POST", path, json: { email, password } });
    expect(answer.status).toBe(401);
  }
  const { body } = await request(server, { method: "GET", path: "/login" });
  expect(body).not.toContain(DEMO.email);
  expect(server.output()).not.toContain(DEMO.password);
  await server.stop();
  expect(await server.place.sql("select * from users")).toEqual([]);
});

describe("a secret in the source (Label Studio)", () => {
  test("signs nothing here: tokens made with what is easily guessed are refused", async () => {
    const [, claims] = owner.Authorization.split(" ")[1]!.split(".");
    const { sub, jti } = JSON.parse(atob(claims!));
    const times = { issuedAt: new Date(), expiresAt: new Date(Date.now() + 60_000) };
    const guesses = ["secret", "changeme", "trainyard", "jwt-secret", "your-256-bit-secret", "\0"];
    for (const guess of [...guesses, ...guesses.map((text) => text.repeat(32).slice(0, 32))]) {
      const forged = await createTokens(new TextEncoder().encode(guess))
        .sign({ sub, jti }, { audience: "trainyard", ...times });
      const response = await api("GET", "/auth/me", undefined, {
        ...owner,
        Authorization: `Bearer ${forged}`,
      });
      expect(response.status, guess).toBe(401);
    }
    expect((await api("GET", "/auth/me")).status).toBe(200);
  });

  test("is not there: nothing secret has a value but the demo's password", async () => {
    const found: string[] = [];
    const VALUE = /(?:secret|password|passwd|token|api_?key)\w*["']?\s*[:=]\s*["'`]([^"'`]{6,})/gi;
    for (const path of await sources(join(ROOT, "src"))) {
      if (/\.test\.tsx?$|\/i18n\/|conformance/.test(path)) continue;
      const text = await Deno.readTextFile(path);
      found.push(...[...text.matchAll(VALUE)].map(([, value]) => value!));
    }
    expect(found.filter((value) => !/[ $]/.test(value))).toEqual([
      "bearer",
      DEMO.password,
    ]);
  });
});

describe("the scenario's first implementation", () => {
  test("checked only that the project exists: another's project is not there", async () => {
    const before = await app.place.outputDirs();
    const refused = await create({}, stranger);
    expect([refused.status, (await json(refused)).detail]).toEqual([404, "Project not found"]);
    expect(await app.place.outputDirs()).toEqual(before);
  });

  test("left its status callbacks open: no call says what came of a job", async () => {
    const claim = { status: "completed", accuracy: 1, loss: 0, error_message: "x" };
    const calls = app.routes.filter(({ method, path }) =>
      method !== "GET" && /jobs|experiments/.test(path)
    );
    expect(calls.length).toBeGreaterThan(3);
    for (const { method, path } of calls) {
      const job = await json(await create());
      for (const headers of [{}, stranger, owner]) {
        const isApi = path.startsWith("/api/");
        const at = path.replace(/:job\w*|(?<=jobs\/):id/g, job.id).replace(/:\w+/g, `${projectId}`);
        const body = isApi ? JSON.stringify(claim) : new URLSearchParams({ ...claim } as never);
        await app.send(method, at, {
          headers: {
            ...headers,
            "Sec-Fetch-Site": "same-origin",
            ...(isApi ? { "Content-Type": "application/json" } : FORM),
          },
          body: String(body),
        });
        const after = await api("GET", `/training/jobs/${job.id}`);
        if (after.status === 404) continue;
        const { status, accuracy, loss, error_message } = await json(after);
        expect(["pending", "cancelled"], `${method} ${path}`).toContain(status);
        expect({ accuracy, loss, error_message })
          .toEqual({ accuracy: null, loss: null, error_message: null });
      }
    }
    for (const method of ["PUT", "PATCH", "POST"]) {
      const { id } = await json(await create());
      for (const path of [`/training/jobs/${id}`, `/training/jobs/${id}/status`]) {
        expect([404, 405]).toContain((await api(method, path, claim)).status);
      }
    }
  });

  test("dropped an accuracy of 0: it is a value, on both faces", async () => {
    const { id } = await json(await create());
    const now = new Date().toISOString();
    await app.deps.jobs.transition(id, {
      actor: SYSTEM,
      now,
      from: STATUSES,
      changes: { status: "completed", accuracy: 0, loss: 0, completed_at: now },
    });
    expect(await json(await api("GET", `/training/jobs/${id}`)))
      .toMatchObject({ status: "completed", accuracy: 0, loss: 0 });
    const page = await app.send("GET", `/projects/${projectId}`, { headers: { ...owner } });
    const row = new RegExp(`<tr id="experiment-${id}".*?</tr>`, "s").exec(await page.text())![0];
    expect(row).toContain("0.0%");
  });

  test("never passed the optimizer on and lost pretrained: the form's reach the row", async () => {
    const { pretrained: _, ...unchecked } = { ...EXPERIMENT_FORM, optimizer: "radam" };
    for (const [form, pretrained] of [[unchecked, false], [EXPERIMENT_FORM, true]] as const) {
      await app.send("POST", `/projects/${projectId}/experiments`, {
        headers: { ...FORM, Cookie: owner.Cookie, "Sec-Fetch-Site": "same-origin" },
        body: new URLSearchParams(form).toString(),
      });
      const { items: [newest] } = await json(await api("GET", "/training/jobs?limit=1"));
      expect(newest).toMatchObject({ optimizer: form.optimizer, pretrained });
    }
  });

  test("let two jobs of one second share a directory: three of one instant have three", async () => {
    const now = new Date();
    const clock = app.deps.now;
    app.deps.now = () => now;
    try {
      const jobs = await Promise.all([1, 2, 3].map(async () => json(await create())));
      const names = jobs.map(({ output_dir }) => output_dir);
      expect(new Set(names).size).toBe(3);
      const directories = await app.place.outputDirs();
      expect(names.map((name) => directories.get(name)?.length)).toEqual([3, 3, 3]);
    } finally {
      app.deps.now = clock;
    }
  });
});

async function sources(folder: string): Promise<string[]> {
  const paths: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) paths.push(...await sources(path));
    else if (/\.tsx?$/.test(name)) paths.push(path);
  }
  return paths;
}
