import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

const TOKEN_BYTES = 32;

/** 256 random bits: a link's token, or the secret of a key. There is nothing to guess. */
export const newToken = (): string => randomBytes(TOKEN_BYTES).toString("base64url");

/** What is stored of it: with that much entropy a fast hash is enough, and a stolen table opens nothing. */
export const hashToken = (token: string): string => createHash("sha256").update(token).digest("hex");

export const isSameHash = (left: string, right: string): boolean =>
  timingSafeEqual(Buffer.from(left), Buffer.from(right));
