import { Buffer } from "node:buffer";
import * as crypto from "node:crypto";
import { describe, expect, test, vi } from "vitest";
import { hashPassword, verifyPassword } from "./password.ts";

vi.mock("node:crypto", async (load) => {
  const real = await load<typeof crypto>();
  return { ...real, scrypt: vi.fn(real.scrypt) };
});
const scrypt = vi.mocked(crypto.scrypt);

const GOOD = "correct horse 배터리";

describe("a password", () => {
  test("is hashed in PHC format with a new salt each time", async () => {
    const [one, other] = await Promise.all([hashPassword(GOOD), hashPassword(GOOD)]);
    const form = /^\$scrypt\$ln=15,r=8,p=3\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$/;
    const [, salt, key] = form.exec(one!)!;
    expect([Buffer.from(salt!, "base64").length, Buffer.from(key!, "base64").length])
      .toEqual([16, 32]);
    expect(other).toMatch(form);
    expect(other!.split("$")[3]).not.toBe(salt);
    expect(other!.split("$")[4]).not.toBe(key);
  });

  test("matches its own hash and no other password does", async () => {
    const hash = await hashPassword(GOOD);
    expect(await verifyPassword(GOOD, hash)).toBe(true);
    for (const wrong of ["", `${GOOD} `, GOOD.toUpperCase(), hash]) {
      expect(await verifyPassword(wrong, hash), wrong).toBe(false);
    }
  });

  test("matches in any Unicode normalization form", async () => {
    const composed = "caf\u00e9 \ud55c\uae00";
    const decomposed = composed.normalize("NFD");
    expect(decomposed).not.toBe(composed);
    expect(await verifyPassword(decomposed, await hashPassword(composed))).toBe(true);
  });

  test("matches an older hash with cheaper parameters", async () => {
    // RFC 7914's third vector: scrypt("pleaseletmein", "SodiumChloride", N=16384, r=8, p=1).
    const key = "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2" +
      "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887";
    const base64 = (bytes: Buffer) => bytes.toString("base64").replaceAll("=", "");
    const hash = `$scrypt$ln=14,r=8,p=1$${base64(Buffer.from("SodiumChloride"))}$` +
      base64(Buffer.from(key, "hex"));
    expect(await verifyPassword("pleaseletmein", hash)).toBe(true);
    expect(await verifyPassword("pleaseletmeout", hash)).toBe(false);
  });
});

describe("verifyPassword returns false", () => {
  test.each([
    "",
    "plain text",
    GOOD,
    "$scrypt$",
    "$2b$12$abcdefghijklmnopqrstuv",
    "$scrypt$ln=15,r=8,p=3$AAAA",
    "$scrypt$ln=15,r=8,p=3$AAAA$",
    "$scrypt$ln=15,r=8,p=3$AAAA$A",
    "$scrypt$ln=15,r=8,p=3$$AAAA",
    "$scrypt$ln=x,r=8,p=3$AAAA$AAAA",
  ])("for the malformed hash %j", async (hash) => {
    expect(await verifyPassword(GOOD, hash)).toBe(false);
  });
});

describe("when two hashes are running, further ones", () => {
  test("are queued", async () => {
    const hashes = await Promise.all(Array.from({ length: 6 }, () => hashPassword(GOOD)));
    expect(new Set(hashes).size).toBe(6);
  });

  test("are rejected while the queue is full and accepted once it has drained", async () => {
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const real = scrypt.getMockImplementation()!;
    scrypt.mockImplementation((...given) => void gate.then(() => given[4](null, Buffer.alloc(32))));
    const waiting = Array.from({ length: 2 + 32 }, () => hashPassword(GOOD));
    for (const late of [() => hashPassword(GOOD), () => verifyPassword(GOOD, undefined)]) {
      await expect(late()).rejects.toMatchObject({ code: "unavailable", problem: { key: "busy" } });
    }
    open();
    expect(await Promise.all(waiting)).toHaveLength(34);
    scrypt.mockImplementation(real);
    expect(await verifyPassword(GOOD, await hashPassword(GOOD))).toBe(true);
  });
});
