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

/** An account without its password hash. */
export const User = z.object({
  id: z.int(),
  email: z.string().meta({ description: "In lower case.", format: "email" }),
  full_name: z.string().nullable(),
  created_at: timestamp("When the account was registered."),
}).meta({ id: "User" });
export type User = z.infer<typeof User>;

/** Stored in lower case, so that an email cannot register twice. */
const email = z.string().trim().max(254).toLowerCase().pipe(z.email()).meta({
  description: "Compared without regard to case.",
  format: "email",
  examples: ["vision@example.com"],
});

// NIST SP 800-63B asks for length rather than character rules; the maximum limits the hashing work.
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
  /** `undefined`: the email is taken, or `onlyIfFirst` is set and an account exists. */
  insert(
    user: Omit<User, "id"> & { password_hash: string },
    options?: { onlyIfFirst?: boolean },
  ): Promise<User | undefined>;
  findByEmail(email: string): Promise<(User & { password_hash: string }) | undefined>;
  any(): Promise<boolean>;
  /**
   * Changes the actor's password and ends their sessions except `keepSession`, in one transaction.
   * `false`, with nothing changed: `from` is no longer the user's hash.
   */
  changePassword(
    options: Change<UserActor> & { from: string; to: string; keepSession: string },
  ): Promise<boolean>;
}
