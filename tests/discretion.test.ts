import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { EXAMPLE, request, signInApi } from "./support/api.ts";
import { type Server, startServer } from "./support/server.ts";

const EMAIL = "somebody.discreet@example.com";
const PASSWORD = "pass-phrase-that-nobody-else-may-read";
const SECRET = "signing-secret-that-nobody-else-may-read";
const METRICS_TOKEN = "metrics-token-that-nobody-else-may-read";
/** What a request may carry anywhere, and what no log may repeat. */
const MARK = "marked-by-whoever-sent-it";

let server: Server;
/** Every answer, its headers included, but for those that hand out what was asked for. */
const answers: string[] = [];
const secrets = new Set([PASSWORD, SECRET, METRICS_TOKEN]);
let setupToken: string;

beforeAll(async () => {
  server = await startServer({
    env: {
      APP_ENV: "production",
      JWT_SECRET: SECRET,
      METRICS_TOKEN,
      LOG_LEVEL: "debug",
    },
  });
  await provoke();
});
afterAll(() => server?.[Symbol.asyncDispose]());

/** Sends what makes servers talk. */
async function provoke(): Promise<void> {
  // The link for the first account is logged, on purpose, and used.
  setupToken = await vi.waitFor(() => /\/setup\?token=([\w.-]+)/.exec(server.output())![1]!);
  await send("GET", `/setup?token=${setupToken}x`);
  await visit("GET", `/setup?token=${setupToken}`);
  const account = { email: EMAIL, password: PASSWORD };
  const cookie = await visit("POST", "/setup", { token: setupToken, ...account });
  await send("POST", "/setup", { form: { token: setupToken, ...account } });
  const { token } = await signInApi(server, account);
  secrets.add(token).add(cookie);

  for (let tries = 0; tries < 12; tries++) {
    const guess = { email: EMAIL, password: `${PASSWORD}-${MARK}-${tries}` };
    await send("POST", "/api/v1/auth/login", { json: guess });
  }
  await send("POST", "/login", { form: { email: `${MARK}@example.com`, password: PASSWORD } });
  await send("POST", "/api/v1/auth/login", { text: `{"password": "${PASSWORD}", ` });
  await send("POST", "/api/v1/auth/register", { json: account });

  const good = { Authorization: `Bearer ${token}` };
  const wrong: Record<string, string>[] = [
    { Authorization: `Bearer ${token}x` },
    { Authorization: `Bearer ${MARK}` },
    { Authorization: `Basic ${btoa(`${EMAIL}:${PASSWORD}`)}` },
    { Cookie: `trainyard_session=${token}x` },
    { "X-Request-Id": `${MARK} ${token}` },
    { Referer: `http://x/${MARK}`, "User-Agent": MARK, "Idempotency-Key": MARK },
  ];
  for (const headers of wrong) {
    await send("GET", "/api/v1/auth/me", { headers });
    await send("GET", "/projects", { headers });
  }
  await send("GET", "/metrics", { headers: { Authorization: `Bearer ${METRICS_TOKEN}x` } });
  for (const path of [`/${MARK}`, `/api/v1/${MARK}`, `/static/${MARK}`, `/projects/${MARK}`]) {
    await send("GET", `${path}?${MARK}=${MARK}`, { headers: good, quiet: true });
    await send("GET", `${path}%00%ff/../..`, { headers: good, quiet: true });
  }
  await send("POST", "/api/v1/projects", { text: `{"${MARK}": `, headers: good });
  await send("POST", "/api/v1/projects", { text: "x".repeat(70_000), headers: good });

  const { body: project } = await request(server, {
    method: "POST",
    path: "/api/v1/projects",
    json: { name: "p" },
    headers: good,
  });
  const json = { ...EXAMPLE, project_id: project.id };
  // A volume that cannot be written, a database that is locked, and one that lacks a table.
  await Deno.rename(`${server.folder}/outputs`, `${server.folder}/outputs-kept`);
  await Deno.writeTextFile(`${server.folder}/outputs`, "in the way");
  expect(await send("POST", "/api/v1/training/jobs", { json, headers: good })).toBe(503);
  await send("GET", "/readyz");
  await Deno.remove(`${server.folder}/outputs`);
  await Deno.rename(`${server.folder}/outputs-kept`, `${server.folder}/outputs`);
  const intruder = new DatabaseSync(`${server.folder}/trainyard.db`);
  intruder.exec("begin immediate");
  expect(await send("POST", "/api/v1/training/jobs", { json, headers: good })).toBe(503);
  intruder.exec("rollback");
  intruder.exec("alter table projects rename to projects_elsewhere");
  intruder.close();
  for (const path of ["/api/v1/projects", `/api/v1/projects/${project.id}`]) {
    expect(await send("GET", path, { headers: good })).toBeGreaterThanOrEqual(500);
  }
  await send("GET", "/projects", { headers: { Cookie: cookie } });
  await send("POST", "/api/v1/training/jobs", { json, headers: good });
}

