import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";

/**
 * SCRAM-SHA-256 as PostgreSQL speaks it: RFC 5802 and RFC 7677, verifier format of pg_authid. The server end is pure:
 * texts in, texts out; who calls it owns the socket.
 */

// PostgreSQL's own default (scram_iterations). Passwords here are random, so more rounds would only slow logins down.
const ITERATIONS = 4096;
const SALT_BYTES = 16;
const KEY_BYTES = 32;
const NONCE_BYTES = 18;
const MAX_ITERATIONS = 10_000_000;
const VERIFIER = /^SCRAM-SHA-256\$(\d{1,9}):([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]+)$/;

const deriveKey = promisify(pbkdf2);
const hmac = (key: Uint8Array, text: string | Uint8Array): Buffer => createHmac("sha256", key).update(text).digest();
const sha256 = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();

/** What the server stores of a password: enough to check it, not enough to log in with. */
export interface ScramVerifier {
  readonly iterations: number;
  readonly salt: Buffer;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

/** `SCRAM-SHA-256$<iterations>:<salt>$<stored key>:<server key>`, base64, as in pg_authid. */
export async function createScramVerifier(
  password: string,
  salt: Uint8Array = randomBytes(SALT_BYTES),
): Promise<string> {
  const salted = await deriveKey(normalizePassword(password), salt, ITERATIONS, KEY_BYTES, "sha256");
  const storedKey = sha256(hmac(salted, "Client Key"));
  const serverKey = hmac(salted, "Server Key");
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
  return `SCRAM-SHA-256$${ITERATIONS}:${base64(salt)}$${base64(storedKey)}:${base64(serverKey)}`;
}

/** Reads a verifier in pg_authid's format; undefined when the text is none (an MD5 hash, a plain password). */
export function findScramVerifier(text: string): ScramVerifier | undefined {
  const match = VERIFIER.exec(text);
  if (!match) return undefined;
  const [, iterations = "", salt = "", stored = "", server = ""] = match;
  const verifier = {
    iterations: Number(iterations),
    salt: Buffer.from(salt, "base64"),
    storedKey: Buffer.from(stored, "base64"),
    serverKey: Buffer.from(server, "base64"),
  };
  const isWhole = verifier.storedKey.length === KEY_BYTES && verifier.serverKey.length === KEY_BYTES;
  return isWhole && verifier.iterations > 0 && verifier.iterations <= MAX_ITERATIONS ? verifier : undefined;
}

/**
 * A verifier that no password matches, for roles that do not exist. The salt depends on the role and a secret, so that
 * asking twice gives the same salt, as it would for a real role.
 */
export function createMockVerifier(role: string, secret: Uint8Array): ScramVerifier {
  const salt = hmac(secret, role).subarray(0, SALT_BYTES);
  return { iterations: ITERATIONS, salt, storedKey: randomBytes(KEY_BYTES), serverKey: randomBytes(KEY_BYTES) };
}

/** How the client binds the exchange to its TLS channel: not at all, would have if offered, or to the server's certificate. */
export type ChannelBinding = "n" | "y" | "tls-server-end-point";

export interface ClientFirst {
  readonly binding: ChannelBinding;
  readonly gs2Header: string;
  readonly bare: string;
  readonly nonce: string;
}

/** Parses the client's first message; undefined when it is malformed or asks for something that nobody offers. */
export function findClientFirst(text: string): ClientFirst | undefined {
  const match = /^(n|y|p=tls-server-end-point),(?:a=[^,]*)?,(n=[^,]*,r=([!-+\--~]+)(?:,.*)?)$/s.exec(text);
  if (!match) return undefined;
  const [, flag = "", bare = "", nonce = ""] = match;
  const binding = flag === "n" || flag === "y" ? flag : "tls-server-end-point";
  return { binding, bare, nonce, gs2Header: text.slice(0, text.length - bare.length) };
}

export interface ServerFirst {
  /** The message for the client. */
  readonly text: string;
  readonly nonce: string;
}

/** The challenge: both nonces, salt and rounds. `serverNonce` is given by tests only. */
export function createServerFirst(
  first: ClientFirst,
  verifier: ScramVerifier,
  serverNonce = randomBytes(NONCE_BYTES).toString("base64"),
): ServerFirst {
  const nonce = first.nonce + serverNonce;
  return { nonce, text: `r=${nonce},s=${verifier.salt.toString("base64")},i=${verifier.iterations}` };
}

export interface ScramExchange {
  readonly first: ClientFirst;
  readonly challenge: ServerFirst;
  readonly verifier: ScramVerifier;
  /** Hash of the server's certificate; needed when the client binds to it. */
  readonly certificateHash?: Uint8Array | undefined;
}

/** Checks the client's proof. Answers the server's final message, or undefined when the password is not the right one. */
export function findServerFinal(exchange: ScramExchange, clientFinal: string): string | undefined {
  const match = /^(c=([A-Za-z0-9+/=]*),r=([^,]*)(?:,.*)?),p=([A-Za-z0-9+/=]+)$/s.exec(clientFinal);
  if (!match) return undefined;
  const [, withoutProof = "", binding = "", nonce = "", proofText = ""] = match;
  const proof = Buffer.from(proofText, "base64");
  if (nonce !== exchange.challenge.nonce || proof.length !== KEY_BYTES) return undefined;
  if (binding !== expectedBinding(exchange)) return undefined;
  const { storedKey, serverKey } = exchange.verifier;
  const message = `${exchange.first.bare},${exchange.challenge.text},${withoutProof}`;
  const signature = hmac(storedKey, message);
  const clientKey = proof.map((byte, index) => byte ^ (signature[index] ?? 0));
  if (!timingSafeEqual(sha256(clientKey), storedKey)) return undefined;
  return `v=${hmac(serverKey, message).toString("base64")}`;
}

function expectedBinding({ first, certificateHash }: ScramExchange): string {
  const isBound = first.binding === "tls-server-end-point";
  const data = isBound && certificateHash ? certificateHash : new Uint8Array();
  return Buffer.concat([Buffer.from(first.gs2Header), data]).toString("base64");
}

// RFC 3454 tables C.1.2 and B.1, and what RFC 4013 forbids. PostgreSQL takes a password that SASLprep rejects as it is.
const OTHER_SPACES = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/g;
const MAPPED_TO_NOTHING = /\u00ad|\u034f|\u1806|[\u180b-\u180d]|\u200c|\u200d|\u2060|[\ufe00-\ufe0f]|\ufeff/g;
const FORBIDDEN = /[\p{Cc}\p{Co}\p{Cs}\p{Cn}\u2028\u2029\u200e\u200f\u202a-\u202e\u206a-\u206f\ufff9-\ufffd]/u;

function normalizePassword(password: string): string {
  const normal = password.replace(OTHER_SPACES, " ").replace(MAPPED_TO_NOTHING, "").normalize("NFKC");
  return normal === "" || FORBIDDEN.test(normal) ? password : normal;
}
