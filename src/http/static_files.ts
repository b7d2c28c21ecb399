import type { MiddlewareHandler } from "hono";
import { basename, extname } from "node:path";
import type { Env } from "./env.ts";

const TYPES: Record<string, string> = {
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

export interface StaticFiles {
  /** The address of `static/{name}`; it changes with the content, so it may be kept for ever. */
  url(name: string): string;
  handler: MiddlewareHandler<Env>;
}

/** Reads the few files of `static/` into memory; a request can only name one of them. */
export async function loadStaticFiles(folder: URL): Promise<StaticFiles> {
  const urls = new Map<string, string>();
  const files = new Map<string, { bytes: Uint8Array<ArrayBuffer>; type: string }>();
  for (const path of await listFiles(folder)) {
    const bytes = await Deno.readFile(new URL(path, folder));
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
    const extension = extname(path);
    const url = `/static/${basename(path, extension)}.${digest.slice(0, 10)}${extension}`;
    urls.set(path, url);
    files.set(url, { bytes, type: TYPES[extension] ?? "application/octet-stream" });
  }
  return {
    url(name) {
      const url = urls.get(name);
      if (url === undefined) throw new TypeError(`no such file in static/: ${name}`);
      return url;
    },
    async handler(c, next) {
      const file = files.get(c.req.path);
      if (!file) return await next();
      return c.body(file.bytes, 200, {
        "Content-Type": file.type,
        "Cache-Control": "public, max-age=31536000, immutable",
      });
    },
  };
}

async function listFiles(folder: URL, prefix = ""): Promise<string[]> {
  const paths: string[] = [];
  for await (const entry of Deno.readDir(new URL(prefix, folder))) {
    const path = prefix + entry.name;
    if (entry.isDirectory) paths.push(...await listFiles(folder, `${path}/`));
    else paths.push(path);
  }
  return paths;
}
