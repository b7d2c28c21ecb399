import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EXAMPLE, signInApi, signUpApi } from "../support/api.ts";
import { EXPERIMENT_FORM, openPages, type Pages } from "../support/pages.ts";
import { type Server, startServer } from "../support/server.ts";

const PROJECT = "/projects/1";
const MEMBERS = `${PROJECT}/members`;
const PASSWORD = "correct horse battery";

let server: Server;
let owner: Pages;
let viewer: Pages;
let viewerId: number;
let jobPath: string;

beforeAll(async () => {
  server = await startServer();
  owner = await openPages(server);
  const api = await signUpApi(server, "viewer@example.com");
  viewerId = (await api.send("GET", "/api/v1/auth/me")).body.id;
  viewer = await openPages(server, { email: "viewer@example.com", password: PASSWORD });
  const job = await (await signInApi(server)).send("POST", "/api/v1/training/jobs", {
    json: EXAMPLE,
  });
  jobPath = `${PROJECT}/experiments/${job.body.id}`;
});
afterAll(() => server?.[Symbol.asyncDispose]());

describe("the members' page", () => {
  test("shares a project with an account, and says what it did", async () => {
    expect((await viewer.get(MEMBERS)).status).toBe(404);
    expect((await owner.get("/projects")).text).not.toContain("명과 공유");
    const added = await owner.post(MEMBERS, { email: "viewer@example.com", role: "viewer" });
    expect([added.status, added.headers.get("Location")]).toEqual([303, `${MEMBERS}?done=added`]);
    const { text } = await owner.get(`${MEMBERS}?done=added`);
    expect(text).toContain("구성원을 추가했습니다.");
    expect(text).toContain("viewer@example.com");
    expect((await owner.get("/projects")).text).toContain("1명과 공유");
    expect((await viewer.get("/projects")).text).toContain("demo 님의 프로젝트");
  });

  test("says beside the field what is wrong, and keeps what was typed", async () => {
    const unknown = await owner.post(MEMBERS, { email: "nobody@example.com", role: "editor" });
    expect(unknown.status).toBe(422);
    expect(unknown.text).toMatch(/id="email-error">[^<]*가입한 계정이 없습니다/);
    expect(unknown.text).toContain('value="nobody@example.com"');
    expect(unknown.text).toMatch(/<option[^>]*selected[^>]*>편집자/);
    const again = await owner.post(MEMBERS, { email: "viewer@example.com", role: "viewer" });
    expect(again.status).toBe(409);
    expect(again.text).toContain("이미 이 프로젝트를 함께 쓰고 있습니다");
    expect((await owner.post(MEMBERS, { email: "", role: "boss" })).status).toBe(422);
  });

  test("speaks English too", async () => {
    const { text } = await viewer.get(MEMBERS, { "Accept-Language": "en" });
    expect(text).toContain("Leave the project");
    expect(text).not.toMatch(/[가-힣]{2}(?<!한국어|한국)/);
  });
});

describe("a viewer", () => {
  test("sees everything, and no button that would be refused", async () => {
    for (const path of [PROJECT, jobPath, MEMBERS]) {
      const { status, text } = await viewer.get(path);
      expect(status, path).toBe(200);
      expect(text, path).not.toMatch(/새 실험|복제|학습 취소|destructive[^>]*>삭제|>수정</);
    }
    expect((await viewer.get(MEMBERS)).text).not.toMatch(/구성원 추가|내보내기/);
    expect((await owner.get(jobPath)).text).toMatch(/복제[\s\S]*학습 취소[\s\S]*삭제/);
    expect((await viewer.get("/experiments/new")).text).toContain("아직 프로젝트가 없으니");
  });

  test("is refused with the role it takes, and nothing changes", async () => {
    const editors = [
      await viewer.get(`${PROJECT}/experiments/new`),
      await viewer.get(`${PROJECT}/edit`),
      await viewer.get(`${jobPath}/delete`),
      await viewer.post(`${PROJECT}/experiments`, EXPERIMENT_FORM),
      await viewer.post(`${PROJECT}/edit`, { name: "Mine", description: "" }),
      await viewer.post(`${jobPath}/cancel`, {}),
      await viewer.post(`${jobPath}/delete`, {}),
    ];
    for (const { status, text } of editors) {
      expect(status).toBe(403);
      expect(text).toContain("이 프로젝트의 편집자 권한이 필요합니다");
    }
    const owners = [
      await viewer.post(`${PROJECT}/delete`, { confirm: "Dog vs Cat" }),
      await viewer.post(MEMBERS, { email: "demo@example.com", role: "editor" }),
      await viewer.post(MEMBERS, { email: "", role: "boss" }),
      await viewer.post(`${MEMBERS}/${viewerId}/role`, { role: "editor" }),
      await viewer.post(`${MEMBERS}/1/remove`, {}),
    ];
    for (const { status, text } of owners) {
      expect(status).toBe(403);
      expect(text).toContain("이 프로젝트의 소유자 권한이 필요합니다");
    }
    expect((await owner.get(jobPath)).text).toContain("대기중");
  });
});

test("an editor edits but does not delete the project", async () => {
  const changed = await owner.post(`${MEMBERS}/${viewerId}/role`, { role: "editor" });
  expect(changed.headers.get("Location")).toBe(`${MEMBERS}?done=changed`);
  const { text } = await viewer.get(PROJECT);
  expect(text).toContain("새 실험");
  const settings = await viewer.get(`${PROJECT}/edit`);
  expect(settings.text).toContain("저장");
  expect(settings.text).not.toContain("destructive");
  expect((await viewer.post(`${jobPath}/cancel`, {})).status).toBe(303);
});

test("a member leaves", async () => {
  const left = await viewer.post(`${MEMBERS}/${viewerId}/remove`, {});
  expect(left.headers.get("Location")).toBe("/projects");
  expect((await viewer.get(PROJECT)).status).toBe(404);
  expect((await owner.get(MEMBERS)).text).not.toContain("viewer@example.com");
});
