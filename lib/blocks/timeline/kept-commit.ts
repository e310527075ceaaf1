import type { CommitPoint } from "../store-types";

/** A commit older than the exact part of a window that is still a point, and what its segment's index may not say any more. */
export interface KeptCommit extends CommitPoint {
  /** The place of its frame in the log. */
  readonly segment: number;
  readonly unit: number;
  /** Moments of the log up to and including it. */
  readonly moments: number;
  /** When the commit after it was made, kept or not: until then a time names this commit exactly. */
  readonly nextMicros: number;
  /** Left by thinning; others are kept by a mark or by a fork. */
  readonly isTick: boolean;
}
