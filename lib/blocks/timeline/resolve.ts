import { AppError } from "@/lib/std/app-error";
import { formatMicros } from "@/lib/std/micros";
import type { Gap } from "../history-types";
import type { CommitPoint } from "../store-types";
import { countUntil, IndexedSegments } from "./indexed-segments";
import type { KeptCommit } from "./kept-commit";
import type { TimelineSource } from "./timeline-source";

/** A commit that can be read, where its frame lies in the log, and how it fits what was asked. */
export interface Placed extends CommitPoint {
  readonly segment: number;
  readonly unit: number;
  /** When the commit after it was made, whether that one is kept or not; undefined when this is the newest. */
  readonly nextMicros: number | undefined;
  readonly momentsAfter: number;
  readonly exact: boolean;
  readonly momentsMissing: number;
}

export interface AskedTime {
  readonly micros: number;
  readonly nowMicros: number;
  /** Takes the kept commit before a time whose own is gone. */
  readonly acceptInexact: boolean;
}

/** A commit by its number; undefined when it is not there, or not any more. */
export function findPlaced(source: TimelineSource, commit: number): Placed | undefined {
  if (commit >= source.since.commit) return findExact(source, (segments) => segments.findCommit(commit));
  const { kept } = source;
  const found = kept[countUntil(kept.length, (at) => (kept[at] as KeptCommit).commit > commit) - 1];
  return found?.commit === commit ? toPlaced(source, found) : undefined;
}

/** The last commit at or before a time. Refuses a time that names none, or not for certain. */
export function resolveTime(source: TimelineSource, asked: AskedTime): Placed {
  const { micros } = asked;
  refuseOutside(source, asked);
  const gap = source.gaps.find(({ fromMicros, toMicros }) => micros >= fromMicros && micros < toMicros);
  if (gap) throw inGap(micros, gap);
  const exact =
    micros >= source.since.micros ? findExact(source, (segments) => segments.findAtOrBefore(micros)) : undefined;
  return exact ?? resolveKept(source, asked);
}

function findExact(
  source: TimelineSource,
  find: (segments: IndexedSegments) => ReturnType<IndexedSegments["findCommit"]>,
): Placed | undefined {
  const found = find(new IndexedSegments(source));
  if (!found || found.at.commit > source.head.commit) return undefined;
  const { commit, micros, unit, moments } = found.at;
  return {
    ...{ commit, micros, unit, segment: found.summary.segment, nextMicros: found.nextMicros },
    momentsAfter: source.head.moments - moments,
    exact: true,
    momentsMissing: 0,
  };
}

function resolveKept(source: TimelineSource, { micros, acceptInexact }: AskedTime): Placed {
  const { kept } = source;
  const at = countUntil(kept.length, (each) => (kept[each] as KeptCommit).micros > micros) - 1;
  const before = kept[at] as KeptCommit;
  const placed = toPlaced(source, before);
  if (micros < before.nextMicros) return placed;
  const after = kept[at + 1] ?? source.since;
  if (!acceptInexact) throw thinned(micros, before, after);
  // What of them lies after the asked time is not known any more, nor whether the one after is a moment itself.
  return { ...placed, exact: false, momentsMissing: after.moments - before.moments };
}

function toPlaced(source: TimelineSource, kept: KeptCommit): Placed {
  const { commit, micros, segment, unit, nextMicros, moments } = kept;
  const momentsAfter = source.head.moments - moments;
  return { commit, micros, segment, unit, nextMicros, momentsAfter, exact: true, momentsMissing: 0 };
}

function refuseOutside({ kept, since, head }: TimelineSource, { micros, nowMicros }: AskedTime): void {
  const earliest = (kept[0] ?? since).micros;
  // After the clock was set back the newest commit lies ahead of it.
  const latest = Math.max(nowMicros, head.micros);
  if (micros >= earliest && micros <= latest) return;
  const why = micros < earliest ? "is older than what is kept" : "has not come yet";
  throw new AppError(
    "TARGET_OUTSIDE_WAL_WINDOW",
    `${formatMicros(micros)} ${why}. Choose a time from ${formatMicros(earliest)} to ${formatMicros(latest)}.`,
    { details: { earliest, latest } },
  );
}

function inGap(micros: number, { before, after }: Gap): AppError {
  const named = `commit ${before.commit} of ${formatMicros(before.micros)} and commit ${after.commit} after it`;
  return new AppError(
    "TARGET_IN_WAL_GAP",
    `${formatMicros(micros)} happened twice, because the clock was set back between ${named}. Choose a commit by its number.`,
    { details: { before, after } },
  );
}

function thinned(micros: number, before: CommitPoint, after: CommitPoint): AppError {
  const neighbours = `commit ${before.commit} of ${formatMicros(before.micros)} and commit ${after.commit} of ${formatMicros(after.micros)}`;
  return new AppError(
    "TARGET_THINNED",
    `The commit of ${formatMicros(micros)} is gone, because history is thinned there. What is kept around it is ${neighbours}: choose one of them.`,
    { details: { before: toPoint(before), after: toPoint(after) } },
  );
}

const toPoint = ({ commit, micros }: CommitPoint): CommitPoint => ({ commit, micros });
