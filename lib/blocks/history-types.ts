import type { CommitPoint } from "./log/commit-point";

/**
 * Where to fork: a moment that is kept. `micros` means the last commit at or before it; where history is thinned that is
 * refused (TARGET_THINNED) unless `acceptInexact`, for then the kept commit before it may be older than asked.
 */
export type At =
  | { readonly commit: number }
  | { readonly micros: number; readonly acceptInexact?: boolean }
  | { readonly snapshotId: string };

/** A commit that can be read and forked, and what lies behind it. */
export interface Moment extends CommitPoint {
  /** When the commit after it was made, whether that one is kept or not; undefined when this is the newest. */
  readonly nextMicros: number | undefined;
  /** Commits after it that carry an acknowledged transaction, up to the head. */
  readonly momentsAfter: number;
}

export interface Resolved extends Moment {
  /** False when history is thinned here and commits between this one and the asked time are gone. */
  readonly exact: boolean;
  /** At most so many moments between this one and the asked time are gone: all after it up to the next one that is kept. */
  readonly momentsMissing: number;
  readonly nearestSnapshot: Snapshot | undefined;
}

/** Two commits between which times cannot be asked for, because the clock stepped back. */
export interface Gap {
  readonly fromMicros: number;
  readonly toMicros: number;
  readonly before: CommitPoint;
  readonly after: CommitPoint;
  readonly cause: "clock";
}

export type SnapshotKind = "manual" | "scheduled";

/** A named commit that is kept until it is deleted. */
export interface Snapshot extends CommitPoint {
  readonly snapshotId: string;
  readonly name: string;
  readonly kind: SnapshotKind;
  /** When it was taken; its commit may be older. */
  readonly takenMicros: number;
}

/** A commit that is kept for a while. */
export interface Hold extends CommitPoint {
  readonly holdId: string;
  readonly untilMicros: number;
}

/** How far back a volume can be read. */
export interface Window {
  /** The oldest commit that a time can name. */
  readonly earliest: CommitPoint;
  /** From here on every commit is there. */
  readonly exactSince: CommitPoint;
  /** The newest commit; by time the window reaches until now. */
  readonly head: CommitPoint;
  readonly gaps: readonly Gap[];
  readonly retention: Retention;
  readonly snapshots: readonly Snapshot[];
  readonly holds: readonly Hold[];
}

/** The limits of a volume's window. When `bytes` of history are exceeded, what is older than `EXACT_MICROS` is thinned first. */
export interface Retention {
  readonly micros: number;
  readonly bytes: number;
}

export interface Bucket {
  readonly fromMicros: number;
  /** Commits that carry an acknowledged transaction. */
  readonly moments: number;
  /** Appended to the log. */
  readonly bytes: number;
}

/** The bytes of one log on the disk; they add up to `st_blocks` of its files. */
export interface LogFigures {
  readonly headBytes: number;
  readonly historyBytes: number;
  readonly keptForForksBytes: number;
  readonly garbageBytes: number;
  readonly metadataBytes: number;
}

/** One log's part of the disk, and what of it is kept for others. */
export interface LogShare {
  /** The volume that the log was made for. */
  readonly volumeId: string;
  /** False when that volume is deleted: its log stays for those that descend through it. */
  readonly isLiving: boolean;
  readonly figures: LogFigures;
  /** As in `VolumeStorage`; 0 when the volume is deleted, or cannot be read. */
  readonly logicalBytes: number;
  /**
   * Living volumes that descend through it, and the bytes that are kept for one of them alone: part of what is kept for forks;
   * of a deleted volume's only heir, the whole log.
   */
  readonly heirs: readonly { readonly volumeId: string; readonly soleBytes: number }[];
}

/** What deleting a set of volumes would return, and what is kept in other volumes' logs because of the set alone. */
export interface Frees {
  readonly freesBytes: number;
  readonly pinnedBytes: number;
}

/** Blocks of a file that differ; neighbours are one range. */
export interface ChangedRange {
  readonly path: string;
  readonly firstBlock: number;
  readonly blocks: number;
}

/** One damaged place that a scrub found. */
export interface Damage {
  /** Living volumes that can meet it, at their head or in their history: the log's own, and those that descend through it. */
  readonly volumeIds: readonly string[];
  /** The volume that wrote it; it may be deleted. */
  readonly ownerId: string | undefined;
  /** The commit that wrote it: no moment that is kept of the owner before this one holds it. */
  readonly commit: number | undefined;
  readonly commitMicros: number | undefined;
  /** Undefined where no file is damaged, or none has a name any more. */
  readonly path: string | undefined;
  readonly block: number | undefined;
  readonly log: number;
  readonly segment: number;
  readonly unit: number;
  readonly foundMicros: number;
}

/** What is known of a store's damage. */
export interface ScrubReport {
  readonly damages: readonly Damage[];
  /** When everything had been read for the last time; undefined until the engine has read it once. */
  readonly scrubbedMicros: number | undefined;
}

/** A commit that is not to be thinned as long as the window reaches it. */
export interface Guard {
  readonly guardId: string;
  readonly commit: number;
}

/**
 * History of the volumes of a store. Errors: NOT_FOUND for an unknown volume or snapshot, NO_SNAPSHOT,
 * TARGET_OUTSIDE_WAL_WINDOW (details `earliest`, `latest` in microseconds), TARGET_THINNED (details `before`, `after`: the
 * kept commits on both sides), TARGET_IN_WAL_GAP (details `before`, `after`).
 */
export interface History {
  window(volumeId: string): Promise<Window>;
  resolve(volumeId: string, at: At): Promise<Resolved>;
  /** Equal parts of [fromMicros, toMicros); at most 1,000 of them. */
  histogram(volumeId: string, span: { fromMicros: number; toMicros: number; buckets: number }): Promise<Bucket[]>;
  setRetention(volumeId: string, retention: Retention): Promise<void>;
  /** Of the newest commit, or of one that is kept. Idempotent by id. */
  takeSnapshot(
    volumeId: string,
    snapshot: { snapshotId: string; name: string; kind: SnapshotKind; at?: At },
  ): Promise<Snapshot>;
  deleteSnapshot(volumeId: string, snapshotId: string): Promise<void>;
  /** Keeps a commit until a time; again with the same id: moves its end. */
  hold(volumeId: string, hold: { holdId: string; at: At; untilMicros: number }): Promise<Hold>;
  releaseHold(volumeId: string, holdId: string): Promise<void>;
  /** Never thins these commits while they are in the window: the last ones before events. All of them with one barrier. */
  guard(volumeId: string, guards: readonly Guard[]): Promise<void>;
  figures(volumeIds: readonly string[]): Promise<Map<string, LogFigures>>;
  /** All bytes of the store: what volumes use, logs of deleted volumes, and the store's own files. */
  totals(): Promise<{ logs: LogFigures; systemBytes: number; diskBytes: number }>;
  frees(volumeIds: readonly string[]): Promise<Frees>;
  /** By volume: what is kept in other logs because of this volume alone, and what deleting it alone returns. */
  freesEach(volumeIds: readonly string[]): Promise<Map<string, Frees>>;
  /** Every log at one moment, with who it is kept for. All figures and `otherBytes` (the store's own files) are the whole disk. */
  shares(): Promise<{ logs: readonly LogShare[]; otherBytes: number }>;
  diff(
    from: { volumeId: string; commit?: number },
    to: { volumeId: string; commit?: number },
  ): Promise<readonly ChangedRange[]>;
  damages(): Promise<ScrubReport>;
  /** Resolves when nothing more can be collected now: for tests, and before figures are compared with a disk. */
  collectAll(): Promise<void>;
}
