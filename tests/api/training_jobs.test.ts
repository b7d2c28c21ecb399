import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Api,
  type ApiAnswer,
  DATASETS,
  EXAMPLE,
  refusal,
  request,
  signInApi,
  signUpApi,
} from "../support/api.ts";
import { toTrainingJob } from "../../src/storage/sql/rows.ts";
import { type Server, startServer } from "../support/server.ts";

const JOBS = "/api/v1/training/jobs";
const PROBLEM = "application/problem+json";
const COLUMNS = [
  "id",
  "project_id",
  "model_name",
  "framework",
  "task_type",
  "dataset_path",
  "dataset_format",
  "num_classes",
  "epochs",
  "batch_size",
  "learning_rate",
  "optimizer",
  "pretrained",
  "output_dir",
  "status",
  "accuracy",
  "loss",
  "created_at",
  "updated_at",
  "started_at",
  "completed_at",
  "error_message",
];
const LEAST = { project_id: 1, model_name: "resnet18", dataset_path: "dog-vs-cat" };
const ABSURD_IDS = ["0", "-1", "1.5", "abc", "99999999999999999999", "1e0", "0x1", "%31%00", "+1"];

let server: Server;
let owner: Api;
let stranger: Api;
let foreignProject: number;

beforeAll(async () => {
  server = await startServer({ datasets: DATASETS });
  [owner, stranger] = await Promise.all([
    signInApi(server),
    signUpApi(server, "stranger@example.com"),
  ]);
  const project = await stranger.send("POST", "/api/v1/projects", { json: { name: "Theirs" } });
  foreignProject = project.body.id;
});
afterAll(() => server?.[Symbol.asyncDispose]());

const create = (json: unknown, headers?: Record<string, string>) =>
  owner.send("POST", JOBS, { json, ...(headers && { headers }) });

async function created(json: unknown = LEAST): Promise<ApiAnswer["body"]> {
  const { status, body } = await create(json);
  expect(status, JSON.stringify(body)).toBe(201);
  return body;
}

/** How much there is of what a creation makes. */
async function footprint(): Promise<{ rows: number; directories: number }> {
  const [mine, theirs] = await Promise.all(
    [owner, stranger].map((api) => api.send("GET", `${JOBS}?limit=200`)),
  );
  const directories = await server.place.outputDirs();
  return {
    rows: mine!.body.items.length + theirs!.body.items.length,
    directories: directories.size,
  };
}

