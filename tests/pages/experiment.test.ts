import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Api, DATASETS, EXAMPLE, request, signInApi } from "../support/api.ts";
import { EXPERIMENT_FORM, HTMX, openPages, type PageAnswer, type Pages } from "../support/pages.ts";
import { openPlace } from "../support/place.ts";
import { type Server, startServer } from "../support/server.ts";

const OTHER = { email: "other@example.com", password: "other-password" };
/** Whatever a shell might take for something else. */
const HOSTILE = 'it\'s $HOME `id` "x" ! 한글';
/** The demo project's, as `fillWithDemoData` makes them. */
const FAILED = 1;
const COMPLETED = 2;

let server: Server;
let pages: Pages;
let api: Api;

beforeAll(async () => {
  // On Postgres a test can change a job's status while the server runs, as a trainer does.
  const place = await openPlace({ backend: "postgres × disk" });
  server = await startServer({
    place,
    datasets: {
      ...DATASETS,
      [`${HOSTILE}/train/cat/1.jpg`]: "",
      [`${HOSTILE}/train/dog/1.jpg`]: "",
      "deep/down/train/cat/1.jpg": "",
      "deep/down/train/dog/1.jpg": "",
    },
  });
  api = await signInApi(server);
  pages = tidied(await openPages(server));
  await request(server, { method: "POST", path: "/api/v1/auth/register", json: OTHER });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await server.place.remove();
});

describe("an experiment's page", () => {
  test("shows status, times, results and configuration", async () => {
    const { status, text } = await pages.get(`/projects/1/experiments/${COMPLETED}`);
    expect(status).toBe(200);
    expect(text).toContain("✅ 완료");
    expect(text).toContain('datetime="2024-01-17T01:22:20.000Z" title="2024-01-17 01:22:20 UTC"');
    expect(text).toMatch(/2024-01-17 02:05 UTC<\/time> · 42분 40초/);
    const facts = pairs(text);
    expect(facts).toMatchObject({
      정확도: "89.0%",
      손실: "0.41",
      모델: "yolo11n",
      프레임워크: "ultralytics",
      태스크: "detection",
      에포크: "50",
      "배치 크기": "16",
      학습률: "0.01",
      옵티마이저: "SGD",
      "사전 학습": "예",
    });
    expect(facts["데이터셋"]).toBe("shapes-det yolo · 클래스 3개");
    expect(text).toContain('href="/datasets/view?path=shapes-det"');
  });

  test("shows what went wrong, as text", async () => {
    await server.place.sql(
      `update training_jobs set error_message = 'CUDA <b>out</b> of memory' where id = ${FAILED}`,
    );
    const { text } = await pages.get(`/projects/1/experiments/${FAILED}`);
    expect(text).toContain("CUDA &lt;b>out&lt;/b> of memory");
    expect(pairs(text)["정확도"]).toBe("-");
  });

  test("shows an accuracy of 0 as a value", async () => {
    const { id } = await createJob();
    await server.place.sql(
      `update training_jobs set status = 'completed', accuracy = 0, loss = 0 where id = ${id}`,
    );
    const { text } = await pages.get(`/projects/1/experiments/${id}`);
    expect(pairs(text)).toMatchObject({ 정확도: "0.0%", 손실: "0" });
  });

  test("offers what the status allows", async () => {
    const { id } = await createJob();
    const offered = async (status: string) => {
      await server.place.sql(`update training_jobs set status = '${status}' where id = ${id}`);
      const { text } = await pages.get(`/projects/1/experiments/${id}`);
      const { text: rows } = await pages.get("/projects/1/experiments", HTMX);
      const row = rowOf(rows, id);
      const has = (html: string) =>
        ["cancel", "delete"].filter((verb) => html.includes(`/${verb}"`));
      return { page: has(text), row: has(row) };
    };
    expect(await offered("pending")).toEqual({
      page: ["cancel", "delete"],
      row: ["cancel", "delete"],
    });
    expect(await offered("running")).toEqual({ page: ["cancel"], row: [] });
    for (const final of ["completed", "failed", "cancelled"]) {
      expect(await offered(final)).toEqual({ page: ["delete"], row: ["delete"] });
    }
  });
});

