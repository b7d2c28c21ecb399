import { z } from "zod";
import { text } from "./text.ts";

export interface User {
  id: number;
  email: string;
  full_name: string | null;
  created_at: string;
}

/** Addresses are compared in lower case: one person, one account. */
const email = z.string().trim().max(254).toLowerCase().pipe(z.email());

// Length is what makes a password strong (NIST SP 800-63B); the upper bound caps the hashing work.
const password = z.string().min(8).max(256);

export const RegisterInput = z.object({
  email,
  password,
  full_name: text({ min: 0, max: 100 }).nullish().transform((name) => name || null),
});
export type RegisterInput = z.infer<typeof RegisterInput>;

export const LoginInput = z.object({
  email: z.string().trim().min(1).max(254).toLowerCase(),
  password: z.string().min(1).max(256),
});
export type LoginInput = z.infer<typeof LoginInput>;

export const PasswordChange = z.object({
  current_password: z.string().min(1).max(256),
  new_password: password,
});
export type PasswordChange = z.infer<typeof PasswordChange>;
