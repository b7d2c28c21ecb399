import type { MiddlewareHandler } from "hono";
import { accepts } from "hono/accepts";
import { basename, extname } from "node:path";
import { promisify } from "node:util";

const TYPES: Record<string, string> = {
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml; charset=utf-8",
};

export interface StaticFiles {
  /** The URL path of `static/{name}`. It contains a hash of the content and may be cached for ever. */
  url(name: string): string;
  handler: MiddlewareHandler;
}

/** Most preferred first. */
const ENCODINGS = ["br", "gzip"] as const;

interface StaticFile {
  type: string;
  bytes: Uint8Array<ArrayBuffer>;
  /** By encoding; compressed on first use. */
  encoded: Map<string, Promise<Uint8Array<ArrayBuffer>>>;
}

/** Reads the files of `static/` into memory. Requests are looked up by name and never reach the disk. */
export async function loadStaticFiles(folder: URL): Promise<StaticFiles> {
  const urls = new Map<string, string>();
  const files = new Map<string, StaticFile>();
  for (const path of await listFiles(folder)) {
    const bytes = await Deno.readFile(new URL(path, folder));
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
    const extension = extname(path);
    const url = `/static/${basename(path, extension)}.${digest.slice(0, 10)}${extension}`;
    urls.set(path, url);
    const type = TYPES[extension] ?? "application/octet-stream";
    files.set(url, { type, bytes, encoded: new Map() });
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
      c.header("Content-Type", file.type);
      c.header("Cache-Control", "public, max-age=31536000, immutable");
      c.header("Vary", "Accept-Encoding");
      const encoding = ENCODINGS.find((name) =>
        accepts(c, { header: "Accept-Encoding", supports: [name], default: "" }) === name
      );
      if (!encoding) return c.body(file.bytes);
      let body = file.encoded.get(encoding);
      if (!body) {
        body = compress(file.bytes, encoding);
        file.encoded.set(encoding, body);
      }
      c.header("Content-Encoding", encoding);
      return c.body(await body);
    },
  };
}

async function compress(
  bytes: Uint8Array,
  encoding: typeof ENCODINGS[number],
): Promise<Uint8Array<ArrayBuffer>> {
  // Imported on first use, to keep it out of startup.
  const { brotliCompress, gzip } = await import("node:zlib");
  return new Uint8Array(await promisify(encoding === "br" ? brotliCompress : gzip)(bytes));
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
