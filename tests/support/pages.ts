import { DEMO } from "./api.ts";
import type { Server } from "./server.ts";

/** A browser's cookie jar and forms, without the browser. */
export interface Pages {
  cookie: string;
  get(path: string, headers?: Record<string, string>): Promise<PageAnswer>;
  /** Submits a form as a browser on the same site does. */
  post(
    path: string,
    form: Record<string, string>,
    headers?: Record<string, string>,
  ): Promise<PageAnswer>;
}

export interface PageAnswer {
  status: number;
  headers: Headers;
  text: string;
}

/** Pages seen with the cookie of a sign-in, or with none. */
export async function openPages(
  server: Server,
  account: { email: string; password: string } | null = DEMO,
): Promise<Pages> {
  let cookie = "";
  const send = async (path: string, init: RequestInit): Promise<PageAnswer> => {
    const headers = new Headers(init.headers);
    if (cookie) headers.set("Cookie", cookie);
    const response = await fetch(server.origin + path, { ...init, headers, redirect: "manual" });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  const pages: Pages = {
    get cookie() {
      return cookie;
    },
    get: (path, headers = {}) => send(path, { headers }),
    post: (path, form, headers = {}) =>
      send(path, {
        method: "POST",
        body: new URLSearchParams(form),
        headers: { "Sec-Fetch-Site": "same-origin", ...headers },
      }),
  };
  if (account) {
    const { status, headers } = await pages.post("/login", account);
    if (status !== 303) throw new Error(`sign-in failed with status ${status}`);
    cookie = headers.getSetCookie()[0]!.split(";")[0]!;
  }
  return pages;
}

/** What the form of a new experiment sends. */
export const EXPERIMENT_FORM = {
  model_name: "yolo11n-seg",
  dataset_path: "seg-coco8",
  epochs: "50",
  batch_size: "16",
  learning_rate: "0.01",
  optimizer: "adam",
  pretrained: "on",
};

export const HTMX = { "HX-Request": "true" };
