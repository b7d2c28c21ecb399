import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { apiWith, DATASETS, refusal, request, signInApi } from "../support/api.ts";
import { openPages } from "../support/pages.ts";
import { openPlace } from "../support/place.ts";
import { type Server, startServer } from "../support/server.ts";

const SECRET = "a secret of this test, long enough to be one";
const ME = "/api/v1/auth/me";

let server: Server;
/** A token of a session that lasts. */
let good: string;

beforeAll(async () => {
  server = await startServer({ datasets: DATASETS, env: { JWT_SECRET: SECRET } });
  good = (await signInApi(server)).token;
});
afterAll(() => server?.[Symbol.asyncDispose]());

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const claimsOf = (token: string) =>
  JSON.parse(Buffer.from(token.split(".")[1]!, "base64url").toString());

/** A token made by hand: a good one, but for what is said. */
function forge(
  changes: Record<string, unknown>,
  { alg = "HS256", hash = "sha256", key = SECRET, header = {} } = {},
): string {
  const signed = `${encode({ alg, ...header })}.${encode({ ...claimsOf(good), ...changes })}`;
  return `${signed}.${createHmac(hash, key).update(signed).digest("base64url")}`;
}

/** What a request gets whose header lines are sent as they are. */
async function status(lines: string[]): Promise<number> {
  const { hostname, port } = new URL(server.origin);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const head = [`GET ${ME} HTTP/1.1`, `Host: ${hostname}:${port}`, "Connection: close", ...lines];
  await connection.write(new TextEncoder().encode(`${head.join("\r\n")}\r\n\r\n`));
  const buffer = new Uint8Array(64);
  const length = await connection.read(buffer) ?? 0;
  return Number(
    /^HTTP\/1\.1 (\d+)/.exec(new TextDecoder().decode(buffer.subarray(0, length)))?.[1],
  );
}

describe("a bearer token that is none of ours is refused", () => {
  const now = Math.floor(Date.now() / 1000);

  test("made as the server makes it, it is taken", async () => {
    expect((await apiWith(server, forge({})).send("GET", ME)).status).toBe(200);
  });

  test.each<[string, () => string]>([
    ["HS512 with the right key", () => forge({}, { alg: "HS512", hash: "sha512" })],
    ["HS384 with the right key", () => forge({}, { alg: "HS384", hash: "sha384" })],
    ["RS256 with the secret as its key", () => forge({}, { alg: "RS256" })],
    ["none, signed", () => forge({}, { alg: "none" })],
    ["none, unsigned", () => forge({}, { alg: "none" }).replace(/[^.]+$/, "")],
    ["a key in its header", () => {
      const key = "a key of the forger's own, as long as needed";
      const jwk = { kty: "oct", k: Buffer.from(key).toString("base64url") };
      return forge({}, { key, header: { jwk, kid: "../../dev/null" } });
    }],
    ["another key", () => forge({}, { key: "another secret, just as long as the first" })],
    ["no sub", () => forge({ sub: undefined })],
    ["a sub that is a number", () => forge({ sub: 1 })],
    ["no exp", () => forge({ exp: undefined })],
    ["an exp that is text", () => forge({ exp: String(now + 1000) })],
    ["no jti", () => forge({ jti: undefined })],
    ["a jti that is no text", () => forge({ jti: { "$ne": "" } })],
    ["no issuer", () => forge({ iss: undefined })],
    ["another audience", () => forge({ aud: "trainyard-setup" })],
    ["no audience", () => forge({ aud: undefined })],
    ["expired", () => forge({ exp: now - 1 })],
    ["not valid yet", () => forge({ nbf: now + 1000 })],
    ["issued in time to come", () => forge({ iat: now + 100_000, nbf: now + 100_000 })],
    ["10 kB of letters", () => "x".repeat(10_000)],
    ["10 kB of dots", () => ".".repeat(10_000)],
    ["10 kB of claims, well signed", () => forge({ padding: "x".repeat(10_000) })],
  ])("%s", async (_, token) => {
    const answer = await apiWith(server, token()).send("GET", ME);
    expect(refusal(answer)).toMatchObject({
      status: 401,
      type: "application/problem+json",
      detail: "A valid bearer token is required",
    });
    expect(answer.headers.get("WWW-Authenticate")).toBe('Bearer realm="trainyard"');
  });

  test("100 kB, by the HTTP server itself, and the next request is answered", async () => {
    for (const character of ["x", "."]) {
      expect(await status([`Authorization: Bearer ${character.repeat(100_000)}`])).toBe(400);
    }
    expect(await status([`Authorization: Bearer ${good}`])).toBe(200);
  });

  test("a session that was revoked", async () => {
    const api = await signInApi(server);
    await api.send("POST", "/api/v1/auth/logout");
    expect((await api.send("GET", ME)).status).toBe(401);
  });

  test.each<[string, (token: string) => string[]]>([
    ["two good headers", (t) => [`Authorization: Bearer ${t}`, `Authorization: Bearer ${t}`]],
    ["a good and a bad one", (t) => [`Authorization: Bearer ${t}`, "Authorization: Bearer x"]],
    ["a bad and a good one", (t) => ["Authorization: Bearer x", `Authorization: Bearer ${t}`]],
    ["a good and an empty one", (t) => [`Authorization: Bearer ${t}`, "Authorization:"]],
    ["an empty and a good one", (t) => ["Authorization:", `Authorization: Bearer ${t}`]],
    ["two in one", (t) => [`Authorization: Bearer ${t}, Bearer ${t}`]],
    ["another scheme before", (t) => [`Authorization: Basic x, Bearer ${t}`]],
  ])("%s", async (_, lines) => {
    expect(await status([`Authorization: Bearer ${good}`])).toBe(200);
    expect(await status(lines(good))).toBe(401);
  });

  test("a good cookie beside it does not mend it, nor does it stand for one", async () => {
    const { cookie } = await openPages(server);
    const send = (headers: Record<string, string>) =>
      request(server, { method: "GET", path: ME, headers: { Cookie: cookie, ...headers } });
    expect((await send({})).status).toBe(401);
    expect((await send({ Authorization: "Bearer x" })).status).toBe(401);
    expect((await send({ Authorization: `Bearer ${good}` })).status).toBe(200);
    // And the other way round: on a page the cookie decides.
    const headers = { Cookie: "trainyard_session=x", Authorization: `Bearer ${good}` };
    const page = await request(server, { method: "GET", path: "/projects", headers });
    expect(page.status).toBe(303);
  });
});

test("a new secret signs nobody out while the one before it is known", async () => {
  const place = await openPlace();
  const [first, second, third] = [1, 2, 3].map((n) => `secret number ${n}, which is long enough`);
  const start = (env: Record<string, string>) => startServer({ place, datasets: DATASETS, env });
  const isIn = async (server: Server, token: string) =>
    (await apiWith(server, token).send("GET", ME)).status === 200;
  try {
    let old: string;
    {
      await using server = await start({ JWT_SECRET: first! });
      old = (await signInApi(server)).token;
      await server.stop();
    }
    let young: string;
    {
      await using server = await start({ JWT_SECRET: second!, JWT_SECRET_PREVIOUS: first! });
      expect(await isIn(server, old)).toBe(true);
      young = (await signInApi(server)).token;
      await server.stop();
    }
    // What was signed meanwhile was signed with the new one alone.
    await using server = await start({ JWT_SECRET: second!, JWT_SECRET_PREVIOUS: third! });
    expect([await isIn(server, old), await isIn(server, young)]).toEqual([false, true]);
  } finally {
    await place.remove();
  }
});
