import { createHash } from "node:crypto";
import { chmodSync, lstatSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "@/lib/std/app-error";

// sun_path holds 108 bytes on Linux and 104 on macOS, with the zero at its end.
const PATH_MAX_BYTES = process.platform === "darwin" ? 103 : 107;
// Named in full, because $TMPDIR may be as long as what it should replace.
const SHORT_DIR = "/tmp";
const RECORD = "engine.sock.path";

/** Where the engine of this data directory listens, for its clients. Reads only. */
export function findSocketPath(dataDir: string): string {
  const direct = join(dataDir, "engine.sock");
  if (Buffer.byteLength(direct) <= PATH_MAX_BYTES) return direct;
  try {
    return readFileSync(join(dataDir, RECORD), "utf8").trim();
  } catch {
    return shortPath(dataDir);
  }
}

/** The same for the engine itself: a path that is too long gets a short directory of its own, recorded in the data directory. */
export function prepareSocketPath(dataDir: string): string {
  const direct = join(dataDir, "engine.sock");
  if (Buffer.byteLength(direct) <= PATH_MAX_BYTES) return direct;
  const path = shortPath(dataDir);
  makePrivateDirectory(join(path, ".."));
  writeFileSync(join(dataDir, RECORD), `${path}\n`);
  return path;
}

/** Derived from the real path, so that two spellings of one data directory still meet at one socket. */
function shortPath(dataDir: string): string {
  const hash = createHash("sha256").update(realpathSync(dataDir)).digest("hex").slice(0, 16);
  return join(SHORT_DIR, `offshoot-${hash}`, "engine.sock");
}

/** /tmp is everybody's: a directory that somebody else made first could belong to a trap. */
function makePrivateDirectory(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const found = lstatSync(path);
  if (!found.isDirectory() || found.uid !== process.getuid?.())
    throw new AppError(
      "CONFLICT",
      `${path} belongs to somebody else. Remove it, or choose a data directory with a shorter path.`,
    );
  chmodSync(path, 0o700);
}
