/** WASI's error numbers, which both builds use (wasi_snapshot_preview1, `errno`). */
const ERRNO = {
  EACCES: 2,
  EEXIST: 20,
  EINVAL: 28,
  EIO: 29,
  EISDIR: 31,
  EMFILE: 33,
  ENAMETOOLONG: 37,
  ENFILE: 41,
  ENODEV: 43,
  ENOENT: 44,
  ENOSPC: 51,
  ENOTDIR: 54,
  ENOTEMPTY: 55,
  EPERM: 63,
  EXDEV: 75,
} as const;

export type ErrorName = keyof typeof ERRNO;

export const errnoOf = (name: ErrorName): number => ERRNO[name];

/** The number for an error with a POSIX `code`, of the volume, of Node or of ours; undefined for anything else: a bug. */
export function findErrno(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined;
  return error.code in ERRNO ? ERRNO[error.code as ErrorName] : undefined;
}

/** What Postgres is told about a name or a file. */
export class FileError extends Error {
  override name = "FileError";
  readonly code: ErrorName;

  constructor(code: ErrorName, message: string) {
    super(message);
    this.code = code;
  }
}
