import type { MiddlewareHandler } from "hono";
import { secureHeaders } from "hono/secure-headers";
import type { AppDeps, Env } from "../env.ts";
import { isHttps } from "../https.ts";

/** Sets security headers on every answer: all of them for pages, and for the API those that matter for
 * data (OWASP, REST Security Cheat Sheet, "Security Headers"). */
export function securityHeaders(deps: AppDeps): MiddlewareHandler<Env> {
  const always = {
    xFrameOptions: "DENY",
    strictTransportSecurity: isHttps(deps.config) && "max-age=31536000; includeSubDomains",
    // Keep headers that a route sets itself, as for images.
    overwrite: false,
    // Obsolete.
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
    // No trusted types: htmx 4.0 inserts answers into the page without a policy.
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
  // Data loads, runs and frames nothing. Headers about windows and links do not apply.
  const ofData = secureHeaders({
    ...always,
    contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    referrerPolicy: false,
  });
  return (c, next) => (c.req.path.startsWith("/api/v1/") ? ofData : ofPages)(c, next);
}