describe("the output directory", () => {
  test("is a tree with sizes", async () => {
    const job = await createJob();
    await server.place.putOutput(job.output_dir, "checkpoints/best.pt", "x".repeat(1_234_567));
    await server.place.putOutput(job.output_dir, "logs/a <b>.log", "x".repeat(999));
    const { text } = await pages.get(`/projects/1/experiments/${job.id}`);
    expect(text).toContain("파일 2개");
    expect(text).toMatch(
      /checkpoints\/<\/code><ul class="tree"><li><code>best\.pt<\/code> <span class="size">1\.2 MB</,
    );
    expect(text).toMatch(/a &lt;b>\.log<\/code> <span class="size">999 B</);
    expect(text).toContain("results/");
  });

  test("is cut short where it is long, near the top first", async () => {
    const job = await createJob();
    for (let i = 0; i < 230; i++) {
      await server.place.putOutput(job.output_dir, `checkpoints/epoch-${i}.pt`, "");
    }
    const { text } = await pages.get(`/projects/1/experiments/${job.id}`);
    expect(text).toContain("파일 230개");
    // Three directories and 197 files.
    expect(text).toContain("그 밖에 33개 더 있음");
    expect(text.match(/epoch-\d+\.pt/g)).toHaveLength(197);
    expect(text).toContain("results/");
  });

  test("that is gone is told", async () => {
    const job = await createJob();
    await Deno.remove(`${server.folder}/${job.output_dir}`, { recursive: true });
    const { status, text } = await pages.get(`/projects/1/experiments/${job.id}`);
    expect(status).toBe(200);
    expect(text).toContain("디렉터리가 없습니다");
  });

  test("of another program's making is never looked into", async () => {
    const job = await createJob();
    await server.place.sql(
      `update training_jobs set output_dir = '../../etc' where id = ${job.id}`,
    );
    const { status, text } = await pages.get(`/projects/1/experiments/${job.id}`);
    expect(status).toBe(200);
    expect(text).toContain("디렉터리가 없습니다");
  });

  test("on a volume that is down hides nothing else", async () => {
    const job = await createJob();
    const outputs = `${server.folder}/outputs`;
    await Deno.rename(outputs, `${outputs}-away`);
    await Deno.writeTextFile(outputs, "");
    try {
      const { status, text } = await pages.get(`/projects/1/experiments/${job.id}`);
      expect(status).toBe(200);
      expect(text).toContain("출력 저장소가 응답하지 않아");
      expect(pairs(text)["모델"]).toBe("yolo11n-seg");
    } finally {
      await Deno.remove(outputs);
      await Deno.rename(`${outputs}-away`, outputs);
    }
  });
});

describe("the command to copy", () => {
  test("creates the same job, whatever the values are", async (context) => {
    const job = await createJob({
      model_name: "resnet18",
      framework: "timm",
      task_type: "image_classification",
      dataset_path: HOSTILE,
      dataset_format: "imagefolder",
      learning_rate: 1e-7,
      pretrained: false,
    });
    const { text } = await pages.get(`/projects/1/experiments/${job.id}`);
    const [, html] = /<pre id="curl"[^>]*>([^]*?)<\/pre>/.exec(text)!;
    const command = decode(html!);
    expect(command).toContain(`'${server.origin}/api/v1/training/jobs'`);

    const run = new Deno.Command("sh", {
      args: ["-c", command],
      env: { TRAINYARD_TOKEN: api.token },
      stdout: "piped",
      stderr: "piped",
    });
    const { stdout, stderr } = await run.output().catch(() => context.skip("no sh here"));
    if (/curl.*not found/.test(new TextDecoder().decode(stderr))) context.skip("no curl here");
    const copy = JSON.parse(new TextDecoder().decode(stdout));
    const { id: _, output_dir: __, created_at: ___, updated_at: ____, ...same } = job;
    expect(copy).toMatchObject(same);
    expect(copy.id).toBeGreaterThan(job.id);
  });

  test("names the address that people use", async () => {
    const place = await openPlace();
    const behindProxy = await startServer({
      place,
      env: { PUBLIC_URL: "https://train.example.com" },
    });
    try {
      const visitor = await openPages(behindProxy);
      const { text } = await visitor.get(`/projects/1/experiments/${COMPLETED}`);
      expect(decode(text)).toContain("curl 'https://train.example.com/api/v1/training/jobs'");
    } finally {
      await behindProxy[Symbol.asyncDispose]();
      await place.remove();
    }
  });
});

