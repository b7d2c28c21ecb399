import type { MiddlewareHandler } from "hono";
import { secureHeaders } from "hono/secure-headers";
import type { AppDeps, Env } from "../env.ts";
import { isHttps } from "../https.ts";

/** What keeps a browser from harm, with every answer: all of it for what may be a page, and for the
 * API's data what matters there (OWASP, REST Security Cheat Sheet, "Security Headers"). */
export function securityHeaders(deps: AppDeps): MiddlewareHandler<Env> {
  const always = {
    xFrameOptions: "DENY",
    strictTransportSecurity: isHttps(deps.config) && "max-age=31536000; includeSubDomains",
    // A route that sets a header of its own, as for images, means it.
    overwrite: false,
    // What only browsers and plug-ins of the past have heard of.
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
  };
  const ofPages = secureHeaders({
    ...always,
    contentSecurityPolicy: {
      defaultSrc: ["'self'"],
      objectSrc: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
    // Trusted types are not asked for: htmx 4.0 writes answers into the page without a policy.
    permissionsPolicy: {
      camera: [],
      displayCapture: [],
      geolocation: [],
      microphone: [],
      payment: [],
      usb: [],
    },
    referrerPolicy: "same-origin",
  });
  // Nothing is to be loaded, run or framed. What is about windows and links does not concern it.
  const ofData = secureHeaders({
    ...always,
    contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    referrerPolicy: false,
  });
  return (c, next) => (c.req.path.startsWith("/api/v1/") ? ofData : ofPages)(c, next);
}
