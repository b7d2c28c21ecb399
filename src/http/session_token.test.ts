import { SignJWT, UnsecuredJWT } from "jose";
import { describe, expect, test } from "vitest";
import { createTokens } from "./session_token.ts";

const SECRET = new TextEncoder().encode("a secret of at least thirty-two bytes");
const OTHER_SECRET = new TextEncoder().encode("another secret of thirty-two bytes or so");
const NOW = new Date("2024-01-18T15:30:00Z");
const LATER = new Date("2024-01-18T16:30:00Z");
const CLAIMS = { sub: "1", jti: "session-1" };
const GOOD = {
  ...CLAIMS,
  iss: "trainyard",
  aud: "trainyard",
  iat: NOW.getTime() / 1000,
  exp: LATER.getTime() / 1000,
};

const tokens = createTokens(SECRET);
const verify = (token: string, now = NOW) => tokens.verify(token, { audience: "trainyard", now });

/** A valid token with the given claims, algorithm or secret changed. */
function forge(
  claims: Record<string, unknown> = {},
  { alg = "HS256", secret = SECRET }: { alg?: string; secret?: Uint8Array } = {},
): Promise<string> {
  return new SignJWT({ ...GOOD, ...claims }).setProtectedHeader({ alg }).sign(secret);
}

const [header, payload, signature] = (await forge()).split(".") as [string, string, string];

describe("a token", () => {
  const times = { issuedAt: NOW, expiresAt: LATER };

  test("returns its claims until it expires", async () => {
    const token = await tokens.sign(CLAIMS, { audience: "trainyard", ...times });
    expect(token).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
    expect(await verify(token)).toStrictEqual(CLAIMS);
    expect(await verify(token, new Date(LATER.getTime() - 1000))).toStrictEqual(CLAIMS);
    expect(await verify(token, LATER)).toBeUndefined();
  });

  test("is refused for another audience", async () => {
    const setup = await tokens.sign(CLAIMS, { audience: "trainyard-setup", ...times });
    expect(await verify(setup)).toBeUndefined();
    expect(await tokens.verify(setup, { audience: "trainyard-setup", now: NOW }))
      .toStrictEqual(CLAIMS);
  });

  test("is accepted when another library signed it the same way", async () => {
    expect(await verify(await forge())).toStrictEqual(CLAIMS);
  });
});

describe("with a secret and a previous one", () => {
  const rotated = createTokens(OTHER_SECRET, { previous: SECRET });
  const options = { audience: "trainyard", now: NOW } as const;

  test("tokens of both are accepted", async () => {
    expect(await rotated.verify(await forge(), options)).toStrictEqual(CLAIMS);
    const token = await rotated.sign(CLAIMS, {
      audience: "trainyard",
      issuedAt: NOW,
      expiresAt: LATER,
    });
    expect(await rotated.verify(token, options)).toStrictEqual(CLAIMS);
    // New tokens are signed with the new secret only.
    expect(await verify(token)).toBeUndefined();
  });

  test("tokens of a third secret, without an expiry or expired are refused", async () => {
    const third = new TextEncoder().encode("a third secret of thirty-two bytes or so");
    expect(await rotated.verify(await forge({}, { secret: third }), options)).toBeUndefined();
    expect(await rotated.verify(await forge({ exp: undefined }), options)).toBeUndefined();
    const late = { ...options, now: LATER };
    expect(await rotated.verify(await forge(), late)).toBeUndefined();
  });
});

describe("a token is refused", () => {
  const encode = (value: unknown) =>
    new TextEncoder().encode(JSON.stringify(value)).toBase64({ alphabet: "base64url" })
      .replaceAll("=", "");

  test.each<[string, string | Promise<string>]>([
    ["with another algorithm", forge({}, { alg: "HS512", secret: new Uint8Array(64) })],
    ["with another algorithm and the same key", forge({}, { alg: "HS384" })],
    ["with another key", forge({}, { secret: OTHER_SECRET })],
    ["without exp", forge({ exp: undefined })],
    ["without iat", forge({ iat: undefined })],
    ["without jti", forge({ jti: undefined })],
    ["whose jti is not a string", forge({ jti: { $ne: "" } })],
    ["whose sub is a number", forge({ sub: 1 })],
    ["without sub", forge({ sub: undefined })],
    ["that has expired", forge({ exp: NOW.getTime() / 1000 - 1 })],
    ["that expires at this second", forge({ exp: NOW.getTime() / 1000 })],
    ["whose exp is a string", forge({ exp: "never" })],
    ["that is not valid yet", forge({ nbf: LATER.getTime() / 1000 })],
    ["for another audience", forge({ aud: "other" })],
    ["without an audience", forge({ aud: undefined })],
    ["of another issuer", forge({ iss: "other" })],
    ["without an issuer", forge({ iss: undefined })],
    ["with alg none", new UnsecuredJWT(GOOD).encode()],
    ["with alg none and a signature", `${encode({ alg: "none" })}.${payload}.${signature}`],
    ["with alg None", `${encode({ alg: "None" })}.${payload}.`],
    ["without alg", `${encode({})}.${payload}.${signature}`],
    [
      "with an unknown critical header",
      `${encode({ alg: "HS256", crit: ["x"], x: 1 })}.${payload}.`,
    ],
    ["whose claims were changed", `${header}.${encode({ ...GOOD, sub: "2" })}.${signature}`],
    ["with an empty signature", `${header}.${payload}.`],
    ["with half a signature", `${header}.${payload}.${signature.slice(0, 20)}`],
    ["of two parts", `${header}.${payload}`],
    ["of four parts", `${header}.${payload}.${signature}.x`],
    ["that is empty", ""],
    ["of dots", ".."],
    ["of garbage", "garbage"],
    ["of encoded garbage", "Z2FyYmFnZQ.Z2FyYmFnZQ.Z2FyYmFnZQ"],
    ["that is not base64", "한국.어 .토큰"],
  ])("%s", async (_, token) => {
    expect(await verify(await token)).toBeUndefined();
  });
});