describe("cancelling", () => {
  test("htmx gets the row and says so", async () => {
    const { id } = await createJob();
    const answer = await pages.post(`/projects/1/experiments/${id}/cancel`, {}, HTMX);
    expect(answer.status).toBe(200);
    expect(answer.text).toMatch(new RegExp(`^<tr id="experiment-${id}">.*</tr>$`, "s"));
    expect(answer.text).toContain("🚫 취소됨");
    expect(JSON.parse(answer.headers.get("HX-Trigger")!))
      .toEqual({
        "experiment-changed": {},
        toast: { message: "학습을 취소했습니다" },
      });
    expect(await statusOf(id)).toBe("cancelled");
  });

  test("without script it leads back to where it was asked for", async () => {
    const back = async (referer: string) => {
      const { id } = await createJob();
      const { status, headers } = await pages.post(
        `/projects/1/experiments/${id}/cancel`,
        {},
        { Referer: referer.replace("ID", String(id)) },
      );
      expect(status).toBe(303);
      return headers.get("Location")!.replace(String(id), "ID");
    };
    const page = "/projects/1/experiments/ID";
    expect(await back(`${server.origin}/projects/1?status=pending`))
      .toBe("/projects/1?status=pending");
    expect(await back(server.origin + page)).toBe(page);
    expect(await back("https://evil.example/projects/2?x")).toBe(page);
    expect(await back("nonsense")).toBe(page);
  });

  test("refused, it is a toast for htmx and the page with the reason otherwise", async () => {
    const path = `/projects/1/experiments/${COMPLETED}/cancel`;
    const fragment = await pages.post(path, {}, HTMX);
    expect(fragment.status).toBe(409);
    expect(fragment.headers.get("HX-Reswap")).toBe("none");
    expect(JSON.parse(fragment.headers.get("HX-Trigger")!).toast.kind).toBe("error");
    const page = await pages.post(path, {});
    expect(page.status).toBe(409);
    expect(page.text).toMatch(/role="alert">취소할 수 없는 상태입니다/);
    expect(page.text).toContain("89.0%");
    expect(await statusOf(COMPLETED)).toBe("completed");
  });
});

