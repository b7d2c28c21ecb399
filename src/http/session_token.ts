import { errors, jwtVerify, SignJWT } from "jose";

const ALGORITHM = "HS256";
const ISSUER = "trainyard";

/** What a token is for. A token for one audience is refused for the other. */
export type Audience = "trainyard" | "trainyard-setup";

export interface TokenClaims {
  /** The user's id. */
  sub: string;
  /** The session's id. */
  jti: string;
}

export interface Tokens {
  sign(
    claims: TokenClaims,
    options: { audience: Audience; issuedAt: Date; expiresAt: Date },
  ): Promise<string>;
  /** The claims of a valid, unexpired token for this audience, else `undefined`. */
  verify(
    token: string,
    options: { audience: Audience; now: Date },
  ): Promise<TokenClaims | undefined>;
}

/**
 * JSON Web Tokens (RFC 7519), signed with `secret`. Tokens signed with `previous` stay valid, so that
 * rotating the secret signs nobody out.
 */
export function createTokens(
  secret: Uint8Array,
  { previous }: { previous?: Uint8Array | undefined } = {},
): Tokens {
  const keys = previous ? [secret, previous] : [secret];
  return {
    sign: ({ sub, jti }, { audience, issuedAt, expiresAt }) =>
      new SignJWT()
        .setProtectedHeader({ alg: ALGORITHM })
        .setIssuer(ISSUER)
        .setAudience(audience)
        .setSubject(sub)
        .setJti(jti)
        .setIssuedAt(issuedAt)
        .setExpirationTime(expiresAt)
        .sign(secret),

    async verify(token, { audience, now }) {
      for (const key of keys) {
        try {
          const { payload } = await jwtVerify(token, key, {
            algorithms: [ALGORITHM],
            issuer: ISSUER,
            audience,
            requiredClaims: ["sub", "iat", "exp", "jti"],
            currentDate: now,
          });
          const { sub, jti } = payload;
          return typeof sub === "string" && typeof jti === "string" ? { sub, jti } : undefined;
        } catch (error) {
          if (error instanceof errors.JWSSignatureVerificationFailed) continue;
          if (error instanceof errors.JOSEError) return undefined;
          throw error;
        }
      }
      return undefined;
    },
  };
}
