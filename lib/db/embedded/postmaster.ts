import { readFileSync, readlinkSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";

/** What `postmaster.pid` says about the server of a data folder. */
export type Postmaster =
  | { readonly state: "none" }
  | { readonly state: "starting" | "ready" | "stopping"; readonly pid: number; readonly socketDir: string };

/**
 * Reads the file that Postgres keeps beside its data (its lines: pid, folder, start, port, socket folder, address, shared
 * memory, status). A file left behind by a killed server counts as none, also when its number belongs to another process
 * by now: after a reboot, and above all in a container, low numbers come back.
 */
export function readPostmaster(pgdata: string): Postmaster {
  const lines = readPidFile(pgdata);
  if (!lines) return { state: "none" };
  const pid = Number(lines[0]);
  if (!isServerOf(pid, pgdata)) return { state: "none" };
  const status = lines[7]?.trim();
  const state = status === "ready" ? "ready" : status === "stopping" ? "stopping" : "starting";
  return { state, pid, socketDir: lines[4]?.trim() ?? "" };
}

/** The socket folder of the last server, running or not. */
export const findLastSocketDir = (pgdata: string): string | undefined => readPidFile(pgdata)?.[4]?.trim() || undefined;

/**
 * Removes the file of a server that is gone when its number is in use again: Postgres would take that process for the
 * server and refuse to start. Any other stale file is left to Postgres, which replaces it without a race.
 */
export function removeStalePidFile(pgdata: string): void {
  const pid = Number(readPidFile(pgdata)?.[0]);
  if (pid > 0 && isAlive(pid) && !isServerOf(pid, pgdata)) rmSync(join(pgdata, "postmaster.pid"), { force: true });
}

function readPidFile(pgdata: string): string[] | undefined {
  try {
    return readFileSync(join(pgdata, "postmaster.pid"), "utf8").split("\n");
  } catch {
    return undefined;
  }
}

/** A server's working directory is its data folder, under whatever name it was started and wherever it was moved since. */
function isServerOf(pid: number, pgdata: string): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return false;
  if (process.platform !== "linux") return true; // without /proc the number is all there is
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(pgdata);
  } catch {
    return false; // gone by now, or another account's: ours could be asked
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