describe("a creation", () => {
  test("answers the contract's example with every column of the row", async () => {
    const before = Date.now();
    const dataset_path = `${server.folder}/datasets/seg-coco8`;
    const { status, headers, body } = await create({ ...EXAMPLE, dataset_path });

    expect(status).toBe(201);
    expect(headers.get("Content-Type")).toBe("application/json");
    expect(headers.get("Location")).toBe(`${JOBS}/${body.id}`);
    expect(headers.get("Idempotency-Replayed")).toBeNull();
    expect(Object.keys(body).sort()).toEqual(COLUMNS.toSorted());
    expect(body).toEqual({
      ...EXAMPLE,
      dataset_path,
      id: expect.any(Number),
      num_classes: null,
      output_dir: expect.stringMatching(/^outputs\/1\/\d{8}_\d{6}_yolo11n-seg$/),
      status: "pending",
      accuracy: null,
      loss: null,
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      updated_at: body.created_at,
      started_at: null,
      completed_at: null,
      error_message: null,
    });
    const at = Date.parse(body.created_at);
    expect(at).toBeGreaterThanOrEqual(before);
    expect(at).toBeLessThanOrEqual(Date.now());
    const stamp = body.created_at.slice(0, 19).replace("T", "_").replace(/[-:]/g, "");
    expect(body.output_dir).toBe(`outputs/1/${stamp}_yolo11n-seg`);

    const directories = await server.place.outputDirs();
    expect(directories.get(body.output_dir)).toEqual(["checkpoints", "logs", "results"]);
    const found = await request(server, {
      method: "GET",
      path: headers.get("Location")!,
      headers: { Authorization: `Bearer ${owner.token}` },
    });
    expect(found).toMatchObject({ status: 200, body });
  });

  test("fills in what is left out", async () => {
    expect(await created()).toMatchObject({
      framework: "timm",
      task_type: "image_classification",
      dataset_format: "imagefolder",
      epochs: 50,
      batch_size: 32,
      learning_rate: 0.001,
      optimizer: "adam",
      pretrained: true,
    });
  });

  test.each<[string, unknown]>([
    ["epochs", 1],
    ["epochs", 1000],
    ["batch_size", 1],
    ["batch_size", 512],
    ["learning_rate", 1],
    ["learning_rate", 1e-12],
    ["pretrained", false],
    ...["adam", "adamw", "sgd", "rmsprop", "nadam", "radam", "adamax"].map((
      name,
    ) => ["optimizer", name] as [string, unknown]),
  ])("takes the allowed %s %s and keeps it", async (field, value) => {
    const job = await created({ ...LEAST, [field]: value });
    expect(job[field]).toBe(value);
    expect((await owner.send("GET", `${JOBS}/${job.id}`)).body[field]).toBe(value);
  });

  test("ignores members it does not know, also those only the server may set", async () => {
    const job = await created({
      ...LEAST,
      id: 4711,
      status: "completed",
      accuracy: 1,
      output_dir: "outputs/../../etc",
      user_id: 2,
      created_at: "2000-01-01T00:00:00.000Z",
      extra: { deep: true },
    });
    expect(job).toMatchObject({ status: "pending", accuracy: null });
    expect(job.id).not.toBe(4711);
    expect(job.output_dir).toMatch(/^outputs\/1\/\d{8}_\d{6}_resnet18/);
    expect(job.created_at).not.toMatch(/^2000/);
    expect(Object.keys(job)).toHaveLength(COLUMNS.length);
  });

  test("makes a directory name without the slashes and dots-first of a model's name", async () => {
    const { output_dir } = await created({
      project_id: 1,
      model_name: "nvidia/segformer-b0-finetuned-ade-512-512",
      dataset_path: "seg-coco8",
    });
    expect(output_dir).toMatch(
      /^outputs\/1\/\d{8}_\d{6}_nvidia-segformer-b0-finetuned-ade-512-512$/,
    );
  });

  test.each([
    ["./dog-vs-cat/", "dog-vs-cat"],
    ["dog-vs-cat/train/..", "dog-vs-cat"],
    ["  dog-vs-cat ", "dog-vs-cat"],
    ["{root}//dog-vs-cat/./", "{root}/dog-vs-cat"],
    ["{root}/../datasets/dog-vs-cat", "{root}/dog-vs-cat"],
  ])("stores the dataset path %s as %s", async (given, stored) => {
    const root = `${server.folder}/datasets`;
    const job = await created({ ...LEAST, dataset_path: given.replace("{root}", root) });
    expect(job.dataset_path).toBe(stored.replace("{root}", root));
  });

  test("takes JSON by any of its names", async () => {
    for (
      const type of ["application/json; charset=utf-8", "Application/JSON"]
    ) {
      expect(await create(LEAST, { "Content-Type": type })).toMatchObject({ status: 201 });
    }
  });
});

