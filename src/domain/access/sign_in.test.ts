import * as crypto from "node:crypto";
import { afterEach, expect, test, vi } from "vitest";
import { hashPassword } from "./password.ts";
import { startSessionByPassword } from "./sign_in.ts";
import { NOW, openWorld } from "../../../tests/support/world.ts";

vi.mock("node:crypto", async (load) => {
  const real = await load<typeof crypto>();
  return { ...real, scrypt: vi.fn(real.scrypt) };
});
const scrypt = vi.mocked(crypto.scrypt);
afterEach(() => void scrypt.mockClear());

/** The scrypt calls since the last call of `work`, without password and salt. */
function work() {
  const calls = scrypt.mock.calls.map(([_password, salt, length, cost]) => ({
    salt: (salt as Uint8Array).length,
    length,
    cost,
  }));
  scrypt.mockClear();
  return calls;
}

test("an unknown account costs the same work and gets the same error as a wrong password", async () => {
  await using world = await openWorld();
  const email = "carol@example.com";
  const password_hash = await hashPassword("correct horse battery");
  const account = { email, full_name: null, password_hash, created_at: NOW.toISOString() };
  await world.deps.users.insert(account);
  work();

  const signIn = (input: { email: string; password: string }) =>
    startSessionByPassword(world.deps, {
      input,
      origin: { address: "203.0.113.7", request_id: "r" },
      client: { address: "127.0.0.1", user_agent: null },
    });
  const refusal = (email: string) =>
    signIn({ email, password: "wrong" }).catch((error: unknown) => error);
  const wrong = await refusal(email);
  const forWrong = work();
  const unknown = await refusal("nobody@example.com");
  expect(forWrong).toHaveLength(1);
  expect(work()).toEqual(forWrong);
  expect(wrong).toMatchObject({ code: "unauthenticated", problem: { key: "invalid_credentials" } });
  expect(unknown).toEqual(wrong);
  expect(await signIn({ email, password: "correct horse battery" }))
    .toMatchObject({ user: { email } });
});
