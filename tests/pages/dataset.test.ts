import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { request } from "../support/api.ts";
import { openPages, type Pages } from "../support/pages.ts";
import { type Server, startServer } from "../support/server.ts";

const OTHER = { email: "other@example.com", password: "other-password" };
const CAT = await Deno.readFile(
  new URL("../../sample_datasets/dog-vs-cat/train/cat/001.png", import.meta.url),
);
const MIB = 2 ** 20;

let server: Server;
let pages: Pages;
let root: string;

beforeAll(async () => {
  server = await startServer({
    datasets: {
      "pets/train/cat/page.jpg": "<!doctype html><script>alert(1)</script>",
      "pets/train/cat/drawing.png": '<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
      "pets/train/dog/empty.webp": "",
      "group/shapes/data.yaml":
        "train: images/train\nval: images/val\nnames: [circle, <b>square</b>]\n",
      "group/shapes/images/train/1.png": "",
      "group/shapes/labels/train/1.txt": "0 .5 .5 .1 .1\n1 .2 .2 .1 .1\n1 .3 .3 .1 .1\n",
      "group/shapes/images/val/2.png": "",
      "downloads/data.yaml": "train: images\nval: images\nnc: 1\ndownload: x\n",
      "downloads/images/1.jpg": "",
      "notes/<i>.txt": "",
      ...Object.fromEntries(
        Array.from({ length: 60 }, (_, index) => [`many/class-${index}/1.jpg`, ""]),
      ),
      ...Object.fromEntries(
        Array.from({ length: 4 }, (_, index) => [`many/class-59/more-${index}.jpg`, ""]),
      ),
    },
  });
  root = `${server.folder}/datasets`;
  await Deno.mkdir(`${root}/pets/val/cat`, { recursive: true });
  await Deno.writeFile(`${root}/pets/val/cat/a b&c=é%2f.txt.PNG`, CAT);
  await Deno.writeFile(`${root}/pets/val/cat/full.png`, padded(8 * MIB));
  await Deno.writeFile(`${root}/pets/val/cat/large.png`, padded(8 * MIB + 1));
  await Deno.writeFile(`${server.folder}/secret.png`, CAT);
  await Deno.mkdir(`${server.folder}/datasets-else`);
  await Deno.writeFile(`${server.folder}/datasets-else/secret.png`, CAT);
  await Deno.symlink(`${server.folder}/secret.png`, `${root}/pets/out.png`);
  await Deno.symlink(server.folder, `${root}/pets/up`);
  await Deno.symlink(`${root}/pets/val/cat`, `${root}/pets/inside`);
  await request(server, { method: "POST", path: "/api/v1/auth/register", json: OTHER });
  pages = await openPages(server);
});
afterAll(() => server[Symbol.asyncDispose]());

function padded(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  bytes.set(CAT);
  return bytes;
}

const query = (path: string) => new URLSearchParams({ path });
const image = (path: string) => pages.get(`/datasets/image?${query(path)}`);
const view = (path: string) => pages.get(`/datasets/view?${query(path)}`);