async function send(method: string, path: string, options: {
  json?: unknown;
  form?: Record<string, string>;
  text?: string;
  headers?: Record<string, string>;
  /** The answer may show the path it was asked for, as a link to come back to. */
  quiet?: boolean;
} = {}): Promise<number> {
  const { json, form, headers = {}, quiet = false } = options;
  const text = options.text ?? (json === undefined ? undefined : JSON.stringify(json));
  const response = await fetch(server.origin + path, {
    method,
    redirect: "manual",
    headers: { ...(text !== undefined && { "Content-Type": "application/json" }), ...headers },
    ...(text !== undefined && { body: text }),
    ...(form && { body: new URLSearchParams(form) }),
  });
  const all = `${JSON.stringify([...response.headers])}\n${await response.text()}`;
  answers.push(quiet ? all.replaceAll(MARK, "") : all);
  return response.status;
}

/** A step whose answer holds a secret because that is its purpose; answers the cookie. */
async function visit(method: string, path: string, form?: Record<string, string>): Promise<string> {
  const response = await fetch(server.origin + path, {
    method,
    redirect: "manual",
    ...(form && { body: new URLSearchParams(form) }),
  });
  await response.text();
  expect(response.status).toBeLessThan(400);
  return response.headers.getSetCookie()[0]?.split(";")[0] ?? "";
}

/** Of the machine and the database. */
const INSIDE = /\/tmp\/|\/home\/|trainyard\.db|\binsert into\b|\bselect\b.+\bfrom\b/i;

test("no answer tells a secret, a place of the machine, or a query", () => {
  expect(answers.length).toBeGreaterThan(40);
  for (const answer of answers) {
    for (const secret of secrets) expect(answer).not.toContain(secret);
    expect(answer).not.toContain(server.folder);
    expect(answer).not.toMatch(INSIDE);
    expect(answer).not.toMatch(/scrypt|SQLITE|node_modules|os error|\bat \S+ \(|[\w/]+\.tsx?:\d+/);
  }
});

test("the log tells none either, nor whom it was about, nor what was sent", () => {
  expect(server.output().split(setupToken), "the link, once").toHaveLength(2);
  // Lines of the start name the folders of the configuration.
  const log = server.output().split("\n").filter((line) => line.includes('"request_id"')).join(
    "\n",
  );
  expect(log.match(/"status":5\d\d/g)?.length).toBeGreaterThan(3);
  for (const secret of secrets) expect(log).not.toContain(secret);
  expect(server.output()).not.toContain(EMAIL);
  expect(server.output()).not.toContain(MARK);
  expect(log).not.toContain(server.folder);
  expect(log).not.toMatch(INSIDE);
  expect(log).not.toMatch(/scrypt\$|Bearer /);
});

test("the log tells what an operator needs: which request, and what was wrong", () => {
  const events = server.output().trim().split("\n").map((line) => JSON.parse(line));
  const failures = events.filter(({ level }) => level === "error");
  expect(failures.length).toBeGreaterThan(3);
  for (const { request_id, error } of failures) {
    expect(request_id).toMatch(/^[\da-f-]{36}$/);
    expect(error.name).toMatch(/./);
    expect(error.message).toMatch(/./);
  }
});
