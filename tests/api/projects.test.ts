import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Api, DATASETS, refusal, signInApi, signUpApi } from "../support/api.ts";
import { type Server, startServer } from "../support/server.ts";

const PROJECTS = "/api/v1/projects";
const PROBLEM = "application/problem+json";
const NO_EXPERIMENTS = { pending: 0, running: 0, completed: 0, failed: 0, cancelled: 0 };
const ABSURD_IDS = ["0", "-1", "1.5", "abc", "99999999999999999999"];

let server: Server;
let owner: Api;
let stranger: Api;

beforeAll(async () => {
  server = await startServer({ datasets: DATASETS });
  const outside = await Deno.makeTempDir({ dir: server.folder, prefix: "outside-" });
  await Deno.mkdir(`${outside}/cat`);
  await Deno.writeTextFile(`${outside}/cat/1.jpg`, "");
  await Deno.symlink(outside, `${server.folder}/datasets/link-out`);
  await Deno.symlink(`${server.folder}/datasets/dog-vs-cat`, `${server.folder}/datasets/link-in`);
  [owner, stranger] = await Promise.all([
    signInApi(server),
    signUpApi(server, "stranger@example.com"),
  ]);
});
afterAll(() => server?.[Symbol.asyncDispose]());

const makeProject = (json: unknown, api = owner) => api.send("POST", PROJECTS, { json });
const makeJob = (project_id: number, api = owner) =>
  api.send("POST", "/api/v1/training/jobs", {
    json: { project_id, model_name: "resnet18", dataset_path: "dog-vs-cat" },
  });

describe("a project", () => {
  test("is made, found, changed and deleted", async () => {
    const made = await makeProject({ name: "  Cracks in concrete ", description: "균열", id: 99 });
    const { id } = made.body;
    const path = `${PROJECTS}/${id}`;
    expect(made.status).toBe(201);
    expect(made.headers.get("Location")).toBe(path);
    expect(made.body).toEqual({
      id,
      user_id: 1,
      role: "owner",
      owner: { email: "demo@example.com", full_name: "demo" },
      member_count: 0,
      name: "Cracks in concrete",
      description: "균열",
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      updated_at: made.body.created_at,
      experiment_count: 0,
      experiments_by_status: NO_EXPERIMENTS,
      last_activity_at: made.body.created_at,
    });
    expect(id).not.toBe(99);
    expect(await owner.send("GET", path)).toMatchObject({ status: 200, body: made.body });

    const renamed = await owner.send("PATCH", path, { json: { name: "Cracks", user_id: 2 } });
    expect(renamed.status).toBe(200);
    expect(renamed.body)
      .toEqual({
        ...made.body,
        name: "Cracks",
        updated_at: renamed.body.updated_at,
        last_activity_at: renamed.body.updated_at,
      });
    expect(renamed.body.updated_at >= made.body.updated_at).toBe(true);
    const described = await owner.send("PATCH", path, { json: { description: "" } });
    expect(described.body).toMatchObject({ name: "Cracks", description: "" });
    expect((await owner.send("GET", path)).body).toEqual(described.body);

    const deleted = await owner.send("DELETE", path);
    expect([deleted.status, deleted.body]).toEqual([204, ""]);
    expect(refusal(await owner.send("GET", path)))
      .toMatchObject({ status: 404, detail: "Project not found" });
  });

  test("needs no description, and its markup is only text", async () => {
    const name = `<script>alert(1)</script> ' OR 1=1; -- 🐕`;
    const { status, body } = await makeProject({ name });
    expect([status, body.name, body.description]).toEqual([201, name, ""]);
    await owner.send("DELETE", `${PROJECTS}/${body.id}`);
  });

  test.each<[string, unknown, string[]]>([
    ["no name", {}, ["name"]],
    ["an empty name", { name: "  " }, ["name"]],
    ["a name of 101 characters", { name: "x".repeat(101) }, ["name"]],
    ["a number for a name", { name: 7 }, ["name"]],
    ["a NUL in the name", { name: "a\u0000b" }, ["name"]],
    ["an endless description", { name: "x", description: "x".repeat(1001) }, ["description"]],
    ["null for a description", { name: "x", description: null }, ["description"]],
    ["a list", [], ["body"]],
    ["text", "x", ["body"]],
  ])("is refused with %s, made or changed", async (_, json, fields) => {
    const before = (await owner.send("GET", PROJECTS)).body;
    expect(refusal(await makeProject(json))).toMatchObject({ status: 400, type: PROBLEM, fields });
    if (JSON.stringify(json) !== "{}") {
      expect(refusal(await owner.send("PATCH", `${PROJECTS}/1`, { json })))
        .toMatchObject({ status: 400, type: PROBLEM, fields });
    }
    expect((await owner.send("GET", PROJECTS)).body).toEqual(before);
  });

  test("takes its jobs and their directories with it, and no others", async () => {
    const { id } = (await makeProject({ name: "Short-lived" })).body;
    const jobs = [await makeJob(id), await makeJob(id), await makeJob(1)];
    const [one, two, other] = jobs.map(({ body }) => body);
    await server.place.putOutput(one.output_dir, "logs/train.log", "line");
    expect((await owner.send("GET", `${PROJECTS}/${id}`)).body.experiment_count).toBe(2);

    expect((await owner.send("DELETE", `${PROJECTS}/${id}`)).status).toBe(204);
    const directories = await server.place.outputDirs();
    expect([one, two, other].map((job) => directories.has(job.output_dir)))
      .toEqual([false, false, true]);
    for (const job of [one, two]) {
      expect((await owner.send("GET", `/api/v1/training/jobs/${job.id}`)).status).toBe(404);
    }
    expect((await owner.send("GET", `/api/v1/training/jobs/${other.id}`)).status).toBe(200);
    expect(refusal(await makeJob(id))).toMatchObject({ status: 404, detail: "Project not found" });
  });

  test("of another user is not found by any method, nor is none", async () => {
    const { body: theirs } = await makeProject({ name: "Theirs" }, stranger);
    const job = (await makeJob(theirs.id, stranger)).body;
    for (const id of [theirs.id, 4711, ...ABSURD_IDS]) {
      const answers = [
        await owner.send("GET", `${PROJECTS}/${id}`),
        await owner.send("PATCH", `${PROJECTS}/${id}`, { json: { name: "Mine" } }),
        await owner.send("DELETE", `${PROJECTS}/${id}`),
        await owner.send("GET", `${PROJECTS}/${id}/experiments`),
      ];
      for (const answer of answers) {
        expect(refusal(answer), id).toEqual({
          status: 404,
          type: PROBLEM,
          detail: "Project not found",
          fields: undefined,
        });
      }
    }
    expect((await stranger.send("GET", `${PROJECTS}/${theirs.id}`)).body)
      .toEqual({
        ...theirs,
        experiment_count: 1,
        experiments_by_status: { ...NO_EXPERIMENTS, pending: 1 },
        last_activity_at: job.updated_at,
      });
    expect((await server.place.outputDirs()).has(job.output_dir)).toBe(true);
  });
});

