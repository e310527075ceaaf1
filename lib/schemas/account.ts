import { z } from "zod";

// 12 characters stand at the lower end of what resists guessing offline; 128 keep a hash from costing a minute.
const PASSWORD_MIN = 12;
const PASSWORD_MAX = 128;

export const emailAddress = z
  .string()
  .trim()
  .toLowerCase()
  .max(254, "An e-mail address has at most 254 characters.")
  .regex(/^[^\s@]+@[^\s@]+$/, "Enter an e-mail address such as ada@example.com.");

/** A new password. Length is the only rule: others make passwords harder to remember, not to guess. */
export const newPassword = z
  .string()
  .min(PASSWORD_MIN, `A password has at least ${PASSWORD_MIN} characters.`)
  .max(PASSWORD_MAX, `A password has at most ${PASSWORD_MAX} characters.`);

export const signInBody = z.strictObject({
  email: emailAddress,
  password: z.string().min(1, "Enter your password.").max(PASSWORD_MAX, "E-mail or password is wrong."),
});
export type SignInBody = z.infer<typeof signInBody>;

/** What the first person enters behind the one-time link. */
export const setupBody = z.strictObject({
  token: z.string(),
  email: emailAddress,
  password: newPassword,
  name: z.string().trim().max(128, "A name has at most 128 characters.").optional(),
});
export type SetupBody = z.infer<typeof setupBody>;

/** `public:secret` of an API key (api.md section 1): no colon in either part, because Basic authentication splits there. */
export const apiKeyText = z
  .string()
  .regex(
    /^[A-Za-z0-9_-]{1,64}:[\x20-\x39\x3b-\x7e]{16,256}$/,
    "An API key is public:secret: 1 to 64 letters, digits, _ or -, a colon, and 16 to 256 printable characters without a colon.",
  );
