import { hkdfSync, randomBytes } from "node:crypto";
import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "@/lib/std/app-error";
import { newId } from "@/lib/std/ids";

/** Keys of this installation. Each is derived for one purpose, so that one that leaks opens nothing else. */
export interface Secrets {
  /** 32 bytes for AES-256-GCM: seals one-time passwords. */
  readonly sealKey: Uint8Array;
  /** Signs session cookies. */
  readonly sessionSecret: string;
}

const FILE = "secret";
const MASTER_BYTES = 32;

/** Reads the installation's master secret (`<dataDir>/secret`, 0600), makes it at the first start, and derives the keys. */
export function loadSecrets(dataDir: string): Secrets {
  const path = join(dataDir, FILE);
  const master = findMaster(path) ?? makeMaster(path);
  return {
    sealKey: derive(master, "offshoot one-time passwords"),
    sessionSecret: Buffer.from(derive(master, "offshoot sessions")).toString("base64url"),
  };
}

function findMaster(path: string): Buffer | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new AppError("CONTROL_PLANE", `The secret in ${path} cannot be read: ${(cause as Error).message}.`, {
      cause,
    });
  }
  if (bytes.length === MASTER_BYTES) return bytes;
  throw new AppError(
    "CONTROL_PLANE",
    `The secret in ${path} is damaged: it has ${bytes.length} bytes instead of ${MASTER_BYTES}. Restore it from a backup, or remove it to sign everybody out.`,
  );
}

/** Written aside and linked: of web and engine starting at once, the first one's secret is everybody's, and never half of it. */
function makeMaster(path: string): Buffer {
  const half = `${path}.${process.pid}-${newId()}`;
  const made = randomBytes(MASTER_BYTES);
  writeFileSync(half, made, { mode: 0o600, flush: true });
  try {
    linkSync(half, path);
    return made;
  } catch (cause) {
    const theirs = findMaster(path);
    if (!theirs) throw cause;
    return theirs;
  } finally {
    rmSync(half, { force: true });
  }
}

/** HKDF-SHA-256 (RFC 5869); the purpose is its `info`. */
const derive = (master: Uint8Array, purpose: string): Uint8Array =>
  new Uint8Array(hkdfSync("sha256", master, new Uint8Array(0), purpose, 32));
