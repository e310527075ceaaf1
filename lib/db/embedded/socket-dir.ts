import { chownSync, lstatSync, mkdtempSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import type { Cluster } from "./cluster";
import type { Owner } from "./owner";
import { findLastSocketDir } from "./postmaster";

// sun_path holds 108 bytes on Linux and 104 on macOS, with the zero at its end.
const SOCKET_PATH_MAX_BYTES = process.platform === "darwin" ? 103 : 107;
const SOCKET_NAME = ".s.PGSQL.5432";

/** The folder for the socket: beside the data, or a short one of its own where the path would be too long for a socket. */
export function prepareSocketDir({ dir, pgdata, owner }: Cluster): string {
  const beside = join(dir, "run");
  if (Buffer.byteLength(join(beside, SOCKET_NAME)) <= SOCKET_PATH_MAX_BYTES) return beside;
  const last = findLastSocketDir(pgdata);
  if (last && isPrivate(last, owner)) return last; // a killed server's; without this each crash would leave one behind
  const short = mkdtempSync("/tmp/offshoot-");
  if (owner) chownSync(short, owner.uid, owner.gid);
  return short;
}

// /tmp is everybody's: a folder of that name could have been made by somebody else.
function isPrivate(path: string, owner: Owner | undefined): boolean {
  try {
    const found = lstatSync(path);
    return found.isDirectory() && found.uid === (owner?.uid ?? process.getuid?.()) && (found.mode & 0o077) === 0;
  } catch {
    return false;
  }
}

/** Removes a short folder of its own once no server listens there. */
export function removeSocketDir({ dir, pgdata }: Cluster, socketDir: string): void {
  if (socketDir === join(dir, "run") || socketDir === findLastSocketDir(pgdata)) return;
  try {
    rmdirSync(socketDir);
  } catch {
    // not empty: in use after all
  }
}