describe("a refused creation", () => {
  const notFound = (path: string) => `Dataset not found: ${path}`;
  const one = (field: string, value: unknown) => ({ ...EXAMPLE, [field]: value });
  const without = (field: string) =>
    Object.fromEntries(Object.entries(EXAMPLE).filter(([name]) => name !== field));

  test.each<[string, unknown, number, string | RegExp, string[] | undefined]>([
    ["no epochs", one("epochs", 0), 400, "Epochs must be between 1 and 1000", ["epochs"]],
    ["too many epochs", one("epochs", 1001), 400, "Epochs must be between 1 and 1000", ["epochs"]],
    ["negative epochs", one("epochs", -5), 400, "Epochs must be between 1 and 1000", ["epochs"]],
    ["absurd epochs", one("epochs", 1e300), 400, /^Epochs must be/, ["epochs"]],
    ["half epochs", one("epochs", 1.5), 400, /^Epochs must be/, ["epochs"]],
    ["epochs as text", one("epochs", "50"), 400, /^Epochs must be/, ["epochs"]],
    ["epochs null", one("epochs", null), 400, /^Epochs must be/, ["epochs"]],
    ["no batch", one("batch_size", 0), 400, "Batch size must be between 1 and 512", ["batch_size"]],
    [
      "a big batch",
      one("batch_size", 513),
      400,
      "Batch size must be between 1 and 512",
      ["batch_size"],
    ],
    [
      "no learning rate",
      one("learning_rate", 0),
      400,
      "Learning rate must be between 0 and 1",
      ["learning_rate"],
    ],
    [
      "a negative learning rate",
      one("learning_rate", -0.1),
      400,
      "Learning rate must be between 0 and 1",
      ["learning_rate"],
    ],
    [
      "a high learning rate",
      one("learning_rate", 1.0001),
      400,
      "Learning rate must be between 0 and 1",
      ["learning_rate"],
    ],
    ["an unknown optimizer", one("optimizer", "lion"), 400, /^Optimizer .*adamw/, ["optimizer"]],
    ["an optimizer in capitals", one("optimizer", "Adam"), 400, /^Optimizer /, ["optimizer"]],
    ["pretrained as text", one("pretrained", "true"), 400, /^Pretrained /, ["pretrained"]],
    [
      "an unknown format",
      one("dataset_format", "voc"),
      400,
      /^Dataset format /,
      ["dataset_format"],
    ],
    ["no project", without("project_id"), 400, "Project is required", ["project_id"]],
    ["a project as text", one("project_id", "1"), 400, /^Project /, ["project_id"]],
    ["no model", without("model_name"), 400, "Model is required", ["model_name"]],
    ["an empty model", one("model_name", " "), 400, "Model is required", ["model_name"]],
    ["no dataset", without("dataset_path"), 400, "Dataset is required", ["dataset_path"]],
    ["a dataset as number", one("dataset_path", 8), 400, /^Dataset /, ["dataset_path"]],
    ["a list", [EXAMPLE], 400, "Body must be a JSON object", ["body"]],
    ["null", null, 400, "Body must be a JSON object", ["body"]],
    [
      "nothing but mistakes",
      { epochs: "x", batch_size: 0, learning_rate: 2 },
      400,
      /Epochs.*Batch size must be between 1 and 512; Learning rate must be between 0 and 1/,
      ["project_id", "model_name", "dataset_path", "epochs", "batch_size", "learning_rate"],
    ],
    ["an unknown model", one("model_name", "yolo99"), 400, /yolo99.*yolo/s, ["model_name"]],
    ["a prototype's member", one("model_name", "__proto__"), 400, /__proto__/, ["model_name"]],
    ["another framework", one("framework", "timm"), 400, /timm/, ["framework"]],
    ["another task", one("task_type", "detection"), 400, /instance_segmentation/, ["task_type"]],
    ["an unknown task", one("task_type", "cooking"), 400, /^Task type /, ["task_type"]],
    ["no such project", one("project_id", 4711), 404, "Project not found", undefined],
    ["project 0", one("project_id", 0), 404, "Project not found", undefined],
    ["a missing dataset", one("dataset_path", "absent"), 400, notFound("absent"), ["dataset_path"]],
    ["another root", one("dataset_path", "/etc"), 400, notFound("/etc"), ["dataset_path"]],
    ["a way out", one("dataset_path", "../outputs"), 400, notFound("../outputs"), ["dataset_path"]],
    ["the root itself", one("dataset_path", "."), 400, notFound("."), ["dataset_path"]],
    [
      "a file",
      one("dataset_path", "seg-coco8/data.yaml"),
      400,
      notFound("seg-coco8/data.yaml"),
      ["dataset_path"],
    ],
    ["another format", one("dataset_format", "coco"), 400, /yolo.*coco/, ["dataset_format"]],
    [
      "no dataset in the folder",
      one("dataset_path", "nothing"),
      400,
      /nothing.*yolo/,
      ["dataset_path"],
    ],
    [
      "a data.yaml that runs code",
      one("dataset_path", "downloads"),
      400,
      /download/,
      ["dataset_path"],
    ],
    [
      "a classification model on boxes",
      { ...LEAST, dataset_path: "shapes-det" },
      400,
      /image_classification.*imagefolder.*found yolo.*detection/,
      ["dataset_path"],
    ],
    [
      "a segmentation model on boxes",
      one("dataset_path", "shapes-det"),
      400,
      /detection/,
      ["dataset_path"],
    ],
  ])("says what is wrong with %s", async (_, json, status, detail, fields) => {
    const before = await footprint();
    const answer = await create(json);
    expect(refusal(answer)).toEqual({
      status,
      type: PROBLEM,
      detail: typeof detail === "string" ? detail : expect.stringMatching(detail),
      fields,
    });
    expect(answer.body).toMatchObject({
      status,
      title: status === 400 ? "Bad Request" : "Not Found",
    });
    for (const error of answer.body.errors ?? []) {
      expect(error.message).toEqual(expect.any(String));
    }
    expect(await footprint()).toEqual(before);

    const validation = await owner.send("POST", `${JOBS}?validate_only=true`, { json });
    expect(refusal(validation)).toEqual(refusal(answer));
  });

  test.each<[string, string, Record<string, string>]>([
    ["no JSON", "{not json", { "Content-Type": "application/json" }],
    ["half a body", '{"project_id": 1', { "Content-Type": "application/json" }],
    ["an empty body", "", { "Content-Type": "application/json" }],
    ["a form", "project_id=1", { "Content-Type": "application/x-www-form-urlencoded" }],
    ["JSON that calls itself text", JSON.stringify(LEAST), { "Content-Type": "text/plain" }],
    ["JSON that calls itself nothing", JSON.stringify(LEAST), {}],
  ])("names the body that is %s", async (_, body, headers) => {
    const before = await footprint();
    const response = await fetch(server.origin + JOBS, {
      method: "POST",
      headers: { ...headers, Authorization: `Bearer ${owner.token}` },
      body: new TextEncoder().encode(body),
    });
    expect(refusal({
      status: response.status,
      headers: response.headers,
      body: await response.json(),
    })).toMatchObject({ status: 400, type: PROBLEM, fields: ["body"] });
    expect(await footprint()).toEqual(before);
  });

  test("checks the token, then the values, then the project, then the dataset", async () => {
    const project_id = foreignProject;
    const dataset_path = "absent";
    const epochs = 0;
    const json = { ...EXAMPLE, project_id, dataset_path, epochs };
    expect(refusal(await request(server, { method: "POST", path: JOBS, json })))
      .toMatchObject({ status: 401, type: PROBLEM, fields: undefined });
    expect(refusal(await create(json))).toMatchObject({ status: 400, fields: ["epochs"] });
    expect(
      refusal(
        await create({ ...EXAMPLE, project_id, dataset_path, model_name: "no" }),
      ),
    )
      .toMatchObject({ status: 400, fields: ["model_name"] });
    expect(refusal(await create({ ...EXAMPLE, project_id, dataset_path })))
      .toMatchObject({ status: 404, detail: "Project not found" });
    expect(refusal(await create({ ...EXAMPLE, dataset_path })))
      .toMatchObject({ status: 400, fields: ["dataset_path"] });
  });

  test("tells another user's project from none in nothing", async () => {
    const [foreign, none] = await Promise.all([
      create({ ...EXAMPLE, project_id: foreignProject }),
      create({ ...EXAMPLE, project_id: 4711 }),
    ]);
    expect(foreign.status).toBe(404);
    expect(refusal(foreign)).toEqual(refusal(none));
  });

  test.each([
    ["with its length", (text: string) => text],
    ["in chunks", (text: string) => new Blob([text]).stream()],
  ])("answers a body over the limit, sent %s, with 413", async (_, body) => {
    const before = await footprint();
    const response = await fetch(server.origin + JOBS, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${owner.token}` },
      body: body(JSON.stringify({ ...LEAST, padding: "x".repeat(200_000) })),
    });
    expect(response.status).toBe(413);
    expect(response.headers.get("Content-Type")).toBe(PROBLEM);
    expect((await response.json()).detail).toMatch(/\d+ bytes/);
    expect(await footprint()).toEqual(before);
  });
});

describe("validate_only", () => {
  const validate = (json: unknown, query = "validate_only=true") =>
    owner.send("POST", `${JOBS}?${query}`, { json });

  test("answers that the job would be created, and creates nothing", async () => {
    const before = await footprint();
    const answer = await validate({ ...EXAMPLE, num_classes: 7 });
    expect(answer).toMatchObject({ status: 200, body: { valid: true, warnings: [] } });
    expect(await footprint()).toEqual(before);
  });

  test("passes on the dataset's warnings", async () => {
    const { body } = await validate({ ...LEAST, dataset_path: "lopsided" });
    expect(body).toEqual({
      valid: true,
      warnings: [
        expect.stringMatching(/validation/),
        expect.stringMatching(/cat has 5 times/),
      ],
    });
  });

  test("false creates, and anything else is an error", async () => {
    expect((await validate(LEAST, "validate_only=false")).status).toBe(201);
    for (const value of ["yes", "1", "", "TRUE"]) {
      const answer = await validate(LEAST, `validate_only=${value}`);
      expect(refusal(answer)).toMatchObject({ status: 400, fields: ["validate_only"] });
    }
  });
});

describe("an Idempotency-Key", () => {
  const withKey = (key: string, json: unknown = LEAST, api = owner) =>
    api.send("POST", JOBS, { json, headers: { "Idempotency-Key": key } });
  const isReplay = (answer: ApiAnswer) => answer.headers.get("Idempotency-Replayed");

  test("makes a retry answer the first answer again", async () => {
    const first = await withKey("retry");
    expect([first.status, isReplay(first)]).toEqual([201, null]);
    const before = await footprint();
    const again = await withKey("retry");
    expect([again.status, isReplay(again)]).toEqual([201, "true"]);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get("Location")).toBe(first.headers.get("Location"));
    expect(await footprint()).toEqual(before);
  });

  test("answers a retry with the very same text", async () => {
    const send = () =>
      fetch(server.origin + JOBS, {
        method: "POST",
        headers: {
          "Content-Type": "application/json",
          "Idempotency-Key": "text",
          Authorization: `Bearer ${owner.token}`,
        },
        body: JSON.stringify(EXAMPLE),
      }).then((response) => response.text());
    expect(await send()).toBe(await send());
  });

  test("knows the same body in another order, with defaults spelt out", async () => {
    const first = await withKey("order");
    const again = await withKey("order", {
      epochs: 50,
      dataset_path: "dog-vs-cat",
      unknown: 1,
      model_name: "resnet18",
      project_id: 1,
    });
    expect(again.body).toEqual(first.body);
    expect(isReplay(again)).toBe("true");
  });

  test("refuses another body", async () => {
    await withKey("other");
    const before = await footprint();
    const answer = await withKey("other", { ...LEAST, epochs: 51 });
    expect(refusal(answer)).toMatchObject({
      status: 422,
      type: PROBLEM,
      detail: expect.stringMatching(/Idempotency-Key/),
    });
    expect(await footprint()).toEqual(before);
  });

  test("creates one job for eight requests at once", async () => {
    const before = await footprint();
    const answers = await Promise.all(Array.from({ length: 8 }, () => withKey("at-once")));
    expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(201));
    for (const answer of answers) expect(answer.body).toEqual(answers[0]!.body);
    expect(answers.filter((answer) => isReplay(answer) === null)).toHaveLength(1);
    expect(await footprint()).toEqual({
      rows: before.rows + 1,
      directories: before.directories + 1,
    });
  });

  test.each(["cancelled", "deleted"])(
    "answers alike once the job was %s",
    async (how) => {
      const first = await withKey(`once-${how}`);
      const path = `${JOBS}/${first.body.id}`;
      const end = how === "cancelled"
        ? await owner.send("POST", `${path}/cancel`)
        : await owner.send("DELETE", path);
      expect(end.status).toBe(how === "cancelled" ? 200 : 204);
      const before = await footprint();
      const again = await withKey(`once-${how}`);
      expect([again.status, isReplay(again)]).toEqual([201, "true"]);
      expect(again.body).toEqual(first.body);
      expect(await footprint()).toEqual(before);
    },
  );

  test.each([["empty", ""], ["blank inside", "a b"], [
    "256 long",
    "k".repeat(256),
  ], ["not ASCII", "clé"]])(
    "is refused when it is %s",
    async (_, key) => {
      const before = await footprint();
      expect(refusal(await withKey(key))).toMatchObject({
        status: 400,
        detail: expect.stringMatching(/Idempotency-Key/),
      });
      expect(await footprint()).toEqual(before);
    },
  );

  test("may be 255 characters long", async () => {
    const key = "k".repeat(255);
    expect(isReplay(await withKey(key))).toBeNull();
    expect(isReplay(await withKey(key))).toBe("true");
  });

  test("is each user's own", async () => {
    const mine = await withKey("shared");
    const theirs = await withKey("shared", { ...LEAST, project_id: foreignProject }, stranger);
    expect([theirs.status, isReplay(theirs)]).toEqual([201, null]);
    expect(theirs.body.id).not.toBe(mine.body.id);
  });

  test("is not used up by a refused creation", async () => {
    expect((await withKey("mended", { ...LEAST, dataset_path: "absent" })).status).toBe(400);
    const mended = await withKey("mended");
    expect([mended.status, isReplay(mended)]).toEqual([201, null]);
  });

  test("creates nothing together with validate_only", async () => {
    const path = `${JOBS}?validate_only=true`;
    const headers = { "Idempotency-Key": "dry" };
    expect((await owner.send("POST", path, { json: LEAST, headers })).status)
      .toBe(200);
    expect(isReplay(await withKey("dry"))).toBeNull();
  });
});

describe("the list", () => {
  let project: number;
  const ids: number[] = [];

  beforeAll(async () => {
    const { body } = await owner.send("POST", "/api/v1/projects", { json: { name: "List" } });
    project = body.id;
    for (let index = 0; index < 7; index++) {
      const model_name = index % 2 ? "resnet18" : "resnet50";
      ids.unshift((await created({ ...LEAST, project_id: project, model_name })).id);
    }
    await owner.send("POST", `${JOBS}/${ids[0]}/cancel`);
  });

  test.each([1, 2, 3, 7, 200])(
    "is walked to its end in pages of %i, newest first",
    async (limit) => {
      const seen: number[] = [];
      let cursor: string | null = null;
      do {
        const query: string = `project_id=${project}&limit=${limit}` +
          (cursor === null ? "" : `&cursor=${cursor}`);
        const { status, body }: ApiAnswer = await owner.send("GET", `${JOBS}?${query}`);
        expect(status).toBe(200);
        expect(Object.keys(body).sort()).toEqual(["items", "next_cursor"]);
        expect(body.items.length).toBeLessThanOrEqual(limit);
        seen.push(...body.items.map(({ id }: { id: number }) => id));
        cursor = body.next_cursor;
      } while (cursor !== null);
      expect(seen).toEqual(ids);
    },
  );

  test.each<[string, (a: Listed, b: Listed) => number]>([
    ["order=asc", (a, b) => a.id - b.id],
    ["sort=created_at", (a, b) => b.id - a.id],
    ["sort=model_name", (a, b) => compare(a.model_name, b.model_name) || b.id - a.id],
    ["sort=model_name&order=desc", (a, b) => compare(b.model_name, a.model_name) || b.id - a.id],
    ["sort=status", (a, b) => compare(b.status, a.status) || b.id - a.id],
    ["sort=accuracy", (a, b) => b.id - a.id],
  ])("is sorted by %s, page by page", async (query, inOrder) => {
    const path = `/api/v1/projects/${project}/experiments?${query}`;
    const all = (await owner.send("GET", path)).body.items;
    expect(all).toEqual([...all].sort(inOrder));
    const seen: Listed[] = [];
    let next = "";
    do {
      const { body }: ApiAnswer = await owner.send("GET", `${path}&limit=2${next}`);
      seen.push(...body.items);
      next = body.next_cursor === null ? "" : `&cursor=${encodeURIComponent(body.next_cursor)}`;
    } while (next !== "");
    expect(seen).toEqual(all);
    expect(seen).toHaveLength(ids.length);
  });

  test("leaves no gap and doubles nothing while jobs are added", async () => {
    const first = await owner.send("GET", `${JOBS}?project_id=${project}&limit=3`);
    const { id } = await created({ ...LEAST, project_id: project });
    const path = `${JOBS}?project_id=${project}&limit=200&cursor=${first.body.next_cursor}`;
    const rest = await owner.send("GET", path);
    const seen = [...first.body.items, ...rest.body.items].map((job) => job.id);
    expect(seen).toEqual(ids);
    expect((await owner.send("DELETE", `${JOBS}/${id}`)).status).toBe(204);
  });

  test.each<[string, (index: number) => boolean]>([
    ["status=cancelled", (index) => index === 0],
    ["status=pending", (index) => index !== 0],
    ["status=running", () => false],
    ["model_name=resnet18", (index) => index % 2 === 1],
    ["model_name=resnet18&status=cancelled", () => false],
    ["model_name=resnet50&status=pending", (index) => index % 2 === 0 && index > 0],
    ["model_name=nothing", () => false],
    ["unknown=1", () => true],
    ["search=", () => true],
    ["search=%20ResNet18%20", (index) => index % 2 === 1],
    ["search=%25", () => false],
    ["search=resnet50&status=pending", (index) => index % 2 === 0 && index > 0],
  ])("is narrowed by %s", async (query, belongs) => {
    const { status, body } = await owner.send("GET", `${JOBS}?project_id=${project}&${query}`);
    expect(status).toBe(200);
    expect(body.items.map(({ id }: { id: number }) => id))
      .toEqual(ids.filter((_, index) => belongs(index)));
  });

  test("holds every project's jobs of this user and nobody else's", async () => {
    const mine = (await owner.send("GET", `${JOBS}?limit=200`)).body.items;
    const projects = new Set(mine.map((job: { project_id: number }) => job.project_id));
    expect(projects).toEqual(new Set([1, project]));
    const theirs = (await stranger.send("GET", JOBS)).body.items;
    expect(new Set(theirs.map((job: { project_id: number }) => job.project_id)))
      .toEqual(new Set([foreignProject]));
  });

  test("answers the same by way of the project", async () => {
    const query = "status=pending&limit=2";
    const list = await owner.send("GET", `${JOBS}?project_id=${project}&${query}`);
    const same = await owner.send("GET", `/api/v1/projects/${project}/experiments?${query}`);
    expect(same.status).toBe(200);
    expect(same.body).toEqual(list.body);
  });

  test.each([
    ["limit=0", "limit"],
    ["limit=201", "limit"],
    ["limit=-1", "limit"],
    ["limit=2.5", "limit"],
    ["limit=ten", "limit"],
    ["limit=", "limit"],
    ["limit=1&limit=2", "limit"],
    ["cursor=abc", "cursor"],
    ["cursor=-1", "cursor"],
    ["cursor=1.5", "cursor"],
    ["cursor=", "cursor"],
    ["cursor=99999999999999999999", "cursor"],
    ["sort=model_name&cursor=1", "cursor"],
    ["sort=model_name&cursor=task_type:asc:1:pose", "cursor"],
    ["order=asc&cursor=1", "cursor"],
    ["sort=loss", "sort"],
    ["sort=", "sort"],
    ["order=up", "order"],
    ["order=ASC", "order"],
    [`search=${"a".repeat(201)}`, "search"],
    ["search=%00", "search"],
    ["status=done", "status"],
    ["status=", "status"],
    ["status=PENDING", "status"],
    ["project_id=abc", "project_id"],
    ["project_id=1.5", "project_id"],
  ])("refuses %s and names it", async (query, field) => {
    for (
      const path of [`${JOBS}?${query}`, `/api/v1/projects/${project}/experiments?${query}`]
    ) {
      if (field === "project_id" && path.includes("experiments")) continue;
      expect(refusal(await owner.send("GET", path))).toMatchObject({
        status: 400,
        type: PROBLEM,
        fields: [field],
      });
    }
  });

  test("of a project that is not this user's is not found", async () => {
    for (const id of [foreignProject, 4711, 0, -1]) {
      expect(refusal(await owner.send("GET", `${JOBS}?project_id=${id}`)))
        .toMatchObject({ status: 404, detail: "Project not found" });
      expect(refusal(await owner.send("GET", `/api/v1/projects/${id}/experiments`)))
        .toMatchObject({ status: 404, detail: "Project not found" });
    }
  });
});

describe("one job", () => {
  const METHODS = [["GET", ""], ["POST", "/cancel"], ["DELETE", ""]] as const;

  test.each(METHODS)(
    "of another user is not found by %s%s, nor is none",
    async (method, rest) => {
      const json = { ...LEAST, project_id: foreignProject };
      const { body: job } = await stranger.send("POST", JOBS, { json });
      for (const id of [job.id, 4711, ...ABSURD_IDS]) {
        const answer = await owner.send(method, `${JOBS}/${id}${rest}`);
        expect(refusal(answer), `${method} ${id}`).toEqual({
          status: 404,
          type: PROBLEM,
          detail: "Training job not found",
          fields: undefined,
        });
      }
      expect((await stranger.send("GET", `${JOBS}/${job.id}`)).body).toEqual(job);
    },
  );

  test("is cancelled once", async () => {
    const job = await created();
    const { status, body } = await owner.send("POST", `${JOBS}/${job.id}/cancel`);
    expect(status).toBe(200);
    expect(body).toEqual({
      ...job,
      status: "cancelled",
      updated_at: expect.any(String),
      completed_at: body.updated_at,
    });
    expect(body.updated_at >= job.updated_at).toBe(true);
    const again = await owner.send("POST", `${JOBS}/${job.id}/cancel`);
    expect(refusal(again)).toMatchObject({
      status: 409,
      type: PROBLEM,
      detail: "Cannot cancel job with status 'cancelled'",
    });
    expect((await owner.send("GET", `${JOBS}/${job.id}`)).body).toEqual(body);
  });

  test("is cancelled by one of many at once", async () => {
    const { id } = await created();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => owner.send("POST", `${JOBS}/${id}/cancel`)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(409)]);
  });

  test("that has ended cannot be cancelled", async () => {
    const { body } = await owner.send("GET", `${JOBS}?project_id=1&limit=200`);
    for (const status of ["completed", "failed"]) {
      const job = body.items.find((job: { status: string }) => job.status === status);
      expect(refusal(await owner.send("POST", `${JOBS}/${job.id}/cancel`)))
        .toMatchObject({ status: 409, detail: `Cannot cancel job with status '${status}'` });
    }
  });

  test("goes with its directory and all that is in it", async () => {
    const job = await created();
    const other = await created();
    await server.place.putOutput(job.output_dir, "checkpoints/best.pt", "weights");
    const answer = await owner.send("DELETE", `${JOBS}/${job.id}`);
    expect([answer.status, answer.body]).toEqual([204, ""]);
    const directories = await server.place.outputDirs();
    expect(directories.has(job.output_dir)).toBe(false);
    expect(directories.has(other.output_dir)).toBe(true);
    for (const [method, rest] of METHODS) {
      expect((await owner.send(method, `${JOBS}/${job.id}${rest}`)).status)
        .toBe(404);
    }
  });
});

describe("what a server leaves", () => {
  test("is a row for each job, and a running one is not deleted", async () => {
    const datasets = DATASETS;
    await using first = await startServer({ datasets });
    const { body: job } = await (await signInApi(first)).send("POST", JOBS, { json: EXAMPLE });
    expect(job.id).toBe(3);
    expect(await first.stop()).toMatchObject({ code: 0 });

    const [row] = await first.place.sql(`select * from training_jobs where id = ${job.id}`);
    expect(toTrainingJob(row!)).toEqual(job);
    const [counted] = await first.place.sql("select count(*) as jobs from training_jobs");
    expect(Number(counted!.jobs)).toBe(3);
    await first.place.sql(`update training_jobs set status = 'running' where id = ${job.id}`);

    await using second = await startServer({ place: first.place, datasets });
    const api = await signInApi(second);
    expect(refusal(await api.send("DELETE", `${JOBS}/${job.id}`)))
      .toMatchObject({ status: 409, detail: "Cannot delete job with status 'running'" });
    expect((await api.send("DELETE", "/api/v1/projects/1")).status).toBe(409);
    expect((await second.place.outputDirs()).has(job.output_dir)).toBe(true);
    expect(await api.send("POST", `${JOBS}/${job.id}/cancel`))
      .toMatchObject({ status: 200, body: { status: "cancelled" } });
    expect((await api.send("DELETE", `${JOBS}/${job.id}`)).status).toBe(204);
    expect((await second.place.outputDirs()).has(job.output_dir)).toBe(false);
  });
});

interface Listed {
  id: number;
  model_name: string;
  /** `pending` or `cancelled`, here. */
  status: string;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
