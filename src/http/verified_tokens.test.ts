import { expect, test } from "vitest";
import { createTokens, type Tokens } from "./session_token.ts";
import { rememberVerified } from "./verified_tokens.ts";

const SECRET = new TextEncoder().encode("a secret of at least thirty-two bytes");
const NOW = new Date("2024-01-18T15:30:00Z");
const LATER = new Date("2024-01-18T16:30:00Z");
const CLAIMS = { sub: "1", jti: "session-1" };

/** Cached tokens, and how many signatures were verified. */
function counted() {
  const plain = createTokens(SECRET);
  let verified = 0;
  const tokens: Tokens = rememberVerified({
    ...plain,
    verify: (token, options) => {
      verified++;
      return plain.verify(token, options);
    },
  });
  const sign = (audience: "trainyard" | "trainyard-setup") =>
    tokens.sign(CLAIMS, { audience, issuedAt: NOW, expiresAt: LATER });
  return { tokens, sign, verified: () => verified };
}

test("a valid token is verified once and returns the same claims each time", async () => {
  const { tokens, sign, verified } = counted();
  const token = await sign("trainyard");
  for (let i = 0; i < 3; i++) {
    expect(await tokens.verify(token, { audience: "trainyard", now: NOW })).toStrictEqual(CLAIMS);
  }
  expect(verified()).toBe(1);
});

test("a cached token expires on time", async () => {
  const { tokens, sign } = counted();
  const token = await sign("trainyard");
  const verify = (now: Date) => tokens.verify(token, { audience: "trainyard", now });
  expect(await verify(NOW)).toStrictEqual(CLAIMS);
  expect(await verify(new Date(LATER.getTime() - 1))).toStrictEqual(CLAIMS);
  expect(await verify(LATER)).toBeUndefined();
  expect(await verify(LATER)).toBeUndefined();
});

test("a token cached for one audience is refused for another", async () => {
  const { tokens, sign } = counted();
  const token = await sign("trainyard-setup");
  expect(await tokens.verify(token, { audience: "trainyard-setup", now: NOW }))
    .toStrictEqual(CLAIMS);
  expect(await tokens.verify(token, { audience: "trainyard", now: NOW })).toBeUndefined();
});

test("the claims of a cached token with another signature are refused", async () => {
  const { tokens, sign } = counted();
  const token = await sign("trainyard");
  await tokens.verify(token, { audience: "trainyard", now: NOW });
  const forged = token.replace(/[^.]+$/, (signature) => signature.split("").reverse().join(""));
  expect(await tokens.verify(forged, { audience: "trainyard", now: NOW })).toBeUndefined();
});
