import { randomBytes, timingSafeEqual } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const TOKEN_FILE = "engine.token";

/** A new token for this run of the engine, readable by the owner of the data directory alone. */
export function writeToken(dataDir: string): string {
  const token = randomBytes(32).toString("hex");
  const path = join(dataDir, TOKEN_FILE);
  // Written aside and renamed: a client never reads half a token.
  const half = `${path}.${process.pid}`;
  writeFileSync(half, token, { mode: 0o600 });
  renameSync(half, path);
  return token;
}

/** Read for each question, so that a restarted engine's new token is in force at once. */
export const readToken = (dataDir: string): string => readFileSync(join(dataDir, TOKEN_FILE), "utf8");

export function isSameToken(given: string, expected: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(expected)];
  return left.length === right.length && timingSafeEqual(left, right);
}
