import type { Log } from "@/lib/std/log";
import type { Device } from "../device/device";
import type { Gap } from "../history-types";
import type { LogReader } from "../log/log-reader";
import type { SegmentIndex } from "../log/segment-index";
import type { SegmentSummary } from "./segment-summary";
import type { CountedCommit } from "./timeline-source";

export interface IngestOptions {
  readonly device: Device;
  readonly storeDir: string;
  readonly reader: LogReader;
  readonly log: Log;
  /** Bound on the decoded indexes of sealed segments that are kept in memory. */
  readonly cacheBytes: number;
  /** Told of each index that was written: its log takes more of the disk. */
  readonly onWritten?: (log: number, name: string) => void;
}

/** Totals of a log over what was ingested. */
export interface IngestTotals {
  /** Units of its segments without their headers. */
  readonly units: number;
  readonly ownDeadUnits: number;
  readonly bornDeadUnits: number;
}

/**
 * Follows the published heads of logs and keeps an index of each segment. Questions are answered as far as `ingest` came;
 * all of them are about logs for which it was called since they were forgotten.
 */
export interface LogIngest {
  /**
   * Reads on towards the frame at `head` (which must be published), about `budgetFrames` frames (one that names many blocks
   * counts for several); true when more remains. Throws a `VolumeError` when a record is damaged.
   */
  ingest(log: number, head: { readonly segment: number; readonly unit: number }, budgetFrames: number): boolean;
  /** `ingest` was called for it since it was forgotten. */
  isFollowed(log: number): boolean;
  /** The segment whose index is not final yet, if there is one. */
  readingSegment(log: number): number | undefined;
  /** The log never grows again: its last segment's index is final, and written as the others were. */
  finish(log: number): void;
  /** The newest commit that was read, and its frame; undefined when all of a finished log was indexed before. */
  position(log: number): (CountedCommit & { readonly segment: number; readonly unit: number }) | undefined;
  /** Ascending; the last one may still grow. */
  segments(log: number): readonly SegmentSummary[];
  /** A segment's index; the open one's as it is now. Throws a `VolumeError` when it is lost and cannot be made again. */
  index(log: number, segment: number): SegmentIndex;
  /** Those with a commit at or after `commit`, oldest first; all there are for 0. */
  from(log: number, commit: number): Iterable<SegmentIndex>;
  gaps(log: number): readonly Gap[];
  totals(log: number): IngestTotals;
  /**
   * Makes durable what was ingested, that of the open segment too: before a ledger is saved that begins at or before
   * `position`. A restart then needs no record that the ledger allows to collect.
   */
  sync(log: number): void;
  /** A segment's index was written anew (a thinned one), or its file is gone with its segment. */
  replaced(log: number, segment: number): void;
  removed(log: number, segment: number): void;
  /** Drops everything in memory of a log. */
  forget(log: number): void;
}