describe("deleting", () => {
  test("asks first: in a dialog, or on a page", async () => {
    const { id } = await createJob();
    const path = `/projects/1/experiments/${id}/delete`;
    const fragment = await pages.get(path, HTMX);
    expect(fragment.text).toMatch(/^<div[^]*id="confirm-title">yolo11n-seg 실험을 삭제할까요\?</);
    const page = await pages.get(path);
    expect(page.text).toMatch(/^<!doctype html>/);
    expect(page.text).toContain(`method="post" action="${path}"`);
    expect(await statusOf(id)).toBe("pending");
  });

  test("htmx gets nothing in place of the row; row and directory are gone", async () => {
    const job = await createJob();
    const answer = await pages.post(`/projects/1/experiments/${job.id}/delete`, {}, HTMX);
    expect(answer.status).toBe(200);
    expect(answer.text).toBe("");
    expect(JSON.parse(answer.headers.get("HX-Trigger")!))
      .toEqual({
        "experiment-changed": {},
        toast: { message: "실험을 삭제했습니다" },
      });
    expect(await statusOf(job.id)).toBeUndefined();
    expect(await server.place.outputDirs()).not.toHaveProperty(job.output_dir);
    expect((await pages.get(`/projects/1/experiments/${job.id}`)).status).toBe(404);
  });

  test("on the experiment's own page it leads to the project", async () => {
    const { id } = await createJob();
    const answer = await pages.post(`/projects/1/experiments/${id}/delete`, {}, {
      ...HTMX,
      Referer: `${server.origin}/projects/1/experiments/${id}`,
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("HX-Redirect")).toBe("/projects/1");
  });

  test("without script it leads to the project", async () => {
    const { id } = await createJob();
    const answer = await pages.post(`/projects/1/experiments/${id}/delete`, {});
    expect(answer.status).toBe(303);
    expect(answer.headers.get("Location")).toBe("/projects/1");
  });

  test("is refused while running, and nothing goes", async () => {
    const job = await createJob();
    await server.place.sql(`update training_jobs set status = 'running' where id = ${job.id}`);
    const path = `/projects/1/experiments/${job.id}/delete`;
    expect((await pages.post(path, {}, HTMX)).status).toBe(409);
    const page = await pages.post(path, {});
    expect(page.status).toBe(409);
    expect(page.text).toMatch(/role="alert">삭제할 수 없는 상태입니다/);
    expect(await statusOf(job.id)).toBe("running");
    expect((await server.place.outputDirs()).get(job.output_dir)).toHaveLength(3);
  });
});

describe("a clone", () => {
  test("is the form filled from the job, with nothing marked", async () => {
    const job = await createJob({ epochs: 7, optimizer: "radam", pretrained: false });
    const { text } = await pages.get(`/projects/1/experiments/new?from=${job.id}`, HTMX);
    expect(text).toContain(`yolo11n-seg #${job.id} 복제`);
    expect(fields(text)).toMatchObject({
      from: String(job.id),
      model_name: "yolo11n-seg",
      dataset_path: "seg-coco8",
      epochs: "7",
      batch_size: "16",
      learning_rate: "0.01",
      optimizer: "radam",
      pretrained: false,
    });
    expect(marks(text)).toEqual({});
    expect(text).not.toContain('role="alert"');
  });

  test("keeps its original through the key's redirect and another model, and marks what differs", async () => {
    const { id } = await createJob();
    const redirect = await pages.get(`/projects/1/experiments/new?from=${id}`);
    expect(redirect.status).toBe(303);
    const { text } = await pages.get(redirect.headers.get("Location")!);
    const { idempotency_key, ...filled } = fields(text) as Record<string, string>;
    const query = new URLSearchParams({
      ...filled,
      idempotency_key: idempotency_key!,
      pretrained: "on",
      model_name: "resnet18",
      fill: "recommended",
    });
    const refilled = await pages.get(`/projects/1/experiments/new?${query}`, HTMX);
    expect(fields(refilled.text)).toMatchObject({ from: String(id), batch_size: "64" });
    expect(marks(refilled.text)).toEqual({
      model_name: "원본: yolo11n-seg",
      batch_size: "원본: 16",
      learning_rate: "원본: 0.01",
    });
  });

  test("keeps its original when it is refused", async () => {
    const { id } = await createJob();
    const form = {
      ...EXPERIMENT_FORM,
      from: String(id),
      epochs: "0",
      optimizer: "sgd",
      dataset_path: "",
    };
    const { pretrained: _, ...unchecked } = form;
    for (const headers of [{}, HTMX]) {
      const { status, text } = await pages.post("/projects/1/experiments", unchecked, headers);
      expect(status).toBe(422);
      expect(fields(text)["from"]).toBe(String(id));
      expect(marks(text)).toEqual({
        dataset_path: "원본: seg-coco8",
        epochs: "원본: 50",
        optimizer: "원본: Adam",
        pretrained: "원본: 예",
      });
    }
    // Its original may go while somebody types: what was typed stays.
    await pages.post(`/projects/1/experiments/${id}/delete`, {});
    const orphan = await pages.post("/projects/1/experiments", unchecked, HTMX);
    expect(orphan.status).toBe(422);
    expect(fields(orphan.text)).toMatchObject({ epochs: "0", optimizer: "sgd" });
    expect(marks(orphan.text)).toEqual({});
    const query = new URLSearchParams({ ...form, fill: "recommended" });
    expect((await pages.get(`/projects/1/experiments/new?${query}`, HTMX)).status).toBe(200);
  });

  test("is an experiment like any other once it is submitted", async () => {
    const job = await createJob();
    const before = await countJobs();
    const form = { ...EXPERIMENT_FORM, from: String(job.id) };
    expect((await pages.post("/projects/1/experiments", form, HTMX)).status).toBe(201);
    expect(await countJobs()).toBe(before + 1);
  });

  test("offers a dataset that the list leaves out", async () => {
    const { id } = await createJob({ ...CLASSIFIER, dataset_path: "deep/down" });
    const { text } = await pages.get(`/projects/1/experiments/new?from=${id}`, HTMX);
    expect(fields(text)["dataset_path"]).toBe("deep/down");
    expect(text).not.toContain('role="alert"');
  });

  test("says at its field that a model or dataset has gone", async () => {
    const { id } = await createJob();
    const open = () => pages.get(`/projects/1/experiments/new?from=${id}`, HTMX);
    await server.place.sql(
      `update training_jobs set model_name = 'yolo99n-seg' where id = ${id}`,
    );
    const noModel = await open();
    expect(noModel.status).toBe(200);
    expect(errors(noModel.text)).toEqual({
      model_name: expect.stringContaining("목록에 없는 모델입니다: yolo99n-seg"),
    });
    expect(fields(noModel.text)).toMatchObject({ model_name: "", dataset_path: "seg-coco8" });
    expect(marks(noModel.text)).toEqual({ model_name: "원본: yolo99n-seg" });

    await server.place.sql(
      `update training_jobs set model_name = 'yolo11n-seg', dataset_path = 'gone' where id = ${id}`,
    );
    const noDataset = await open();
    expect(errors(noDataset.text))
      .toEqual({ dataset_path: "데이터셋을 찾을 수 없습니다: gone" });
    expect(marks(noDataset.text)).toEqual({ dataset_path: "원본: gone" });
  });
});

describe("the datasets of the form", () => {
  test("say why the model cannot take them", async () => {
    const options = async (model: string, language: string) => {
      const { text } = await pages.get(
        `/projects/1/experiments/new?model_name=${model}`,
        { ...HTMX, "Accept-Language": language },
      );
      return Object.fromEntries(
        [...text.matchAll(/<option value="([^"]+)" disabled>([^<]+)</g)]
          .map(([, path, label]) => [path, label]),
      );
    };
    const korean = await options("yolo11n-seg", "ko");
    expect(korean["shapes-det"]).toContain("segmentation용 아님 (detection용)");
    expect(korean["downloads"]).toContain("download 키가 있어");
    expect(korean).not.toHaveProperty("seg-coco8");
    const english = await options("resnet18", "en");
    expect(english["seg-coco8"]).toContain("not for classification");
  });
});

describe("somebody else", () => {
  test("finds no experiment of mine, nor do I in another project", async () => {
    const other = await openPages(server, OTHER);
    const { id } = await createJob();
    const { body: mine } = await api.send("POST", "/api/v1/projects", { json: { name: "Mine" } });
    const { headers } = await other.post("/projects", { name: "Theirs", description: "" });
    const theirs = headers.get("Location")!;
    const before = await countJobs();
    for (
      const [who, project] of [[other, "/projects/1"], [other, theirs], [
        pages,
        `/projects/${mine.id}`,
      ]] as const
    ) {
      const path = `${project}/experiments/${id}`;
      const answers = [
        await who.get(path),
        await who.get(`${path}/delete`),
        await who.get(`${path}/delete`, HTMX),
        await who.get(`${project}/experiments/new?from=${id}`, HTMX),
        await who.post(`${path}/cancel`, {}),
        await who.post(`${path}/cancel`, {}, HTMX),
        await who.post(`${path}/delete`, {}),
        await who.post(`${path}/delete`, {}, HTMX),
      ];
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 404));
      expect(answers.map(({ text }) => text).join()).not.toContain("yolo11n-seg");
    }
    expect(await statusOf(id)).toBe("pending");
    expect(await countJobs()).toBe(before);
    // A refused form tells nothing of it either.
    const form = { ...EXPERIMENT_FORM, epochs: "0", from: String(id) };
    const refused = await other.post(`${theirs}/experiments`, form, HTMX);
    expect(refused.status).toBe(422);
    expect(refused.text).not.toContain("원본");
  });

  test.each(["0", "999999", "99999999999999999999", "-1", "x", "1e3", ""])(
    "an experiment %j is not there",
    async (id) => {
      expect((await pages.get(`/projects/1/experiments/${id}x`)).status).toBe(404);
      if (id !== "") {
        expect((await pages.get(`/projects/1/experiments/${id}`)).status).toBe(404);
        const from = `/projects/1/experiments/new?from=${id}`;
        expect((await pages.get(from, HTMX)).status).toBe(404);
      }
    },
  );
});

