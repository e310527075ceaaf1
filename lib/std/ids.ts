import { randomBytes } from "node:crypto";

const ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";
const ID_LENGTH = 10;
const PASSWORD_LENGTH = 24;
// Bytes at or above the last multiple of an alphabet's size are drawn again, so that every character is equally likely.
function randomText(alphabet: string, length: number): string {
  const limit = 256 - (256 % alphabet.length);
  let text = "";
  while (text.length < length) {
    for (const byte of randomBytes(length))
      if (byte < limit && text.length < length) text += alphabet[byte % alphabet.length];
  }
  return text;
}

/** The identifier of a service, operation or project: ten of `[a-z0-9]`, as the public API's clients check (api.md section 1). */
export const newId = (): string => randomText(ALPHABET, ID_LENGTH);

export const ID_PATTERN = /^[a-z0-9]{10}$/;

/** A password that needs no quoting in a shell, a URL or a `.pgpass` file: 24 characters, 142 bits. */
export const newPassword = (): string =>
  randomText("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", PASSWORD_LENGTH);
