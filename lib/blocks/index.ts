/**
 * The face of the block store. Two sides:
 * - the engine's main thread opens a `BlockStore`, which talks to the keeper thread;
 * - a compute's worker thread opens a `Volume` from a `WriterTicket` and works on it synchronously.
 */

/** Plain data that travels to the one thread that will write the volume. */
export interface WriterTicket {
  readonly storeDir: string;
  readonly volumeId: string;
  readonly logId: number;
  /** The writer publishes here after each barrier; the keeper reads it. Layout in head-cell.ts. */
  readonly headCell: SharedArrayBuffer;
}

/** A consistent cut of a volume. Numbers rise by one for each commit of a log; times are unique microseconds since the epoch. */
export interface CommitPoint {
  readonly commit: number;
  readonly micros: number;
}

export interface VolumeStorage {
  /** Bytes of blocks that the volume's head maps, its own and shared ones. */
  readonly logicalBytes: number;
  /** Bytes that the volume's own log takes on the disk (`st_blocks`). */
  readonly writtenBytes: number;
}

export interface VolumeInfo {
  readonly volumeId: string;
  readonly head: CommitPoint;
  /** Volumes through which it descends, oldest first. */
  readonly ancestors: readonly string[];
}

/** What `fork` says it did: the receipt's facts. */
export interface ForkResult extends VolumeInfo {
  /** The commit of the source that the fork starts from. */
  readonly base: CommitPoint;
}

export interface BlockStore {
  /** Makes an empty volume. Asking again with the same id answers the same volume: a repeated step is harmless. */
  create(volumeId: string): Promise<VolumeInfo>;
  /** Makes `volumeId` a fork of the source's newest commit, durable when it resolves. The same cost for any size. Idempotent by id. */
  fork(sourceId: string, volumeId: string): Promise<ForkResult>;
  /** Forgets the volume, durable when it resolves; space that no other volume needs goes back to the disk. Unknown ids are fine. */
  delete(volumeId: string): Promise<void>;
  find(volumeId: string): Promise<VolumeInfo | undefined>;
  list(): Promise<VolumeInfo[]>;
  storage(volumeIds: readonly string[]): Promise<Map<string, VolumeStorage>>;
  /** One writer per volume: throws while another ticket is out. `release` only after the writing thread has ended. */
  openWriter(volumeId: string): Promise<{ ticket: WriterTicket; release(): Promise<void> }>;
  close(): Promise<void>;
}

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
 * EINVAL, ENOSPC, EIO); after ENOSPC or EIO of a commit the volume refuses everything further. A damaged block is EIO and
 * names volume, file and block. Nothing is durable before `commit` returns.
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
  /** Makes all changes since the last commit durable, atomically, with one barrier; publishes the new head. */
  commit(): CommitPoint;
  /** Proves the last frame (an empty one after it) and closes descriptors; uncommitted changes are dropped. */
  close(): void;
}
