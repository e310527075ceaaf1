import type { Gap } from "../history-types";
import type { SegmentIndex } from "../log/segment-index";
import type { CommitPoint } from "../store-types";
import type { KeptCommit } from "./kept-commit";
import type { SegmentSummary } from "./segment-summary";

/** A commit and how many moments its log had then. */
export interface CountedCommit extends CommitPoint {
  readonly moments: number;
}

/** Everything that questions about one log's times are answered from. Its segments are indexed up to the head. */
export interface TimelineSource {
  /** Where the exact part begins: it and every later commit are points. */
  readonly since: CountedCommit;
  /**
   * Points before `since`, ascending: ticks and what marks keep. A commit that only a fork's pin keeps must not be among them,
   * since what the fork replaced may be gone.
   */
  readonly kept: readonly KeptCommit[];
  readonly head: CountedCommit;
  /** All segments that are there, ascending. */
  readonly segments: readonly SegmentSummary[];
  readonly gaps: readonly Gap[];
  index(segment: number): SegmentIndex;
}