describe("an image", () => {
  test("is sent as what it is, and can be nothing else", async () => {
    const response = await fetch(
      `${server.origin}/datasets/image?${query("pets/val/cat/a b&c=é%2f.txt.PNG")}`,
      { headers: { Cookie: pages.cookie } },
    );
    expect(response.status).toBe(200);
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(CAT);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "image/png",
      "content-length": String(CAT.length),
      "content-disposition": "inline",
      "x-content-type-options": "nosniff",
      "cross-origin-resource-policy": "same-origin",
      "content-security-policy": "default-src 'none'; sandbox",
      "cache-control": "private, max-age=3600",
    });
  });

  test("is found by its absolute path and by a link that stays inside, up to the limit", async () => {
    for (const path of [`${root}/pets/val/cat/full.png`, "pets/inside/full.png"]) {
      expect((await image(path)).status, path).toBe(200);
    }
  });

  test.each([
    ["nothing", ""],
    ["the roots themselves", "."],
    ["a folder", "pets/val/cat"],
    ["an absent file", "pets/val/cat/absent.png"],
    ["HTML with an image's name", "pets/train/cat/page.jpg"],
    ["SVG with an image's name", "pets/train/cat/drawing.png"],
    ["an empty file", "pets/train/dog/empty.webp"],
    ["a text file", "group/shapes/data.yaml"],
    ["a file over the limit", "pets/val/cat/large.png"],
    ["a link that leads outside", "pets/out.png"],
    ["a folder's link that leads outside", "pets/up/secret.png"],
    ["a link outside that leads back in", "pets/up/datasets/../secret.png"],
    ["parents", "../secret.png"],
    ["parents below a folder", "pets/../../secret.png"],
    ["encoded parents", "%2e%2e/secret.png"],
    ["encoded slashes", "..%2fsecret.png"],
    ["parents encoded twice", "%252e%252e%252fsecret.png"],
    ["backslashes", "..\\secret.png"],
    ["a backslash inside", "pets\\val\\cat\\full.png"],
    ["NUL", "pets/val/cat/full.png\0"],
    ["NUL before another name", "pets/out.png\0.txt"],
    ["an absolute path outside", "{folder}/secret.png"],
    ["a folder beside the root", "{folder}/datasets-else/secret.png"],
    ["a system file", "/etc/passwd"],
    ["another way to it", "/proc/self/root/etc/passwd"],
    ["a file URL", "file:///etc/passwd"],
    ["a Windows path", "C:\\secret.png"],
    ["a Windows path with slashes", "c:/secret.png"],
    ["a share", "\\\\host\\share\\secret.png"],
    ["a very long name", "x".repeat(5000)],
  ])("is the same 404 for %s", async (_, path) => {
    const answer = await image(path.replace("{folder}", server.folder));
    expect(answer.status).toBe(404);
    expect(answer.headers.get("Content-Type")).toMatch(/^text\/html/);
    expect(answer.headers.get("Content-Security-Policy")).toMatch(/^default-src 'self'/);
    expect(answer.headers.get("Cache-Control")).toBe("no-store");
    // The address is the page's own, in its switches of language and theme.
    const words = (text: string) => text.replace(/name="next" value="[^"]*"/g, "");
    expect(words(answer.text)).toBe(words((await image("absent")).text));
  });

  test("is told apart neither by a raw NUL, a broken escape nor a second path", async () => {
    for (
      const search of ["path=%00", "path=%", "path=%ff", "", "path=&path=pets/inside/full.png"]
    ) {
      expect((await pages.get(`/datasets/image?${search}`)).status, search).toBe(404);
    }
  });

  test("is for whoever is signed in, whose projects do not matter, and nobody else", async () => {
    const address = `/datasets/image?${query("pets/inside/full.png")}`;
    const stranger = await openPages(server, null);
    const answer = await stranger.get(address);
    expect(answer.status).toBe(303);
    expect(answer.headers.get("Location")).toMatch(/^\/login/);
    expect((await (await openPages(server, OTHER)).get(address)).status).toBe(200);
    const forged = await fetch(server.origin + address, {
      headers: { Cookie: "session=x" },
      redirect: "manual",
    });
    expect(forged.status).toBe(303);
    await forged.body?.cancel();
  });
});

