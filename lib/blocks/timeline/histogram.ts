import { AppError } from "@/lib/std/app-error";
import type { Bucket } from "../history-types";
import { UNIT_BYTES } from "../log/format";
import { countUntil, IndexedSegments } from "./indexed-segments";
import type { KeptCommit } from "./kept-commit";
import type { TimelineSource } from "./timeline-source";

const BUCKETS_MAX = 1000;

/** How far a log had come: both only grow. */
interface Progress {
  readonly moments: number;
  readonly units: number;
}

/**
 * What happened in equal parts of a span, told from how far the log had come at their ends: one index is read for each end,
 * never the log. Where history is thinned, what is gone counts where the next kept commit lies.
 */
export function countMoments(
  source: TimelineSource,
  span: { readonly fromMicros: number; readonly toMicros: number; readonly buckets: number },
): Bucket[] {
  refuseImpossible(span);
  const { fromMicros, toMicros, buckets } = span;
  const segments = new IndexedSegments(source);
  const edges = Array.from({ length: buckets + 1 }, (_, at) =>
    Math.round(fromMicros + ((toMicros - fromMicros) * at) / buckets),
  );
  const progress = edges.map((edge) => progressBefore(source, segments, edge));
  return edges.slice(0, -1).map((edge, at) => {
    const [begin, end] = [progress[at] as Progress, progress[at + 1] as Progress];
    return { fromMicros: edge, moments: end.moments - begin.moments, bytes: (end.units - begin.units) * UNIT_BYTES };
  });
}

function progressBefore(source: TimelineSource, segments: IndexedSegments, micros: number): Progress {
  const found = micros > source.since.micros ? segments.findAtOrBefore(micros - 1) : undefined;
  if (found) return { moments: found.at.moments, units: found.summary.unitsBefore + found.at.endUnit };
  const { kept } = source;
  const before = kept[countUntil(kept.length, (at) => (kept[at] as KeptCommit).micros >= micros) - 1];
  return before ? progressAt(before, segments) : progressAtBeginning(source, segments);
}

/** Before the oldest commit, which is a moment itself unless it is the log's first record. */
function progressAtBeginning({ kept, since }: TimelineSource, segments: IndexedSegments): Progress {
  const found = kept[0] ? undefined : segments.findCommit(since.commit);
  const at = kept[0] ?? (found && { ...found.at, segment: found.summary.segment });
  if (!at) return { moments: 0, units: 0 };
  return progressAt({ ...at, moments: Math.max(0, at.moments - 1) }, segments);
}

function progressAt(at: { segment: number; unit: number; moments: number }, segments: IndexedSegments): Progress {
  return { moments: at.moments, units: segments.unitsBefore(at.segment) + at.unit };
}

function refuseImpossible({
  fromMicros,
  toMicros,
  buckets,
}: {
  fromMicros: number;
  toMicros: number;
  buckets: number;
}) {
  if (!Number.isInteger(buckets) || buckets < 1 || buckets > BUCKETS_MAX)
    throw new AppError("INVALID_REQUEST", `A timeline has between 1 and ${BUCKETS_MAX} buckets.`, { field: "buckets" });
  if (fromMicros >= toMicros)
    throw new AppError("INVALID_REQUEST", "A timeline ends after it begins.", { field: "to" });
}
