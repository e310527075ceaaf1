export type VolumeErrorCode =
  | "ENOENT"
  | "EEXIST"
  | "ENOTDIR"
  | "EISDIR"
  | "ENOTEMPTY"
  | "EINVAL"
  | "ENAMETOOLONG"
  | "ENOSPC"
  | "EIO";

/** What went wrong with a file, a block or the disk below, by its POSIX name. */
export class VolumeError extends Error {
  override name = "VolumeError";
  readonly code: VolumeErrorCode;

  constructor(code: VolumeErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}

/**
 * An error of the device as the store reports it: a full disk stays a full disk, everything else is EIO. What is no error of
 * the system, such as a broken invariant, is thrown on as it is.
 */
export function toVolumeError(cause: unknown, doing: string): VolumeError {
  if (cause instanceof VolumeError) return cause;
  const code = (cause as { code?: string }).code;
  if (typeof code !== "string") throw cause;
  if (isDiskFull(cause)) return new VolumeError("ENOSPC", `No space is left on the disk while ${doing}.`, { cause });
  return new VolumeError("EIO", `The disk failed while ${doing}: ${(cause as Error).message}`, { cause });
}

export function isDiskFull(error: unknown): boolean {
  const code = (error as { code?: unknown })?.code;
  return code === "ENOSPC" || code === "EDQUOT";
}

/** Errors of the disk have a POSIX code; bugs and broken invariants have none. */
export const isDiskFailure = (error: unknown): boolean => typeof (error as { code?: unknown })?.code === "string";
