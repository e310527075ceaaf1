import { assert } from "@/lib/std/assert";
import type { IndexedCommit } from "../log/segment-index";
import type { SegmentSummary } from "./segment-summary";
import type { TimelineSource } from "./timeline-source";

/** A commit of the exact part, and where it lies. */
export interface FoundCommit {
  readonly at: IndexedCommit;
  readonly summary: SegmentSummary;
  /** When the commit after it was made; undefined when it is the newest. */
  readonly nextMicros: number | undefined;
}

/** The segments of a log that have commits, for searches that read one index each. */
export class IndexedSegments {
  readonly #source: TimelineSource;
  readonly #segments: readonly SegmentSummary[];

  constructor(source: TimelineSource) {
    this.#source = source;
    this.#segments = source.segments.filter(({ commitCount }) => commitCount > 0);
  }

  findCommit(commit: number): FoundCommit | undefined {
    const found = this.#find(
      ({ firstIndexedCommit }) => firstIndexedCommit > commit,
      (at) => at.commit > commit,
    );
    return found?.at.commit === commit ? found : undefined;
  }

  findAtOrBefore(micros: number): FoundCommit | undefined {
    return this.#find(
      ({ firstMicros }) => firstMicros > micros,
      (at) => at.micros > micros,
    );
  }

  /** Units of the log before a segment; 0 for one that is gone. */
  unitsBefore(segment: number): number {
    const { segments } = this.#source;
    const found = segments[countUntil(segments.length, (at) => (segments[at] as SegmentSummary).segment > segment) - 1];
    return found?.segment === segment ? found.unitsBefore : 0;
  }

  /** The last commit that is not past. */
  #find(
    isSegmentPast: (summary: SegmentSummary) => boolean,
    isPast: (at: IndexedCommit) => boolean,
  ): FoundCommit | undefined {
    const segments = this.#segments;
    const at = countUntil(segments.length, (each) => isSegmentPast(segments[each] as SegmentSummary)) - 1;
    const summary = segments[at];
    if (!summary) return undefined;
    const index = this.#source.index(summary.segment);
    const position = countUntil(index.commitCount, (each) => isPast(index.commitAt(each))) - 1;
    assert(position >= 0, "a segment's first commit is as its summary says");
    const isLast = position === index.commitCount - 1;
    const nextMicros = isLast ? segments[at + 1]?.firstMicros : index.commitAt(position + 1).micros;
    return { at: index.commitAt(position), summary, nextMicros };
  }
}

/** How many of `count` things come before the first one that is past. */
export function countUntil(count: number, isPast: (at: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isPast(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
