import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Api,
  apiWith,
  EXAMPLE,
  refusal,
  request,
  signInApi,
  signUpApi,
} from "../support/api.ts";
import { type Server, startServer } from "../support/server.ts";

const PROJECT = "/api/v1/projects/1";
const MEMBERS = `${PROJECT}/members`;
const JOBS = "/api/v1/training/jobs";
const NEEDS = (role: string) => ({
  status: 403,
  detail: `This takes the role '${role}' in the project`,
});

let server: Server;
let owner: Api;
let editor: Api;
let viewer: Api;
let ids: Record<"owner" | "editor" | "viewer", number>;

beforeAll(async () => {
  server = await startServer();
  owner = await signInApi(server);
  editor = await signUpApi(server, "editor@example.com");
  viewer = await signUpApi(server, "viewer@example.com");
  const idOf = async (api: Api) => (await api.send("GET", "/api/v1/auth/me")).body.id;
  ids = { owner: await idOf(owner), editor: await idOf(editor), viewer: await idOf(viewer) };
});
afterAll(() => server?.[Symbol.asyncDispose]());

const add = (email: string, role?: string, by = owner) =>
  by.send("POST", MEMBERS, { json: { email, role } });
const seenBy = async (api: Api) =>
  (await api.send("GET", MEMBERS)).body.items.map((member: { email: string; role: string }) =>
    `${member.email}: ${member.role}`
  );

test("a project is shared, worked on together, and shared no more", async () => {
  for (const api of [editor, viewer]) expect((await api.send("GET", PROJECT)).status).toBe(404);
  const added = await add(" Editor@Example.com", "editor");
  expect([added.status, added.body]).toEqual([201, {
    user_id: ids.editor,
    email: "editor@example.com",
    full_name: null,
    role: "editor",
    created_at: expect.any(String),
  }]);
  expect((await add("viewer@example.com")).body.role).toBe("viewer");
  const everybody = [
    "demo@example.com: owner",
    "editor@example.com: editor",
    "viewer@example.com: viewer",
  ];
  for (const api of [owner, editor, viewer]) expect(await seenBy(api)).toEqual(everybody);

  const { body } = await editor.send("GET", "/api/v1/projects");
  expect(body.items).toMatchObject([{
    id: 1,
    role: "editor",
    owner: { email: "demo@example.com", full_name: "demo" },
    member_count: 2,
  }]);
  const made = await editor.send("POST", JOBS, { json: EXAMPLE });
  expect(made.status).toBe(201);
  const path = `${JOBS}/${made.body.id}`;
  expect((await viewer.send("GET", path)).body).toEqual(made.body);
  expect((await viewer.send("GET", `${PROJECT}/experiments`)).body.items[0]).toEqual(made.body);
  const outputs = await server.place.outputDirs();

  const refused = [
    await viewer.send("POST", JOBS, { json: EXAMPLE }),
    await viewer.send("POST", `${JOBS}?validate_only=true`, { json: EXAMPLE }),
    await viewer.send("POST", `${path}/cancel`),
    await viewer.send("DELETE", path),
    await viewer.send("PATCH", PROJECT, { json: { name: "Mine" } }),
  ];
  for (const answer of refused) expect(refusal(answer)).toMatchObject(NEEDS("editor"));
  for (const api of [viewer, editor]) {
    expect(refusal(await api.send("DELETE", PROJECT))).toMatchObject(NEEDS("owner"));
    expect(refusal(await add("x@example.com", "viewer", api))).toMatchObject(NEEDS("owner"));
    const other = `${MEMBERS}/${api === viewer ? ids.editor : ids.viewer}`;
    expect(refusal(await api.send("DELETE", other))).toMatchObject(NEEDS("owner"));
    expect(refusal(await api.send("PATCH", other, { json: { role: "editor" } })))
      .toMatchObject(NEEDS("owner"));
  }
  expect(await server.place.outputDirs()).toEqual(outputs);
  expect((await owner.send("GET", path)).body).toEqual(made.body);

  const promoted = await owner.send("PATCH", `${MEMBERS}/${ids.viewer}`, {
    json: { role: "editor" },
  });
  expect([promoted.status, promoted.body.role]).toEqual([200, "editor"]);
  expect((await viewer.send("POST", `${path}/cancel`)).body.status).toBe("cancelled");
  expect((await editor.send("DELETE", path)).status).toBe(204);

  expect((await viewer.send("DELETE", `${MEMBERS}/${ids.viewer}`)).status).toBe(204);
  expect((await owner.send("DELETE", `${MEMBERS}/${ids.editor}`)).status).toBe(204);
  for (const api of [editor, viewer]) {
    expect((await api.send("GET", PROJECT)).status).toBe(404);
    expect((await api.send("GET", MEMBERS)).status).toBe(404);
    expect((await api.send("POST", JOBS, { json: EXAMPLE })).status).toBe(404);
  }
  expect(await seenBy(owner)).toEqual(["demo@example.com: owner"]);
});