test("a row stays light with its menu", async () => {
  const { id } = await createJob();
  const { text } = await pages.get("/projects/1/experiments", HTMX);
  const row = rowOf(text, id);
  expect(row).toContain('role="menu"');
  expect(new TextEncoder().encode(row).length).toBeLessThan(2048);
});

const CLASSIFIER = {
  model_name: "resnet18",
  framework: "timm",
  task_type: "image_classification",
  dataset_format: "imagefolder",
};

async function createJob(changes: Record<string, unknown> = {}) {
  const json = { ...EXAMPLE, ...changes };
  const { status, body } = await api.send("POST", "/api/v1/training/jobs", { json });
  expect({ status, detail: body.detail }).toEqual({ status: 201, detail: undefined });
  return body;
}

async function statusOf(id: number): Promise<string | undefined> {
  const { status, body } = await api.send("GET", `/api/v1/training/jobs/${id}`);
  return status === 404 ? undefined : body.status;
}

async function countJobs(): Promise<number> {
  return (await api.send("GET", "/api/v1/projects/1")).body.experiment_count;
}

/** Pages without the blanks that absent attributes leave in their tags. */
function tidied(pages: Pages): Pages {
  const tidy = async (answer: Promise<PageAnswer>) => {
    const { text, ...others } = await answer;
    const tag = /<[a-z][^>]*>/g;
    return { ...others, text: text.replaceAll(tag, (tag) => tag.replaceAll(/ +(?=[ >])/g, "")) };
  };
  return {
    cookie: pages.cookie,
    get: (...args) => tidy(pages.get(...args)),
    post: (...args) => tidy(pages.post(...args)),
  };
}

