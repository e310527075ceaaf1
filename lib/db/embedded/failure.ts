import { AppError } from "@/lib/std/app-error";

/** Why initdb or the server ended, in a sentence that says what to do; the output's last lines stay in `cause`. */
export function describeFailure(doing: string, output: string, logFile: string): AppError {
  const cause = new Error(lastLines(output));
  for (const { pattern, code, advice } of KNOWN)
    if (pattern.test(output)) return new AppError(code, `${doing}: ${advice} See ${logFile}.`, { cause });
  return new AppError("CONTROL_PLANE", `${doing}: ${findFatalLine(output)} See ${logFile}.`, { cause });
}

const KNOWN = [
  {
    pattern: /No space left on device|disk quota exceeded/i,
    code: "STORAGE_LOW",
    advice: "the disk is full. Free some space and start again.",
  },
  {
    pattern: /Permission denied|EACCES|EPERM|has wrong ownership|invalid permissions/i,
    code: "CONTROL_PLANE",
    advice: "the folder or a file in it belongs to somebody else. Start Offshoot as the user who started it first.",
  },
  {
    pattern: /Read-only file system/i,
    code: "CONTROL_PLANE",
    advice: "the folder is on a read-only file system. Choose another OFFSHOOT_DATA_DIR.",
  },
  {
    pattern: /error while loading shared libraries|GLIBC_/,
    code: "CONTROL_PLANE",
    advice: "the PostgreSQL of npm does not run on this system. Set DATABASE_URL to a server of your own.",
  },
  {
    pattern: /could not create shared memory|could not map anonymous shared memory|Cannot allocate memory/i,
    code: "CONTROL_PLANE",
    advice: "there is not enough memory for it.",
  },
] as const;

/** The line that says why: Postgres marks it, or it is the last one. */
function findFatalLine(output: string): string {
  const marked = output.match(/(?:FATAL|PANIC|error):\s*(.+)/)?.[1];
  const line = marked ?? output.trim().split("\n").at(-1) ?? "";
  return line ? line.replace(/\.?$/, ".") : "it ended without a reason.";
}

const lastLines = (output: string): string => output.trim().split("\n").slice(-20).join("\n");
