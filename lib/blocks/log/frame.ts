import type { Address, Place } from "./format";

export const FRAME_MAGIC = 0x3152_464f; // "OFR1"
export const FRAME_HEADER_WORDS = 40;
export const FRAME_HEADER_BYTES = FRAME_HEADER_WORDS * 4;
/** The checksum covers everything of the body after itself. */
export const FRAME_CHECKED_FROM_BYTE = 8;

/** What a frame is. A run holds blocks that were spilled ahead of their commit; a root is a log's first record. */
export const FRAME_KIND = { commit: 1, run: 2, root: 3 } as const;

/**
 * `checkpoint`: the tree on disk is the whole state at this commit. `idle`: no commit, proves the frame before. `moment`: the
 * commit carries an acknowledged transaction. `clockBack`: the clock stood more than a second before the last commit's time.
 */
export const FRAME_FLAG = { checkpoint: 1, idle: 2, moment: 4, clockBack: 8 } as const;

/** Fixed part of a frame, by the words where its fields lie. Two-word fields are low, high. */
export const FRAME_WORD = {
  magic: 0,
  crc: 1,
  kind: 2,
  flags: 3,
  log: 4,
  segment: 5,
  unit: 6,
  salt: 7,
  ordinal: 8,
  bodyBytes: 9,
  units: 10,
  commit: 11,
  micros: 13,
  previous: 15,
  sinceCheckpoint: 18,
  mappedBlocks: 19,
  inodeLimit: 21,
  tableHeight: 22,
  tableRoot: 23,
  inodes: 27,
  cuts: 28,
  blocks: 29,
  nodes: 30,
  dropped: 31,
  ranges: 32,
  frames: 33,
  moments: 34,
  clockMicros: 36,
} as const;

/** Words of one entry of a list; inodes and ranges are followed by bytes. */
export const ENTRY_WORDS = { inode: 9, cut: 2, block: 7, node: 8, dropped: 5, range: 3, frame: 3 } as const;

/** How many entries each list has. */
export interface FrameCounts {
  readonly inodes: number;
  readonly cuts: number;
  readonly blocks: number;
  readonly nodes: number;
  readonly dropped: number;
  readonly ranges: number;
  readonly frames: number;
}

export interface FrameHeader extends FrameCounts {
  readonly place: Place;
  readonly kind: number;
  readonly flags: number;
  readonly salt: number;
  /** Counts the commit, idle and root frames of a segment from 0. */
  readonly ordinal: number;
  /** Bytes of header and lists. */
  readonly bodyBytes: number;
  /** Units of the body and of the full blocks after it. */
  readonly units: number;
  readonly commit: number;
  readonly micros: number;
  /** The frame before it, in whatever segment. */
  readonly previous: Place;
  /** Frames to replay on the newest checkpoint to reach this state, itself included; 0 at a checkpoint. */
  readonly sinceCheckpoint: number;
  /** Blocks of files (the inode table's own not counted) that the head maps. */
  readonly mappedBlocks: number;
  /** One more than the highest inode number in use. */
  readonly inodeLimit: number;
  /** The inode table's tree; only checkpoints and roots have it. */
  readonly tableHeight: number;
  readonly tableRoot: Address;
  /** Commits of the log with an acknowledged transaction, up to this one. */
  readonly moments: number;
  /** With `clockBack`: what the clock said; 0 otherwise. */
  readonly clockMicros: number;
}

export const isCheckpoint = (frame: FrameHeader): boolean => (frame.flags & FRAME_FLAG.checkpoint) !== 0;
export const isIdle = (frame: FrameHeader): boolean => (frame.flags & FRAME_FLAG.idle) !== 0;
export const isClockBack = (frame: FrameHeader): boolean => (frame.flags & FRAME_FLAG.clockBack) !== 0;

/** A file's or directory's facts as a frame's list holds them; kind 0 frees the number. */
export interface InodeChange {
  readonly inode: number;
  readonly kind: number;
  readonly mode: number;
  readonly parent: number;
  readonly sizeBytes: number;
  readonly mtimeMicros: number;
  readonly name: string;
}

/** A block's new address in the log of the frame (unit 0: it became a hole) and the address that it replaces. */
export interface BlockChange {
  readonly inode: number;
  readonly block: number;
  readonly address: Address;
  readonly replaced: Place;
}

/** A map node written by a checkpoint. */
export interface NodeChange extends BlockChange {
  readonly level: number;
}

/** A map node that a checkpoint no longer refers to; everything below it is gone too. */
export interface DroppedNode extends Place {
  readonly inode: number;
  readonly level: number;
}

/** Bytes `from` … of a block's committed content. */
export interface RangeChange {
  readonly inode: number;
  readonly block: number;
  readonly from: number;
  readonly bytes: Uint8Array;
}

/** Every block of the inode from `block` on is gone, as it was before this commit. */
export interface Cut {
  readonly inode: number;
  readonly block: number;
}