describe("the list of datasets", () => {
  test("shows every folder, and says what to do about those that cannot be used", async () => {
    const { status, text } = await pages.get("/datasets");
    expect(status).toBe(200);
    expect(text).toMatch(/href="\/datasets\/view\?path=pets">pets</);
    expect(text).toContain("download 키가 있어 거절했습니다");
    expect(text).toContain("notes 폴더는 yolo, imagefolder, coco 중 어느 형식도 아닙니다");
    expect(text).toContain("구조 중 하나로 맞추세요");
    expect(text).not.toContain("style=");
  });

  test("counts a dataset when its row is asked for", async () => {
    const row = await pages.get("/datasets/row?path=many", { "HX-Request": "true" });
    expect(row.status).toBe(200);
    expect(row.text).toMatch(/^<tr><th .*<\/tr>$/s);
    expect(row.text).toMatch(/data-label="이미지">64</);
    expect(row.text).toMatch(/#warnings">⚠ 2</);
    expect((await pages.get("/datasets/row?path=absent")).status).toBe(404);
  });
});

describe("a dataset's page", () => {
  test("shows its classes, splits and samples, whose names are never markup", async () => {
    const { status, text } = await view("group/shapes");
    expect(status).toBe(200);
    expect(text).toContain("<code>group/shapes</code>");
    expect(text).not.toContain("<b>square");
    const rows = [...text.matchAll(/<tr ?><th scope="row">(.*?)<\/th>(.*?)<\/tr>/gs)]
      .map(([, name, cells]) => [name, ...cells!.matchAll(/number">(\d+)</g).map(([, n]) => n)]);
    expect(rows).toEqual([
      ["&lt;b>square&lt;/b>", "2", "0"],
      ["circle", "1", "0"],
      ["train", "1", "3"],
      ["val", "1", "0"],
    ]);
    expect(text).toContain("val에 라벨 없는 이미지가 1장 있습니다");
    expect(text).toContain("빠진 라벨을 추가하세요");
    expect(text).toContain('href="/experiments/new?dataset_path=group%2Fshapes"');
  });

  test("asks for each sample once and lets it be seen, but not what is no image", async () => {
    const { text } = await view("pets");
    const sources = [...text.matchAll(/<img src="([^"]+)"/g)]
      .map(([, source]) => source!.replaceAll("&amp;", "&"));
    expect(sources.map((source) => new URLSearchParams(source.split("?")[1]).get("path")).sort())
      .toEqual([
        "pets/val/cat/a b&c=é%2f.txt.PNG",
        "pets/val/cat/full.png",
      ]);
    for (const source of sources) expect((await pages.get(source)).status).toBe(200);
    expect(text.match(/<img [^>]*width="320" height="240" loading="lazy"/g)).toHaveLength(2);
    expect(text.match(/브라우저가 못 여는 형식/g)).toHaveLength(4);
  });

  test("shows the fifty largest classes of many, and how many more there are", async () => {
    const { text } = await view("many");
    expect(text).toContain("외 더 작은 클래스 10개");
    const names = [...text.matchAll(/<th scope="row">(class-\d+)</g)].map(([, name]) => name);
    expect(names).toHaveLength(50);
    expect(names[0]).toBe("class-59");
  });

  test("says of a refused one what to do, and offers no experiment", async () => {
    const { text } = await view("downloads");
    expect(text).toContain("사용할 수 없음");
    expect(text).toContain("이미지는 직접 내려받아 넣으세요");
    expect(text).not.toContain("/experiments/new");
    expect((await view("notes")).text).toContain("imagefolder</strong>");
  });

  test.each(["", "absent", "..", "pets/up", "/etc", "pets/val/cat/full.png", "%2e%2e"])(
    "is not there for %j",
    async (path) => {
      expect((await view(path)).status).toBe(404);
    },
  );

  test("works in English", async () => {
    const { text } = await pages.get("/datasets/view?path=many", {
      "Accept-Language": "en",
    });
    expect(text).toContain("Classes are out of balance: class-59 has 5 times as many as");
    expect(text).toContain("Add images of the smaller classes");
  });
});

describe("the models", () => {
  test("stand by task, each with the way to an experiment", async () => {
    const { status, text } = await pages.get("/models");
    expect(status).toBe(200);
    expect([...text.matchAll(/<h2 id="task-(\w+)"/g)].map(([, task]) => task)).toEqual([
      "detection",
      "instance_segmentation",
      "image_classification",
      "pose_estimation",
      "oriented_detection",
      "semantic_segmentation",
    ]);
    expect(text).toContain("물체마다 윤곽을 그립니다.");
    expect(text).not.toContain("Outlines each object");
    expect(text).toContain('href="/experiments/new?model_name=yolo11n&amp;fill=recommended"');
  });

  test("are filtered by address; what nobody has filters nothing", async () => {
    const names = async (search: string) => {
      const { text } = await pages.get(`/models?${search}`);
      return [...text.matchAll(/<code>([^<]+)<\/code>/g)].map(([, name]) => name);
    };
    expect(await names("framework=transformers"))
      .toEqual(["nvidia/segformer-b0-finetuned-ade-512-512"]);
    expect(await names("framework=timm&task_type=image_classification")).toHaveLength(7);
    expect(await names("framework=timm&task_type=detection")).toEqual([]);
    expect(await names("framework=%3Cb%3E&task_type=cooking")).toHaveLength(58);
  });

  test("keep their English description on the API, and alone", async () => {
    const api = await request(server, {
      method: "POST",
      path: "/api/v1/auth/login",
      json: OTHER,
    });
    const { body } = await request(server, {
      method: "GET",
      path: "/api/v1/models?framework=transformers",
      headers: { Authorization: `Bearer ${api.body.access_token}` },
    });
    expect(body.items[0].description).toMatch(/^Gives every pixel a class/);
    expect(body.items[0]).not.toHaveProperty("description_ko");
  });

  test("of a deployment's own may come without Korean", async () => {
    const file = `${server.folder}/models.json`;
    const model = {
      name: "ours",
      display_name: "Ours",
      framework: "timm",
      task_type: "image_classification",
      parameters_m: 1,
      input_size: 224,
      recommended_batch_size: 8,
      recommended_learning_rate: 0.01,
      description: "Made in house.",
      dataset_formats: ["imagefolder"],
    };
    await Deno.writeTextFile(file, JSON.stringify([model]));
    await using own = await startServer({ env: { MODELS_FILE: file } });
    expect((await (await openPages(own)).get("/models")).text).toContain("Made in house.");
  });
});

describe("an experiment with a dataset or a model", () => {
  const address = "/experiments/new?dataset_path=pets&model_name=resnet18&fill=recommended&x=1";
  const filled = "dataset_path=pets&model_name=resnet18&fill=recommended";

  test("goes into the only project there is", async () => {
    const { status, headers } = await pages.get(address);
    expect(status).toBe(303);
    expect(headers.get("Location")).toBe(`/projects/1/experiments/new?${filled}`);
    const form = await pages.get(`${headers.get("Location")}&idempotency_key=k`);
    expect(form.text).toMatch(/<option[^>]* value="pets"[^>]* selected/);
    expect(form.text).toContain("작고 잘 알려진 분류 기준 모델입니다.");
  });

  test("asks which of several, and how to make one where there is none", async () => {
    const other = await openPages(server, OTHER);
    expect((await other.get(address)).text).toContain("먼저 하나 만드세요");
    for (const name of ["One", "Two"]) await other.post("/projects", { name });
    const { status, text } = await other.get(address);
    expect(status).toBe(200);
    const hrefs = [...text.matchAll(/href="(\/projects\/\d+\/experiments\/new[^"]*)"/g)];
    expect(hrefs).toHaveLength(2);
    expect(hrefs[0]![1]!.replaceAll("&amp;", "&")).toMatch(new RegExp(`\\?${filled}$`));
    expect(text).not.toContain("/projects/1/");
  });
});
