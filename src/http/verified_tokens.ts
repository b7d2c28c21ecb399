import { decodeJwt } from "jose";
import type { Audience, TokenClaims, Tokens } from "./session_token.ts";

/** The oldest entries are dropped beyond this. */
const MAX_REMEMBERED = 10_000;

interface Verified {
  audience: Audience;
  claims: TokenClaims;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

/**
 * Caches verified tokens until they expire: a valid signature stays valid. Whether the session still
 * exists is read from the database for each request.
 */
export function rememberVerified(tokens: Tokens): Tokens {
  const remembered = new Map<string, Verified>();
  return {
    sign: tokens.sign,

    async verify(token, { audience, now }) {
      const known = remembered.get(token);
      if (known?.audience === audience && now.getTime() < known.expiresAt) return known.claims;
      remembered.delete(token);
      const claims = await tokens.verify(token, { audience, now });
      if (!claims) return undefined;
      if (remembered.size >= MAX_REMEMBERED) remembered.delete(remembered.keys().next().value!);
      remembered.set(token, { audience, claims, expiresAt: decodeJwt(token).exp! * 1000 });
      return claims;
    },
  };
}
