import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/** A one-time password waits at most this long to be revealed. */
export const SEAL_KEPT_MS = 3_600_000;

const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Seals a one-time password for its service: nonce, tag and text of AES-256-GCM, base64. `key` has 32 bytes. */
export function sealPassword(key: Uint8Array, serviceId: string, password: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  // The service's id is authenticated: a sealed value copied to another row does not open.
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(serviceId));
  const text = Buffer.concat([cipher.update(password, "utf8"), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString("base64");
}

/** The password, or undefined when the value was sealed with another key, for another service, or was changed. */
export function findSealedPassword(key: Uint8Array, serviceId: string, sealed: string): string | undefined {
  const bytes = Buffer.from(sealed, "base64");
  if (bytes.length <= NONCE_BYTES + TAG_BYTES) return undefined;
  try {
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
      .setAAD(Buffer.from(serviceId))
      .setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const text = decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES));
    return Buffer.concat([text, decipher.final()]).toString("utf8");
  } catch {
    return undefined;
  }
}
