import { afterAll, beforeAll, expect, test } from "vitest";
import { type Api, EXAMPLE, refusal, request, signUpApi } from "../support/api.ts";
import { openPages } from "../support/pages.ts";
import { type Server, startServer } from "../support/server.ts";

const PASSWORD = "correct horse battery";

let server: Server;
let owner: Api;
let editor: Api;
let id: number;

beforeAll(async () => {
  server = await startServer();
  owner = await signUpApi(server, "owner@example.com");
  editor = await signUpApi(server, "editor@example.com");
  id = (await owner.send("POST", "/api/v1/projects", { json: { name: "Cracks" } })).body.id;
});
afterAll(() => server?.[Symbol.asyncDispose]());

const auditOf = (api: Api, query = "") => api.send("GET", `/api/v1/projects/${id}/audit${query}`);

test("whatever is done in a project is told to its owner, and to nobody else", async () => {
  const members = `/api/v1/projects/${id}/members`;
  const json = { email: "editor@example.com", role: "editor" };
  const { user_id } = (await owner.send("POST", members, { json })).body;
  const made = await editor.send("POST", "/api/v1/training/jobs", {
    json: { ...EXAMPLE, project_id: id },
    headers: { "X-Request-Id": "the-creation" },
  });
  const job = `/api/v1/training/jobs/${made.body.id}`;
  const name = `yolo11n-seg #${made.body.id}`;
  await editor.send("POST", `${job}/cancel`);
  await editor.send("POST", `${job}/cancel`);
  await owner.send("DELETE", job);
  await editor.send("PATCH", `/api/v1/projects/${id}`, { json: { name: "Tiles" } });
  await owner.send("PATCH", `${members}/${user_id}`, { json: { role: "viewer" } });
  expect(refusal(await auditOf(editor)))
    .toMatchObject({ status: 403, detail: "This takes the role 'owner' in the project" });
  await editor.send("DELETE", `${members}/${user_id}`);
  expect((await auditOf(editor)).status).toBe(404);

  const { status, body } = await auditOf(owner);
  expect(status).toBe(200);
  expect(body.next_cursor).toBeNull();
  // deno-lint-ignore no-explicit-any -- the body's shape is the document's to check
  const told = body.items.map(({ user_email, action, subject, detail }: any) =>
    [user_email.split("@")[0], action, subject, detail].filter(Boolean).join(" ")
  );
  expect(told.toReversed()).toEqual([
    "owner project_created Cracks",
    "owner member_added editor@example.com editor",
    `editor job_created ${name}`,
    `editor job_status_changed ${name} cancelled`,
    `owner job_deleted ${name}`,
    "editor project_changed Cracks Tiles",
    "owner member_role_changed editor@example.com viewer",
    "editor member_removed editor@example.com",
  ]);
  expect(body.items[5]).toMatchObject({
    request_id: "the-creation",
    address: expect.stringMatching(/^(127\.0\.0\.1|::1)$/),
  });
});

test("goes page by page", async () => {
  const all = (await auditOf(owner)).body.items;
  const first = (await auditOf(owner, "?limit=3")).body;
  expect(first.items).toEqual(all.slice(0, 3));
  const second = (await auditOf(owner, `?limit=3&cursor=${first.next_cursor}`)).body;
  expect(second.items).toEqual(all.slice(3, 6));
  for (const query of ["?cursor=x", "?cursor=-1", "?cursor=", "?limit=0", "?limit=x"]) {
    expect((await auditOf(owner, query)).status, query).toBe(400);
  }
});

test("on pages, in both languages; the account's own beside its sessions", async () => {
  const login = { email: "owner@example.com", password: "wrong password" };
  await request(server, { method: "POST", path: "/api/v1/auth/login", json: login });
  const secret =
    (await owner.send("POST", "/api/v1/auth/tokens", { json: { name: "gpu", scope: "read" } })).body
      .token;
  const pages = await openPages(server, { ...login, password: PASSWORD });
  const { text } = await pages.get(`/projects/${id}/activity`);
  expect(text).toContain("프로젝트 이름을 바꿨습니다: Cracks → Tiles");
  expect(text).toContain("editor@example.com (편집자)");
  expect(text).toMatch(/실험 상태를 바꿨습니다: yolo11n-seg #\d+ → 🚫 취소됨/);
  const english = { "Accept-Language": "en" };
  const { text: inEnglish } = await pages.get(`/projects/${id}/activity`, english);
  expect(inEnglish).toContain("Renamed the project Cracks to Tiles");
  const account = (await pages.get("/account", english)).text;
  for (
    const words of ["Signed in", "Tried to sign in with a wrong password", "Created the token gpu"]
  ) expect(account).toContain(words);
  expect(account).not.toContain(secret);
  expect(account).not.toContain("Created the project");

  const rows = JSON.stringify(await server.place.sql("select * from audit_log"));
  for (const hidden of [secret, PASSWORD, "wrong password", owner.token]) {
    expect(rows).not.toContain(hidden);
  }
});
