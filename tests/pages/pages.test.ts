import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Api, request, signInApi } from "../support/api.ts";
import { EXPERIMENT_FORM, HTMX, openPages, type Pages } from "../support/pages.ts";
import { type Server, startServer } from "../support/server.ts";

const OTHER = { email: "other@example.com", password: "other-password" };

let server: Server;
let pages: Pages;
let api: Api;

beforeAll(async () => {
  server = await startServer();
  api = await signInApi(server);
  pages = await openPages(server);
  await request(server, { method: "POST", path: "/api/v1/auth/register", json: OTHER });
});
afterAll(() => server[Symbol.asyncDispose]());

describe("creating an experiment", () => {
  test("htmx gets the row alone, with the events that close the dialog and say so", async () => {
    const answer = await pages.post("/projects/1/experiments", EXPERIMENT_FORM, HTMX);
    expect(answer.status).toBe(201);
    expect(answer.headers.get("Vary")).toContain("HX-Request");
    expect(answer.text).toMatch(/^<tr id="experiment-\d+" class="fresh">.*<\/tr>$/s);
    expect(columns(answer.text).join(" · "))
      .toBe("yolo11n-seg · segmentation · ⏳ 대기중 · - · 방금 전 🆕");
    const trigger = answer.headers.get("HX-Trigger")!;
    expect(trigger).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(trigger)).toMatchObject({
      toast: { message: "학습 작업이 생성되었습니다!" },
      "experiment-created": { id: expect.any(Number) },
    });
  });

  test("without htmx it leads back to the project", async () => {
    const answer = await pages.post("/projects/1/experiments", EXPERIMENT_FORM);
    expect(answer.status).toBe(303);
    expect(answer.headers.get("Location")).toBe("/projects/1");
    expect(answer.headers.get("Vary")).toContain("HX-Request");
  });

  test("a refusal is 422 with the form alone for htmx, the full page otherwise", async () => {
    const before = await countJobs();
    const form = { ...EXPERIMENT_FORM, epochs: "1001", learning_rate: "fast" };
    const fragment = await pages.post("/projects/1/experiments", form, HTMX);
    expect(fragment.status).toBe(422);
    expect(fragment.text).toMatch(/^<form id="experiment-form"/);
    const page = await pages.post("/projects/1/experiments", form);
    expect(page.status).toBe(422);
    expect(page.text).toMatch(/^<!doctype html>/);
    for (const { text, headers } of [fragment, page]) {
      expect(headers.get("Vary")).toContain("HX-Request");
      expect(text).toContain('value="1001"');
      expect(text).toContain('value="fast"');
      expect(text).toMatch(/id="epochs-error">에포크는 1에서 1000 사이여야 합니다</);
      expect(text).toMatch(/id="learning_rate-error">학습률은 숫자여야 합니다</);
    }
    expect(await countJobs()).toBe(before);
  });

  test("an unknown dataset, model or unsuitable pair is told beside its field", async () => {
    const refusal = async (changes: Record<string, string>) => {
      const form = { ...EXPERIMENT_FORM, ...changes };
      const { status, text } = await pages.post("/projects/1/experiments", form, HTMX);
      expect(status).toBe(422);
      return /<p class="error" id="(\w+)-error">([^<]+)/.exec(text)!.slice(1);
    };
    expect(await refusal({ dataset_path: "../secret" }))
      .toEqual(["dataset_path", "데이터셋을 찾을 수 없습니다: ../secret"]);
    expect((await refusal({ model_name: "yolo99" }))[0]).toBe("model_name");
    expect((await refusal({ model_name: "resnet18" }))[0]).toBe("dataset_path");
    expect((await refusal({ optimizer: "auto" }))[0]).toBe("optimizer");
  });

  test("the same form twice makes one job and answers the same row", async () => {
    const form = { ...EXPERIMENT_FORM, idempotency_key: crypto.randomUUID() };
    const before = await countJobs();
    const first = await pages.post("/projects/1/experiments", form, HTMX);
    const second = await pages.post("/projects/1/experiments", form, HTMX);
    expect(second.status).toBe(201);
    expect(second.text).toBe(first.text);
    expect(await countJobs()).toBe(before + 1);

    // With other values it says what happened, and offers a form that would make another one.
    const changed = await pages.post("/projects/1/experiments", { ...form, epochs: "7" }, HTMX);
    expect(changed.status).toBe(422);
    expect(changed.text).toContain("이 양식으로 이미 실험을 만들었습니다");
    expect(changed.text).not.toContain(form.idempotency_key);
  });

  test("what was typed is never markup", async () => {
    const form = { ...EXPERIMENT_FORM, dataset_path: `"><script>alert(1)</script>` };
    const { text } = await pages.post("/projects/1/experiments", form);
    expect(text).not.toContain("<script>alert");
    expect(text).toContain("&lt;script>alert(1)");
  });
});

