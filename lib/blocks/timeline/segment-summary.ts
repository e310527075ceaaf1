/** What the header of a segment's index says: cheap to have of every segment of a log. */
export interface SegmentSummary {
  readonly segment: number;
  /** The newest commit that the segment ever had; every slot in it was born by then. */
  readonly lastCommit: number;
  /** How many commits are still indexed, and the first and the last of them; 0 when there are none. */
  readonly commitCount: number;
  readonly firstIndexedCommit: number;
  readonly firstMicros: number;
  readonly lastMicros: number;
  /** Units of all segments of the log before this one. */
  readonly unitsBefore: number;
  /** Units of the segment, its header included. */
  readonly endUnit: number;
  /** Units that its commits killed in its own log, and units in it that were never alive. */
  readonly ownDeadUnits: number;
  readonly bornDeadUnits: number;
  readonly clockStepCount: number;
}
