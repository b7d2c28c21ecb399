import { z } from "zod";
import type { Change, UserActor } from "../kernel/actor.ts";
import { text } from "../kernel/text.ts";
import { timestamp } from "../kernel/timestamp.ts";

declare module "../kernel/errors.ts" {
  interface Problems {
    signup_closed: Record<never, never>;
    setup_link_invalid: Record<never, never>;
    email_taken: Record<never, never>;
    password_wrong: Record<never, never>;
  }
  interface Fields {
    email: true;
    password: true;
    full_name: true;
    current_password: true;
    new_password: true;
  }
}

/** An account, as it may be shown: without its password. */
export const User = z.object({
  id: z.int(),
  email: z.string().meta({ description: "In lower case.", format: "email" }),
  full_name: z.string().nullable(),
  created_at: timestamp("When the account was registered."),
}).meta({ id: "User" });
export type User = z.infer<typeof User>;

/** Addresses are compared in lower case: one person, one account. */
const email = z.string().trim().max(254).toLowerCase().pipe(z.email()).meta({
  description: "Compared without regard to case.",
  format: "email",
  examples: ["vision@example.com"],
});

// Length is what makes a password strong (NIST SP 800-63B); the upper bound caps the hashing work.
const password = z.string().min(8).max(256).meta({ format: "password" });

export const RegisterInput = z.object({
  email,
  password,
  full_name: text({ min: 0, max: 100 }).nullish().transform((name) => name || null),
}).meta({ id: "RegisterInput" });
export type RegisterInput = z.infer<typeof RegisterInput>;

export const LoginInput = z.object({
  email: z.string().trim().min(1).max(254).toLowerCase().meta({ pattern: "\\S" }),
  password: z.string().min(1).max(256).meta({ format: "password" }),
}).meta({ id: "LoginInput" });
export type LoginInput = z.infer<typeof LoginInput>;

export const PasswordChange = z.object({
  current_password: z.string().min(1).max(256).meta({ format: "password" }),
  new_password: password,
}).meta({ id: "PasswordChange" });
export type PasswordChange = z.infer<typeof PasswordChange>;

export interface Users {
  /** `undefined`: the address is taken, or `onlyIfFirst` and there is an account already. */
  insert(
    user: Omit<User, "id"> & { password_hash: string },
    options?: { onlyIfFirst?: boolean },
  ): Promise<User | undefined>;
  findByEmail(email: string): Promise<(User & { password_hash: string }) | undefined>;
  any(): Promise<boolean>;
  /**
   * Changes the actor's password and ends their sessions but one, in one commit. `false`, and
   * nothing done: `from` is not the hash of their password (any more).
   */
  changePassword(
    options: Change<UserActor> & { from: string; to: string; keepSession: string },
  ): Promise<boolean>;
}
