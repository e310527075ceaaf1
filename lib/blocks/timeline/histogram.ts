import { UNIT_BYTES } from "../format";
import type { Bucket } from "../history-types";
import type { TimelineSource } from "./timeline-source";

export interface Span {
  readonly fromMicros: number;
  readonly toMicros: number;
  readonly buckets: number;
}

/** Moments and bytes by equal parts of a span, from counts at their ends: the cost is the buckets', not the log's. */
export function countMoments(source: TimelineSource, { fromMicros, toMicros, buckets }: Span): Bucket[] {
  const edges = Array.from({ length: buckets + 1 }, (_, at) => fromMicros + ((toMicros - fromMicros) * at) / buckets);
  const counts = edges.map((micros) => countBefore(source, micros));
  return edges.slice(0, -1).map((micros, at) => {
    const [from, to] = [counts[at] as Count, counts[at + 1] as Count];
    return {
      fromMicros: Math.ceil(micros),
      moments: to.moments - from.moments,
      bytes: (to.units - from.units) * UNIT_BYTES,
    };
  });
}

interface Count {
  readonly moments: number;
  readonly units: number;
}

const NOTHING: Count = { moments: 0, units: 0 };

/** What the log had before a time. */
function countBefore(source: TimelineSource, micros: number): Count {
  const summary = source.segments.findLast(({ commitCount, firstMicros }) => commitCount > 0 && firstMicros < micros);
  if (!summary) return NOTHING;
  const found = source.index(summary.segment).findAtOrBefore(Math.ceil(micros) - 1);
  return found ? { moments: found.moments, units: summary.unitsBefore + found.endUnit } : NOTHING;
}
