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
  const token: string = login.body.access_token;
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

/** A request without a token, unless `headers` say so. */
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
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
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
