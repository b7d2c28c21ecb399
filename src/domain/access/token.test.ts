import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { expect, test } from "vitest";
import { generateToken, hashToken, isWellFormedToken, looksLikeToken } from "./token.ts";

const token = generateToken();

test("a token has the format that secret scanners look for and is random", () => {
  const many = Array.from({ length: 1000 }, generateToken);
  for (const one of many) {
    expect(one).toMatch(/^ty_[0-9A-Za-z]{49}$/);
    expect(isWellFormedToken(one) && looksLikeToken(one)).toBe(true);
  }
  expect(new Set(many).size).toBe(1000);
  // 256 bits need 43 digits: the first digit is always low, all others take every value.
  expect(new Set(many.map((one) => one[20])).size).toBe(62);
});

test("the last six digits of a token are the CRC-32 of the rest in base 62", () => {
  const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  const checksum = [...token.slice(-6)].reduce((sum, digit) => sum * 62 + digits.indexOf(digit), 0);
  expect(checksum).toBe(crc32(token.slice(0, -6)));
});

test("a truncated, mistyped or made-up token is rejected by its format", () => {
  for (let at = 3; at < token.length; at++) {
    const other = token[at] === "0" ? "1" : "0";
    expect(isWellFormedToken(token.slice(0, at) + other + token.slice(at + 1)), `${at}`).toBe(
      false,
    );
  }
  const wrong = [
    "",
    "ty_",
    token.slice(0, -1),
    `${token}0`,
    `${token}\n`,
    token.slice(3),
    "한국어",
  ];
  expect(wrong.filter(isWellFormedToken)).toEqual([]);
  expect(looksLikeToken("eyJhbGciOiJIUzI1NiJ9.e30.x")).toBe(false);
});

test("a token is stored as its SHA-256", () => {
  expect(hashToken(token)).toBe(createHash("sha256").update(token).digest("hex"));
});
