import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compose } from "../../src/compose.ts";
import { loadConfig } from "../../src/config.ts";
import type { Service } from "../../src/lifecycle.ts";
import type { AppDeps } from "../../src/http/env.ts";
import { DATASETS } from "./api.ts";
import { openPlace, type Place } from "./place.ts";
import { serverEnv, writeFiles } from "./server.ts";

/** The server in this process: everything real but the socket, for tests with many requests. */
export interface App extends AsyncDisposable {
  deps: AppDeps;
  /** Not started: a test calls what it needs. */
  services: Service[];
  place: Place;
  routes: Route[];
  /** Answers a request whose path arrives as it was sent, as `Deno.serve` hands it over. */
  send(method: string, path: string, init?: RequestInit): Promise<Response>;
  /** Adds an account. */
  addAccount(email: string): Promise<{ email: string; password: string }>;
  /** Signs an account in, once on each face. */
  signIn(account: { email: string; password: string }): Promise<Credentials>;
  /** What was logged, a line an event. */
  logged: string[];
}

export interface Route {
  method: string;
  /** The pattern, such as `/projects/:id`. */
  path: string;
}

export interface Credentials {
  /** For the API. */
  Authorization: string;
  /** For the pages. */
  Cookie: string;
}

const PASSWORD = "correct horse battery";
/** Of it, by scrypt with N=2, r=1, p=1: a hash says itself what it takes, and this costs nothing. */
const PASSWORD_HASH =
  "$scrypt$ln=1,r=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$yt97JvvKZhbS8uSi7C5+7MnP1Wx0IqvrRd/oWuvofcY";

export async function openApp(env: Record<string, string> = {}): Promise<App> {
  const place = await openPlace();
  const { folder } = place;
  await writeFiles(join(folder, "datasets"), DATASETS);
  const config = await loadConfig(serverEnv(folder, {
    ...place.env,
    APP_ENV: "production",
    JWT_SECRET: crypto.randomUUID().repeat(2),
    SIGNUP: "open",
    DATASETS_DIR: join(folder, "datasets"),
    ...env,
  }));
  const logged: string[] = [];
  const at = (level: string) => (message: string, fields: Record<string, unknown> = {}) =>
    void logged.push(`${level}: ${message} ${Deno.inspect(fields, { depth: 6 })}`);
  const log = { debug: at("debug"), info: () => {}, warn: at("warn"), error: at("error") };
  const { app, deps, services, close } = await compose(config, { log });
  const routes = new Map(
    app.routes.filter(({ method }) => method !== "ALL")
      .map(({ method, path }) => [`${method} ${path}`, { method, path }]),
  );
  async function send(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    const body = typeof init.body === "string" ? new TextEncoder().encode(init.body) : init.body;
    if (body instanceof Uint8Array) headers.set("Content-Length", String(body.byteLength));
    const request = new Request(ORIGIN, { ...init, headers, body: body ?? null, method });
    // The constructor would resolve what a client need not have resolved.
    Object.defineProperty(request, "url", { value: ORIGIN + path });
    return await app.fetch(request);
  }

  return {
    deps,
    services,
    place,
    logged,
    send,
    routes: [...routes.values()],
    async addAccount(email) {
      await deps.users.insert({
        email,
        full_name: null,
        password_hash: PASSWORD_HASH,
        created_at: new Date().toISOString(),
      });
      return { email, password: PASSWORD };
    },
    async signIn(account) {
      const login = await send("POST", "/api/v1/auth/login", {
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(account),
      });
      const page = await send("POST", "/login", {
        headers: { ...FORM, Origin: ORIGIN },
        body: new URLSearchParams(account).toString(),
      });
      return {
        Authorization: `Bearer ${(await login.json()).access_token}`,
        Cookie: page.headers.getSetCookie()[0]!.split(";")[0]!,
      };
    },
    async [Symbol.asyncDispose]() {
      await close();
      await place.remove();
    },
  };
}

export const ORIGIN = "http://localhost:8000";
export const FORM = { "Content-Type": "application/x-www-form-urlencoded" };

/** The checkout, where nothing may appear. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
