/** What bounds the store's memory, files and recovery. Simulations pass smaller ones to reach every edge quickly. */
export interface Limits {
  /** A segment is sealed after the commit that passes this. 16 MiB is rewritten in 2–28 ms when it is collected. */
  readonly segmentBytes: number;
  /** Changed blocks held before they are spilled ahead of the commit: 4 MiB. */
  readonly dirtyBlocks: number;
  /** Commits between two map checkpoints: what opening and forking walk through (a few milliseconds). */
  readonly checkpointFrames: number;
  /** Every so many frames one lists those before it: a walk back over n frames reads this many and n / this many. */
  readonly indexedFrames: number;
  /** Blocks kept in memory because they exist as byte ranges only: 4 MiB, and what a checkpoint writes whole. */
  readonly pendingBlocks: number;
  /** Map nodes changed since the last map checkpoint: 4 MiB, which cover 2 GiB of data. */
  readonly dirtyNodes: number;
  /** Clean map nodes kept: 4 MiB, which cover 2 GiB of data. */
  readonly cleanNodes: number;
  /** Bytes of frames that opening replays. */
  readonly deltaBytes: number;
  /** Committed blocks kept so that the next change to them can be written as byte ranges. */
  readonly cleanBlocks: number;
  /** Open segment files of one reader; segments of 16 MiB, so 128 cover 2 GiB without reopening. */
  readonly descriptors: number;
}

/**
 * Pieces of the reserve, 17 MiB a store, which is one an installation. A unit each for writers that begin a segment, and for
 * the ledgers of small logs. Then an index (up to 300 KiB of a segment of small commits), the journal (60 bytes a volume) and
 * a ledger (40 bytes a slot that is retained, 24 one that a fork replaced). The last is for the largest step: the ledger of
 * 400,000 retained slots, or the copy of a segment.
 */
export const RESERVE_SIZES: readonly number[] = [
  ...Array.from({ length: 16 }, () => 4 << 10),
  ...Array.from({ length: 4 }, () => 64 << 10),
  ...Array.from({ length: 2 }, () => 384 << 10),
  16 << 20,
];

export const DEFAULT_LIMITS: Limits = {
  segmentBytes: 16 << 20,
  dirtyBlocks: 512,
  checkpointFrames: 1024,
  indexedFrames: 32,
  pendingBlocks: 512,
  dirtyNodes: 512,
  cleanNodes: 512,
  deltaBytes: 8 << 20,
  cleanBlocks: 64,
  descriptors: 128,
};
