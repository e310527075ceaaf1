import { createHash } from "node:crypto";
import { chmodSync, lstatSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { AppError } from "@/lib/std/app-error";

// sun_path holds 108 bytes on Linux and 104 on macOS, with the zero at its end.
const PATH_MAX_BYTES = process.platform === "darwin" ? 103 : 107;
// Named in full, because $TMPDIR may be as long as what it should replace.
const SHORT_DIR = "/tmp";

/** Sockets of a data directory: the engine's answers questions, the supervisor's says that one is there. */
export type SocketName = "engine.sock" | "supervisor.sock";

/** Where the owner of this socket of the data directory listens, for its clients. Reads only. */
export function findSocketPath(dataDir: string, name: SocketName): string {
  const direct = join(dataDir, name);
  if (Buffer.byteLength(direct) <= PATH_MAX_BYTES) return direct;
  try {
    return readFileSync(recordOf(direct), "utf8").trim();
  } catch {
    return shortPath(dataDir, name);
  }
}

/** The same for the owner itself: a path that is too long gets a short directory of its own, recorded in the data directory. */
export function prepareSocketPath(dataDir: string, name: SocketName): string {
  const direct = join(dataDir, name);
  if (Buffer.byteLength(direct) <= PATH_MAX_BYTES) return direct;
  const path = shortPath(dataDir, name);
  makePrivateDirectory(dirname(path));
  writeFileSync(recordOf(direct), `${path}\n`);
  return path;
}

const recordOf = (socket: string) => `${socket}.path`;

/** Derived from the real path, so that two spellings of one data directory still meet at one socket. */
function shortPath(dataDir: string, name: SocketName): string {
  const hash = createHash("sha256").update(realpathSync(dataDir)).digest("hex").slice(0, 16);
  return join(SHORT_DIR, `offshoot-${hash}`, name);
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