test("projects are listed newest first, each with its number of experiments", async () => {
  const api = await signUpApi(server, "lister@example.com");
  expect((await api.send("GET", PROJECTS)).body).toEqual({ items: [] });
  const ids: number[] = [];
  for (const name of ["a", "b", "c"]) ids.unshift((await makeProject({ name }, api)).body.id);
  await makeJob(ids[1]!, api);
  await makeJob(ids[1]!, api);
  const { body } = await api.send("GET", PROJECTS);
  expect(body.items.map((project: { id: number }) => project.id)).toEqual(ids);
  expect(body.items.map((project: { experiment_count: number }) => project.experiment_count))
    .toEqual([0, 2, 0]);
  expect(body.items[1].experiments_by_status).toEqual({ ...NO_EXPERIMENTS, pending: 2 });
});

describe("the models", () => {
  const names = async (query = "") => {
    const { status, body } = await owner.send("GET", `/api/v1/models${query}`);
    expect(status).toBe(200);
    return body.items.map(({ name }: { name: string }) => name) as string[];
  };

  test("are at least those the contract lists, with all that is known of them", async () => {
    const { items } = (await owner.send("GET", "/api/v1/models")).body;
    const tasks = {
      "": "detection",
      "-seg": "instance_segmentation",
      "-cls": "image_classification",
      "-pose": "pose_estimation",
      "-obb": "oriented_detection",
    };
    const wanted = [
      ...Object.entries(tasks).flatMap(([suffix, task]) =>
        ["yolo11", "yolov8"].flatMap((family) =>
          [..."nsmlx"].map((size) => [family + size + suffix, "ultralytics", task])
        )
      ),
      ...[
        "resnet18",
        "resnet50",
        "efficientnet_b0",
        "tf_efficientnetv2_s.in1k",
        "convnext_tiny",
        "vit_base_patch16_224",
        "mobilenetv3_large_100",
      ].map((name) => [name, "timm", "image_classification"]),
    ];
    for (const [name, framework, task_type] of wanted) {
      const model = items.find((model: { name: string }) => model.name === name);
      expect(model, name).toMatchObject({ framework, task_type });
    }
    const segformer = "nvidia/segformer-b0-finetuned-ade-512-512";
    expect(items.find((model: { name: string }) => model.name === segformer))
      .toMatchObject({ task_type: "semantic_segmentation" });
    for (const model of items) {
      expect(model, model.name).toMatchObject({
        display_name: expect.stringMatching(/./),
        description: expect.stringMatching(/^.+$/),
      });
      for (const field of ["parameters_m", "input_size", "recommended_batch_size"]) {
        expect(model[field], `${model.name} ${field}`).toBeGreaterThan(0);
      }
      expect(model.recommended_learning_rate).toBeGreaterThan(0);
      expect(model.recommended_learning_rate).toBeLessThanOrEqual(1);
    }
    expect(new Set(items.map((model: { name: string }) => model.name)).size).toBe(items.length);
  });

  test("are narrowed by framework and task", async () => {
    const all = await names();
    const timm = await names("?framework=timm");
    expect(timm).toContain("resnet18");
    expect(timm.filter((name) => name.startsWith("yolo"))).toEqual([]);
    const classifiers = await names("?task_type=image_classification");
    expect(classifiers).toEqual(expect.arrayContaining(["resnet18", "yolo11n-cls"]));
    const both = await names("?framework=ultralytics&task_type=image_classification");
    expect(both).toEqual(classifiers.filter((name) => name.startsWith("yolo")));
    expect(await names("?framework=none")).toEqual([]);
    expect(all.length).toBeGreaterThan(classifiers.length);
    expect(refusal(await owner.send("GET", "/api/v1/models?task_type=cooking")))
      .toMatchObject({ status: 400, type: PROBLEM, fields: ["task_type"] });
  });
});

