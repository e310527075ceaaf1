import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { verifyPassword as verifyFormer } from "better-auth/crypto";

// OWASP's password storage cheat sheet: scrypt with N = 2^16, r = 8, p = 2, which takes 64 MiB and about a quarter of a second.
const COST = { N: 2 ** 16, r: 8, p: 2, maxmem: 128 * 1024 ** 2 };
const SALT_BYTES = 16;
const KEY_BYTES = 64;
const PREFIX = "scrypt-16-8-2";

/** `scrypt-16-8-2:<salt>:<key>`: what is stored of a person's password. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  return [PREFIX, salt.toString("base64url"), (await derive(password, salt)).toString("base64url")].join(":");
}

/** Whether the password is the one of this hash, in constant time. Hashes of before this format are better-auth's own. */
export async function verifyPassword({ hash, password }: { hash: string; password: string }): Promise<boolean> {
  const [prefix, salt = "", key = ""] = hash.split(":");
  if (prefix !== PREFIX) return verifyFormer({ hash, password });
  const expected = Buffer.from(key, "base64url");
  const derived = await derive(password, Buffer.from(salt, "base64url"));
  return expected.length === derived.length && timingSafeEqual(expected, derived);
}

// NFKC: the same characters, however the keyboard writes them.
const derive = (password: string, salt: Buffer): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    scrypt(password.normalize("NFKC"), salt, KEY_BYTES, COST, (error, key) => (error ? reject(error) : resolve(key)));
  });
