/** One commit of a segment: where its frame lies, and how many moments its log had then. */
export interface IndexedCommit {
  readonly commit: number;
  readonly micros: number;
  readonly unit: number;
  /** Where the commit ends: the unit after its frame and blocks. */
  readonly endUnit: number;
  readonly moments: number;
}

/** The level of a commit's frame in a list of slots. */
export const FRAME_LEVEL = 0xff;
/**
 * The level of a frame that only the log's own points are read through: a checkpoint, an idle or a root frame. A fork's first
 * record has what they say.
 */
export const LINK_LEVEL = 0xfe;

export const isFrameLevel = (level: number): boolean => level >= LINK_LEVEL;

/** A slot of a segment: a block, a map node or a frame; what a scrub compares and names. */
export interface IndexedSlot {
  readonly unit: number;
  /** A block or node takes two, a frame those of its body. */
  readonly units: number;
  /** Of a block or node; 0 for a frame, which has its own. */
  readonly crc: number;
  readonly inode: number;
  readonly block: number;
  /** 0 for a block, the node's level, FRAME_LEVEL or LINK_LEVEL. */
  readonly level: number;
}

/** A slot of any log of which a commit of this segment was the end. */
export interface IndexedDeath {
  readonly log: number;
  readonly segment: number;
  readonly unit: number;
  readonly units: number;
  /** The commit of this segment's log that replaced it. */
  readonly commit: number;
  /** It is a frame at LINK_LEVEL. */
  readonly isLink: boolean;
}

/** A commit made while the clock stood more than a second before the time of the one before it. */
export interface IndexedClockStep {
  readonly commit: number;
  readonly micros: number;
  /** Time of the commit before it. */
  readonly beforeMicros: number;
  /** What the clock said. */
  readonly clockMicros: number;
}

/**
 * What the keeper knows of a segment without reading it again. A collected segment's index has only what is left of it:
 * commits that are still points, slots that live.
 */
export interface SegmentIndex {
  readonly log: number;
  readonly segment: number;
  /** The newest commit that the segment ever had; every slot in it was born by then. */
  readonly lastCommit: number;
  /** Units of all segments of the log before this one. */
  readonly unitsBefore: number;
  /** Units of the segment, its header included. */
  readonly endUnit: number;
  /** Units that its commits killed in its own log, and units in it that were never alive (run headers, overwritten spills). */
  readonly ownDeadUnits: number;
  readonly bornDeadUnits: number;
  readonly commitCount: number;
  commitAt(position: number): IndexedCommit;
  findCommit(commit: number): IndexedCommit | undefined;
  /** The last one whose time is at or before; undefined when all are later. */
  findAtOrBefore(micros: number): IndexedCommit | undefined;
  /** The commit that wrote a unit, rounded up to one that is still indexed, or `lastCommit`. */
  birthOf(unit: number): number;
  slots(): Iterable<IndexedSlot>;
  /** In the order of their commits. */
  deaths(): Iterable<IndexedDeath>;
  /** First unit and length of each run of units that were never alive, with the commit that left them. */
  bornDead(): Iterable<{ readonly unit: number; readonly units: number; readonly commit: number }>;
  /** The first commit of each step back of the clock. */
  clockSteps(): Iterable<IndexedClockStep>;
}