describe("the datasets", () => {
  const inspect = (path: string) =>
    owner.send("GET", `/api/v1/datasets/inspect?path=${encodeURIComponent(path)}`);

  test("are listed with what they hold", async () => {
    const { status, body } = await owner.send("GET", "/api/v1/datasets");
    expect(status).toBe(200);
    const paths = body.items.map(({ path }: { path: string }) => path);
    expect(paths).toEqual(expect.arrayContaining(["dog-vs-cat", "seg-coco8", "shapes-det"]));
    expect(paths).not.toContain("nothing");
    expect(paths).not.toContain("link-out");
    const downloads = body.items.find(({ path }: { path: string }) => path === "downloads");
    expect(downloads.refusal).toMatch(/download/);
  });

  test.each([
    ["dog-vs-cat", "imagefolder", ["image_classification"], ["cat", "dog"], [2, 2]],
    ["shapes-det", "yolo", ["detection"], ["circle", "square"], [1, 1]],
    ["seg-coco8", "yolo", expect.arrayContaining(["instance_segmentation"]), [
      "circle",
      "square",
    ], [1, 1]],
  ])("%s is seen to be %s", async (path, format, tasks, class_names, images) => {
    const { status, body } = await inspect(path);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      path,
      name: path,
      format,
      task_types: tasks,
      num_classes: 2,
      class_names,
      warnings: [],
    });
    expect(body.splits.map(({ name }: { name: string }) => name)).toEqual(["train", "val"]);
    expect(body.splits.map((split: { images: number }) => split.images)).toEqual(images);
  });

  test("say what speaks against them", async () => {
    const { warnings } = (await inspect("lopsided")).body;
    expect(warnings).toEqual([expect.stringMatching(/validation/), expect.stringMatching(/5/)]);
  });

  test("are found by their absolute path, and by a link that stays inside", async () => {
    const path = `${server.folder}/datasets/dog-vs-cat`;
    expect(await inspect(path)).toMatchObject({ status: 200, body: { path, num_classes: 2 } });
    expect((await inspect("link-in")).status).toBe(200);
  });

  test.each([
    "absent",
    ".",
    "..",
    "/",
    "../",
    "../outputs",
    "dog-vs-cat/../..",
    "dog-vs-cat/../../trainyard.db",
    "./../datasets/../outputs",
    "/etc",
    "/etc/passwd",
    "//etc",
    "/proc/self/root/etc",
    "file:///etc",
    "~",
    "~/x",
    "..\\outputs",
    "dog-vs-cat\\..\\..",
    "C:\\Windows",
    "\\\\host\\share",
    "%2e%2e%2foutputs",
    "..%2foutputs",
    "%252e%252e/outputs",
    "....//outputs",
    "..;/outputs",
    "dog-vs-cat#/../..",
    "dog-vs-cat?x=/../..",
    "dog-vs-cat%00",
    "dog-vs-cat/train/cat/1.jpg",
    "link-out",
    "link-out/cat",
    "{root}",
    "{root}/../outputs",
    "{root}-else",
    "{folder}",
    "．．/outputs",
    "x".repeat(1000),
  ])("are not found by %s, wherever it leads", async (given) => {
    const path = given.replace("{root}", `${server.folder}/datasets`)
      .replace("{folder}", server.folder);
    expect(refusal(await inspect(path))).toEqual({
      status: 400,
      type: PROBLEM,
      detail: `Dataset not found: ${path}`,
      fields: ["path"],
    });
    const json = { project_id: 1, model_name: "resnet18", dataset_path: path };
    expect(refusal(await owner.send("POST", "/api/v1/training/jobs", { json }))).toEqual({
      status: 400,
      type: PROBLEM,
      detail: `Dataset not found: ${path}`,
      fields: ["dataset_path"],
    });
  });

  test("are asked for by one path", async () => {
    for (const query of ["", "?path=", `?path=${"x".repeat(1025)}`, "?path=a&path=b"]) {
      expect(refusal(await owner.send("GET", `/api/v1/datasets/inspect${query}`)), query)
        .toMatchObject({ status: 400, type: PROBLEM, fields: ["path"] });
    }
  });
});
