import { decodeJwt } from "jose";
import type { Audience, TokenClaims, Tokens } from "./session_token.ts";

/** Tokens in use at one time; the oldest are verified anew beyond it. */
const MAX_REMEMBERED = 10_000;

interface Verified {
  audience: Audience;
  claims: TokenClaims;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

/**
 * Verifies a token's signature once, and remembers it until it expires: a signature stays good.
 * Whether its session still stands is asked of the database each time.
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
