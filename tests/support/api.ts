import { expectDocumented } from "./api_document.ts";
import type { Server } from "./server.ts";

/** A client of the REST API that signs in once. */
export interface Api {
  token: string;
  /** Sends a request as this user; `json` becomes its body. */
  send(
    method: string,
    path: string,
    options?: { json?: unknown; headers?: Record<string, string> },
  ): Promise<ApiAnswer>;
}

export interface ApiAnswer {
  status: number;
  headers: Headers;
  // deno-lint-ignore no-explicit-any -- tests look into bodies of every shape, also wrong ones
  body: any;
}

export const DEMO = { email: "demo@example.com", password: "demo-password" };

export async function signInApi(server: Server, account = DEMO): Promise<Api> {
  const login = await request(server, {
    method: "POST",
    path: "/api/v1/auth/login",
    json: account,
  });
  if (login.status !== 200) throw new Error(`sign-in failed: ${JSON.stringify(login.body)}`);
  return apiWith(server, login.body.access_token);
}

/** A client that shows a token it was given. */
export function apiWith(server: Server, token: string): Api {
  return {
    token,
    send: (method, path, { json, headers = {} } = {}) =>
      request(server, {
        method,
        path,
        json,
        headers: { Authorization: `Bearer ${token}`, ...headers },
      }),
  };
}

/** A request without a token, unless `headers` say so. Throws when the API's document does not say
 * that it may be answered so. */
export async function request(
  server: Server,
  { method, path, json, headers = {} }: {
    method: string;
    path: string;
    json?: unknown;
    headers?: Record<string, string>;
  },
): Promise<ApiAnswer> {
  const response = await fetch(server.origin + path, {
    method,
    redirect: "manual",
    headers: { ...(json !== undefined && { "Content-Type": "application/json" }), ...headers },
    ...(json !== undefined && { body: JSON.stringify(json) }),
  });
  const text = await response.text();
  const isJson = /\bjson\b/.test(response.headers.get("Content-Type") ?? "");
  const answer = {
    status: response.status,
    headers: response.headers,
    body: isJson && text !== "" ? JSON.parse(text) : text,
  };
  expectDocumented({ method, path }, answer);
  return answer;
}

/** The contract's example, on a sample dataset. */
export const EXAMPLE = {
  project_id: 1,
  model_name: "yolo11n-seg",
  framework: "ultralytics",
  task_type: "instance_segmentation",
  dataset_path: "seg-coco8",
  dataset_format: "yolo",
  epochs: 50,
  batch_size: 16,
  learning_rate: 0.01,
  optimizer: "adam",
  pretrained: true,
};

/** Registers an account and signs it in. */
export async function signUpApi(server: Server, email: string): Promise<Api> {
  const account = { email, password: "correct horse battery" };
  const answer = await request(server, {
    method: "POST",
    path: "/api/v1/auth/register",
    json: account,
  });
  if (answer.status !== 201) throw new Error(`sign-up failed: ${JSON.stringify(answer.body)}`);
  return await signInApi(server, account);
}

/** What a refusal is checked for: its kind, its words and the fields it names. */
export function refusal({ status, headers, body }: ApiAnswer) {
  return {
    status,
    type: headers.get("Content-Type"),
    detail: body.detail as string,
    // deno-lint-ignore no-explicit-any -- as in `ApiAnswer`
    fields: body.errors?.map((error: any) => error.field) as string[] | undefined,
  };
}

const YOLO = "train: images/train\nval: images/val\nnames: [circle, square]\n";
const BOX = "0 0.5 0.5 0.2 0.2\n1 0.3 0.3 0.1 0.1\n";
const POLYGON = "0 0.1 0.1 0.4 0.1 0.2 0.5\n1 0.6 0.6 0.9 0.6 0.9 0.9 0.6 0.9 0.7 0.7\n";

/** Small datasets, one of each kind a test needs; `startServer` puts them in a folder. */
export const DATASETS: Record<string, string> = {
  ...yolo("seg-coco8", { labels: POLYGON }),
  ...yolo("shapes-det", { labels: BOX }),
  ...Object.fromEntries(
    ["train", "val"].flatMap((split) =>
      ["cat", "dog"].map((name) => [`dog-vs-cat/${split}/${name}/1.jpg`, ""])
    ),
  ),
  // No validation split, and one class far ahead.
  ...Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`lopsided/train/cat/${n}.jpg`, ""])),
  "lopsided/train/dog/1.jpg": "",
  ...yolo("downloads", { labels: BOX, yaml: `${YOLO}download: import os\n` }),
  "nothing/readme.txt": "no dataset",
};

function yolo(
  folder: string,
  { labels, yaml = YOLO }: { labels: string; yaml?: string },
): Record<string, string> {
  const files: Record<string, string> = { [`${folder}/data.yaml`]: yaml };
  for (const split of ["train", "val"]) {
    files[`${folder}/images/${split}/1.jpg`] = "";
    files[`${folder}/labels/${split}/1.txt`] = labels;
  }
  return files;
}
