import type { RewriteJob, RewriteResult } from "./rewrite-segment";

/**
 * Does the collector's work on the disk, one job after the other, in the order in which they were asked for. It decides
 * nothing: the keeper plans, waits for nothing, and installs what was written (`installRewrite`). While a segment is
 * copied the keeper does nothing else with it.
 */
export interface Rewriter {
  /** Rejects with a `VolumeError` when the disk fails or is full; the segment is then as it was. */
  rewrite(job: RewriteJob): Promise<RewriteResult>;
  /** Ends at once: what is under way rejects, and leaves at most a temporary file that the next opening removes. */
  close(): Promise<void>;
}
