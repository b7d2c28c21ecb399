import type { AppDeps } from "./env.ts";

/** Whether `PUBLIC_URL` is an HTTPS origin. */
export function isHttps({ publicOrigin }: AppDeps["config"]): boolean {
  return publicOrigin?.startsWith("https:") ?? false;
}

/** On HTTPS, cookies are `Secure` and get the `__Host-` prefix: only this host can set them. */
export function cookieOptions(deps: AppDeps) {
  return isHttps(deps.config) ? { prefix: "host", secure: true } as const : { secure: false };
}
