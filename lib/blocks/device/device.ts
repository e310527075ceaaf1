/** `read`: an existing file to read. `create`: a new file, an error when it is there. `write`: made when missing. */
export type OpenMode = "read" | "create" | "write";

/**
 * The disk as the store sees it, synchronous. Errors carry a POSIX `code`. What was written is durable after `fdatasync` of
 * the file, a name after `syncDirectory` of its directory; before that a power cut may keep any part of it, in any order.
 */
export interface Device {
  open(path: string, mode: OpenMode): number;
  close(file: number): void;
  /** Reads into the whole target; the number of bytes read, fewer only at the end of the file. */
  pread(file: number, target: Uint8Array, position: number): number;
  /** Writes all sources one after the other, or throws; then any part of them may be there. */
  pwritev(file: number, sources: readonly Uint8Array[], position: number): void;
  size(file: number): number;
  truncate(file: number, bytes: number): void;
  fdatasync(file: number): void;
  syncDirectory(path: string): void;
  /** Makes a directory; nothing happens when it is there. Its parent must exist. */
  mkdir(path: string): void;
  rmdir(path: string): void;
  unlink(path: string): void;
  /**
   * Gives a file another name, in place of the file that has it, if any: at every moment that name is the old file or the new
   * one. A file that lost its name is still read through descriptors that were opened before, and keeps its space until then.
   */
  rename(from: string, to: string): void;
  /** Names in a directory, in any order; empty when there is none. */
  readdir(path: string): string[];
  /** What the file takes on the disk (`st_blocks`). What was never written, because a write or a cut went past the end, takes nothing. */
  allocatedBytes(path: string): number;
}
