import type { At } from "./history-types";
import type { CommitPoint } from "./log/commit-point";

export type { CommitPoint } from "./log/commit-point";

/** Plain data that travels to the one thread that will write the volume. */
export interface WriterTicket {
  readonly storeDir: string;
  readonly volumeId: string;
  readonly logId: number;
  /** The writer publishes here after each barrier; the keeper reads it. Layout in head-cell.ts. */
  readonly headCell: SharedArrayBuffer;
  /** Where the keeper says which files it has replaced (store-epoch.ts); without it nothing is replaced while the volume is open. */
  readonly storeEpoch?: SharedArrayBuffer;
  /** `false` leaves the disk barrier out: a power cut may then lose or damage anything. For benchmarks only. */
  readonly barrier?: boolean;
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
  /** When the first commit of the source was made that is not in the fork; undefined when there was none. */
  readonly firstLeftOutMicros: number | undefined;
  /** False when history was thinned at the asked time and `momentsMissing` commits before it are not in the fork. */
  readonly exact: boolean;
  readonly momentsMissing: number;
  readonly snapshotId: string | undefined;
}

export interface BlockStore {
  /** Makes an empty volume. Asking again with the same id answers the same volume: a repeated step is harmless. */
  create(volumeId: string): Promise<VolumeInfo>;
  /**
   * Makes `volumeId` a fork of the source's newest commit, or of a moment that is kept, durable when it resolves. The same
   * cost for any size. Idempotent by id. Errors as in `History`.
   */
  fork(sourceId: string, volumeId: string, at?: At): Promise<ForkResult>;
  /**
   * Forgets the volume, durable when it resolves; space that no other volume needs goes back to the disk. Unknown ids are
   * fine; a volume that has a writer is refused (CONFLICT).
   */
  delete(volumeId: string): Promise<void>;
  find(volumeId: string): Promise<VolumeInfo | undefined>;
  /** A damaged volume is logged and left out of `list` and `storage`; `find` and `openWriter` say what is wrong with it. */
  list(): Promise<VolumeInfo[]>;
  storage(volumeIds: readonly string[]): Promise<Map<string, VolumeStorage>>;
  /** One writer per volume: throws (CONFLICT) while another ticket is out. `release` only after the writing thread has ended. */
  openWriter(volumeId: string): Promise<{ ticket: WriterTicket; release(): Promise<void> }>;
  /**
   * Calls `listener` when files were replaced by smaller ones or removed: whoever has a volume open and sleeps should
   * `refresh` it within a while, or their space is not given back.
   */
  onCollected(listener: () => void): void;
  /**
   * For who copies the files of an open store: for so long nothing is decided about history, replaced or removed; logs grow, and
   * volumes are made. Resolves when nothing of the kind is under way, with whether it was so all the time until now. 0 ends it.
   */
  pauseUpkeep(forMs: number): Promise<boolean>;
  close(): Promise<void>;
}
