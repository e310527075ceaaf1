import type { CommitPoint } from "../store-types";

export interface FileStat {
  readonly kind: "file" | "directory";
  /** POSIX permission bits, without the file type. */
  readonly mode: number;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
}

/**
 * A volume's files, synchronous, for its one writing thread. Paths are absolute and normalised (`/base/5/1259`); a file is
 * worked on by its inode number. Errors are `VolumeError`s with a POSIX `code` (ENOENT, EEXIST, ENOTDIR, EISDIR, ENOTEMPTY,
 * EINVAL, ENAMETOOLONG, ENOSPC, EIO); after ENOSPC or EIO of a commit the volume refuses everything further. A damaged block
 * is EIO and names volume, file and block. Nothing is durable before `commit` returns.
 */
export interface Volume {
  lookup(path: string): number | undefined;
  stat(inode: number): FileStat;
  create(path: string, mode: number): number;
  mkdir(path: string, mode: number): number;
  readdir(inode: number): string[];
  /** Replaces a file that is at `to`, atomically, as rename(2) does. */
  rename(from: string, to: string): void;
  unlink(path: string): void;
  rmdir(path: string): void;
  chmod(inode: number, mode: number): void;
  utimes(inode: number, mtimeMs: number): void;
  truncate(inode: number, sizeBytes: number): void;
  /** Reads into `target` from `position`; the number of bytes read, fewer only at the end of the file. */
  read(inode: number, target: Uint8Array, position: number): number;
  write(inode: number, source: Uint8Array, position: number): number;
  /** An unlinked file stays readable and writable until the last `release`, as an open file does. */
  retain(inode: number): void;
  release(inode: number): void;
  /** Something was changed since the last commit. */
  readonly dirty: boolean;
  readonly head: CommitPoint;
  /**
   * Makes all changes since the last commit durable, atomically, with one barrier; publishes the new head. Nothing happens
   * when nothing changed. `moment` (default true): the commit carries an acknowledged transaction, so people see it counted.
   */
  commit(options?: { moment?: boolean }): CommitPoint;
  /**
   * For quiet times: proves the last commit by an empty frame after it, so that later damage to it is told from a torn
   * write. The head stays. Costs one barrier, and nothing when the last commit is proven already or a big one is being spilled.
   */
  settle(): void;
  /**
   * For sleepers: closes files of the store that were replaced since, so that their space is given back. Every read does it
   * as well. Costs next to nothing when nothing was replaced; never fails for a volume that has failed.
   */
  refresh(): void;
  /** Proves the last frame (an empty one after it) and closes descriptors; uncommitted changes are dropped. */
  close(): void;
}