describe("a member", () => {
  test("needs an account, and is added once; the owner is no member", async () => {
    expect(refusal(await add("nobody@example.com"))).toMatchObject({
      status: 400,
      fields: ["email"],
      detail: "There is no account with this email; they must register first",
    });
    expect((await add("viewer@example.com")).status).toBe(201);
    for (const email of ["viewer@example.com", "demo@example.com"]) {
      expect(refusal(await add(email, "editor"))).toMatchObject({
        status: 409,
        detail: "The project is shared with them already",
      });
    }
    for (const role of ["owner", "admin", "", 7, null]) {
      const answer = await owner.send("POST", MEMBERS, {
        json: { email: "editor@example.com", role },
      });
      expect(refusal(answer)).toMatchObject({ status: 400, fields: ["role"] });
    }
    expect(await seenBy(owner))
      .toEqual(["demo@example.com: owner", "viewer@example.com: viewer"]);
    await owner.send("DELETE", `${MEMBERS}/${ids.viewer}`);
  });

  test("who is none is not found; the owner stays", async () => {
    const json = { role: "editor" };
    for (const id of [ids.editor, 4711, "x", "1e3", "9".repeat(30)]) {
      const path = `${MEMBERS}/${id}`;
      expect(refusal(await owner.send("PATCH", path, { json }))).toMatchObject({
        status: 404,
        detail: "Member not found",
      });
      expect((await owner.send("DELETE", path)).status).toBe(404);
    }
    const path = `${MEMBERS}/${ids.owner}`;
    expect((await owner.send("PATCH", path, { json })).status).toBe(409);
    expect((await owner.send("DELETE", path)).status).toBe(409);
    // Who has nothing to leave learns nothing.
    expect(refusal(await editor.send("DELETE", `${MEMBERS}/${ids.editor}`)))
      .toMatchObject({ status: 404, detail: "Project not found" });
  });

  test("does not come or go by a personal access token, though it may look", async () => {
    const made = await owner.send("POST", "/api/v1/auth/tokens", {
      json: { name: "found", scope: "write" },
    });
    const token = apiWith(server, made.body.token);
    expect((await token.send("GET", MEMBERS)).status).toBe(200);
    const answers = [
      await add("editor@example.com", "editor", token),
      await token.send("PATCH", `${MEMBERS}/${ids.editor}`, { json: { role: "editor" } }),
      await token.send("DELETE", `${MEMBERS}/${ids.editor}`),
    ];
    for (const answer of answers) expect(answer.status).toBe(403);
    expect(await seenBy(owner)).toEqual(["demo@example.com: owner"]);
  });
});

test("trying addresses is slowed down", async () => {
  const api = await signUpApi(server, "prober@example.com");
  const { id } = (await api.send("POST", "/api/v1/projects", { json: { name: "p" } })).body;
  const statuses: number[] = [];
  for (let i = 0; i < 61; i++) {
    const answer = await request(server, {
      method: "POST",
      path: `/api/v1/projects/${id}/members`,
      json: { email: `guess-${i}@example.com` },
      headers: { Authorization: `Bearer ${api.token}` },
    });
    statuses.push(answer.status);
  }
  expect(statuses).toEqual([...Array(60).fill(400), 429]);
});
