import type { AppDeps } from "./env.ts";

/** Whether people reach the server over TLS, as far as it was told. */
export function isHttps({ publicOrigin }: AppDeps["config"]): boolean {
  return publicOrigin?.startsWith("https:") ?? false;
}

/** On HTTPS the `__Host-` prefix pins a cookie to this host, its root path and TLS. */
export function cookieOptions(deps: AppDeps) {
  return isHttps(deps.config) ? { prefix: "host", secure: true } as const : { secure: false };
}