describe("the project's rows", () => {
  test("are answered alone for refreshing the list", async () => {
    const { status, text } = await pages.get("/projects/1/experiments", HTMX);
    expect(status).toBe(200);
    expect(text).toMatch(/^(<tr id="experiment-\d+".*?<\/tr>)+$/s);
    expect(text).toContain("89.0%");
    expect(text).toContain("CUDA out of memory");
  });

  test("go on page by page when there are many", async () => {
    const { body: project } = await api.send("POST", "/api/v1/projects", {
      json: { name: "Many" },
    });
    const form = { ...EXPERIMENT_FORM };
    for (let i = 0; i < 51; i++) {
      await pages.post(`/projects/${project.id}/experiments`, form, HTMX);
    }
    const first = await pages.get(`/projects/${project.id}`);
    expect(first.text.match(/id="experiment-/g)).toHaveLength(50);
    const older = /href="(\/projects\/\d+\?cursor=\d+)"/.exec(first.text)![1]!;
    const second = await pages.get(older);
    expect(second.text.match(/id="experiment-/g)).toHaveLength(1);
    expect(second.text).not.toMatch(/href="[^"]*cursor=/);
  });
});

describe("somebody else", () => {
  test("sees nothing of a project and cannot change it", async () => {
    const other = await openPages(server, OTHER);
    const before = await countJobs();
    const answers = [
      await other.get("/projects/1"),
      await other.get("/projects/1/experiments"),
      await other.get("/projects/1/experiments/new"),
      await other.get("/projects/1/edit"),
      await other.post("/projects/1/experiments", EXPERIMENT_FORM),
      await other.post("/projects/1/experiments", { ...EXPERIMENT_FORM, epochs: "0" }),
      await other.post("/projects/1/edit", { name: "mine" }),
      await other.post("/projects/1/edit", { name: "" }),
      await other.post("/projects/1/delete", { confirm: "Dog vs Cat" }),
    ];
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 404));
    expect(answers[0]!.text).not.toContain("Dog vs Cat");
    expect(await countJobs()).toBe(before);
  });

  test("who is not signed in is sent to sign in, and back after", async () => {
    const nobody = await openPages(server, null);
    const page = await nobody.get("/projects/1?cursor=9");
    expect(page.status).toBe(303);
    expect(page.headers.get("Location")).toBe("/login?next=%2Fprojects%2F1%3Fcursor%3D9");
    const fragment = await nobody.get("/projects/1/experiments", HTMX);
    expect(fragment.status).toBe(401);
    expect(fragment.headers.get("HX-Redirect")).toBe("/login");
  });

  test.each(["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"])(
    "signing in never leads to %s",
    async (next) => {
      const nobody = await openPages(server, null);
      const answer = await nobody.post("/login", {
        email: "demo@example.com",
        password: "demo-password",
        next,
      });
      expect(answer.status).toBe(303);
      expect(answer.headers.get("Location")).toBe("/");
    },
  );
});

describe("a request of another site", () => {
  test.each<Record<string, string>>([
    { "Sec-Fetch-Site": "cross-site" },
    { "Sec-Fetch-Site": "same-site" },
    { "Sec-Fetch-Site": "cross-site", "Content-Type": "application/json" },
  ])("is refused with the cookie in hand: %o", async (headers) => {
    const before = await countJobs();
    const answer = await pages.post("/projects/1/experiments", EXPERIMENT_FORM, headers);
    expect(answer.status).toBe(403);
    expect(await countJobs()).toBe(before);
  });

  test("is known by its Origin where Sec-Fetch-Site is not sent", async () => {
    const send = (origin: string) =>
      fetch(`${server.origin}/language`, {
        method: "POST",
        body: new URLSearchParams({ language: "en", next: "/projects" }),
        headers: { Origin: origin, Cookie: pages.cookie },
        redirect: "manual",
      }).then(async (response) => (await response.body?.cancel(), response.status));
    expect(await send("https://evil.example")).toBe(403);
    expect(await send("null")).toBe(403);
    expect(await send(server.origin)).toBe(303);
  });
});

describe("projects", () => {
  test("are created, renamed and deleted; deleting one with experiments asks for its name", async () => {
    const refused = await pages.post("/projects", { name: " ", description: "" });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain("이름 항목을 입력하세요");

    const created = await pages.post("/projects", { name: "새 <b>이름</b>", description: "설명" });
    expect(created.status).toBe(303);
    const path = created.headers.get("Location")!;
    expect((await pages.get(path)).text).toContain("<h1>새 &lt;b>이름&lt;/b></h1>");

    const renamed = await pages.post(`${path}/edit`, { name: "이름", description: "" });
    expect(renamed.status).toBe(303);
    await pages.post(`${path}/experiments`, EXPERIMENT_FORM);
    const unconfirmed = await pages.post(`${path}/delete`, { confirm: "이르" });
    expect(unconfirmed.status).toBe(422);
    const deleted = await pages.post(`${path}/delete`, { confirm: "이름" });
    expect(deleted.status).toBe(303);
    expect((await pages.get(path)).status).toBe(404);
    const id = path.split("/").at(-1)!;
    expect([...Deno.readDirSync(`${server.folder}/outputs`)].map(({ name }) => name))
      .toContain("1");
    expect([...Deno.readDirSync(`${server.folder}/outputs/${id}`)]).toEqual([]);
  });
});

describe("accounts", () => {
  test("signing up signs in; signing out ends the session for good", async () => {
    const nobody = await openPages(server, null);
    const answer = await nobody.post("/signup", {
      email: "New@Example.com",
      password: "a long password",
      full_name: "",
    });
    expect(answer.status).toBe(303);
    const cookie = answer.headers.getSetCookie()[0]!;
    expect(cookie).toMatch(
      /^trainyard_session=[\w.-]+; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Lax$/,
    );

    const somebody = await openPages(server, {
      email: "new@example.com",
      password: "a long password",
    });
    expect((await somebody.get("/projects")).status).toBe(200);
    expect((await somebody.post("/logout", {})).status).toBe(303);
    expect((await somebody.get("/projects")).status).toBe(303);
  });

  test("signing in again ends the session whose cookie is replaced, and no other", async () => {
    const account = { email: "demo@example.com", password: "demo-password" };
    const first = await openPages(server, account);
    const other = await openPages(server, account);
    expect((await first.post("/login", { ...account, password: "wrong" })).status).toBe(401);
    expect((await first.get("/projects")).status).toBe(200);
    expect((await first.post("/login", account)).status).toBe(303);
    expect((await first.get("/projects")).status).toBe(303);
    expect((await other.get("/projects")).status).toBe(200);
  });

  test("a refused sign-in keeps the address, not the password, and says no more than it must", async () => {
    const nobody = await openPages(server, null);
    for (const email of ["demo@example.com", "nobody@example.com"]) {
      const { status, text } = await nobody.post("/login", { email, password: "wrong-password" });
      expect(status).toBe(401);
      expect(text).toContain("이메일 또는 비밀번호가 올바르지 않습니다");
      expect(text).toContain(`value="${email}"`);
      expect(text).not.toContain("wrong-password");
    }
  });
});

describe("language", () => {
  test("follows Accept-Language, else Korean; the switch wins", async () => {
    const lang = async (headers: Record<string, string>) =>
      /<html lang="(\w+)"/.exec((await pages.get("/projects", headers)).text)![1];
    expect(await lang({ "Accept-Language": "en-GB,en;q=0.9" })).toBe("en");
    expect(await lang({ "Accept-Language": "fr" })).toBe("ko");
    const { headers } = await pages.post("/language", { language: "en", next: "/projects" });
    expect(headers.getSetCookie()[0]).toMatch(/^language=en; /);
  });
});

async function countJobs(): Promise<number> {
  const { body } = await api.send("GET", "/api/v1/projects/1");
  return body.experiment_count;
}

/** The texts of a row's first five cells. */
function columns(row: string): string[] {
  return row.split(/<\/t[hd]>/).slice(0, 5).map((cell) => cell.replaceAll(/<[^>]*>/g, "").trim());
}