function rowOf(rows: string, id: number): string {
  return rows.split(/(?=<tr )/).find((row) => row.startsWith(`<tr id="experiment-${id}"`))!;
}

/** Terms of the page's lists with their descriptions, as text. */
function pairs(html: string): Record<string, string> {
  const found = [...html.matchAll(/<dt>(.*?)<\/dt><dd>(.*?)<\/dd>/gs)];
  return Object.fromEntries(found.map(([, term, text]) => [term, plain(text!)]));
}

/** What a form would send, and where it has no box checked. */
function fields(html: string): Record<string, string | boolean> {
  const found: Record<string, string | boolean> = {};
  for (const [tag] of html.matchAll(/<input [^>]*>/g)) {
    const attribute = (name: string) => new RegExp(` ${name}="([^"]*)"`).exec(tag)?.[1];
    found[attribute("name")!] = attribute("type") === "checkbox"
      ? / checked/.test(tag)
      : attribute("value") ?? "";
  }
  for (
    const [, name, options] of html.matchAll(/<select [^>]*name="(\w+)"[^>]*>(.*?)<\/select>/gs)
  ) {
    found[name!] = /value="([^"]*)" selected/.exec(options!)?.[1] ?? "";
  }
  return found;
}

/** What is shown of the original, by field. */
function marks(html: string): Record<string, string> {
  const found = html.matchAll(/<p class="original" id="(\w+)-original">([^<]*)</g);
  return Object.fromEntries([...found].map(([, field, text]) => [field, text]));
}

function errors(html: string): Record<string, string> {
  const found = html.matchAll(/<p class="error" id="(\w+)-error">([^<]*)</g);
  return Object.fromEntries([...found].map(([, field, text]) => [field, text]));
}

function plain(html: string): string {
  return decode(html.replaceAll(/<[^>]*>/g, "")).trim();
}

function decode(html: string): string {
  return html.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
}
