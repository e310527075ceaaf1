import { AppError } from "@/lib/std/app-error";
import { formatMicros } from "@/lib/std/micros";
import type { Resolved } from "../history-types";
import type { KeptCommit } from "./kept-commit";
import type { TimelineSource } from "./timeline-source";

/** A moment and the place of its frame in the log. */
export interface Placed extends Omit<Resolved, "nearestSnapshot"> {
  readonly segment: number;
  readonly unit: number;
}

/** The commit of that number, if it is kept. */
export function findPlaced(source: TimelineSource, commit: number): Placed | undefined {
  if (commit >= source.since.commit) return findExact(source, commit);
  const kept = source.kept.find((candidate) => candidate.commit === commit);
  return kept && placeKept(source, kept, kept.micros);
}

/**
 * What a time means: the last commit at or before it. Throws TARGET_OUTSIDE_WAL_WINDOW, TARGET_IN_WAL_GAP or, where history
 * is thinned and the time does not name a kept commit exactly, TARGET_THINNED; a time is never moved silently.
 */
export function resolveTime(
  source: TimelineSource,
  asked: { micros: number; nowMicros: number; acceptInexact: boolean },
): Placed {
  refuseOutside(source, asked);
  refuseGap(source, asked.micros);
  if (asked.micros >= source.since.micros) return findByTime(source, asked.micros);
  const at = source.kept.findLastIndex(({ micros }) => micros <= asked.micros);
  const placed = placeKept(source, source.kept[at] as KeptCommit, asked.micros);
  if (placed.exact || asked.acceptInexact) return placed;
  const before = source.kept[at] as KeptCommit;
  const after = source.kept[at + 1] ?? source.since;
  throw new AppError(
    "TARGET_THINNED",
    `History is thinned at ${formatMicros(asked.micros)}: kept are ${formatMicros(before.micros)} and ${formatMicros(after.micros)}. Choose one of them, or accept the older one.`,
    { field: "target_time", details: { before: toPoint(before), after: toPoint(after) } },
  );
}

function refuseOutside(source: TimelineSource, asked: { micros: number; nowMicros: number }): void {
  const earliest = (source.kept[0] ?? source.since).micros;
  // A clock that stepped back leaves commits that are later than now.
  const latest = Math.max(asked.nowMicros, source.head.micros);
  if (asked.micros >= earliest && asked.micros <= latest) return;
  throw new AppError(
    "TARGET_OUTSIDE_WAL_WINDOW",
    `${formatMicros(asked.micros)} is outside the window, which reaches from ${formatMicros(earliest)} to ${formatMicros(latest)}.`,
    { field: "target_time", details: { earliest, latest } },
  );
}

function refuseGap(source: TimelineSource, micros: number): void {
  const gap = source.gaps.find(({ fromMicros, toMicros }) => micros >= fromMicros && micros < toMicros);
  if (!gap) return;
  throw new AppError(
    "TARGET_IN_WAL_GAP",
    `The clock stepped back, so ${formatMicros(micros)} was twice. Choose commit ${gap.before.commit} or ${gap.after.commit} by its number.`,
    { field: "target_time", details: { before: gap.before, after: gap.after } },
  );
}

function findByTime(source: TimelineSource, micros: number): Placed {
  const summary = source.segments.findLast(({ commitCount, firstMicros }) => commitCount > 0 && firstMicros <= micros);
  const found = summary && source.index(summary.segment).findAtOrBefore(micros);
  const placed = found && findExact(source, found.commit);
  if (!placed)
    throw new AppError("INTERNAL", `No commit is known at ${formatMicros(micros)}, although it is in the window.`);
  return placed;
}

function findExact(source: TimelineSource, commit: number): Placed | undefined {
  const position = source.segments.findIndex(({ commitCount, lastCommit }) => commitCount > 0 && lastCommit >= commit);
  const summary = source.segments[position];
  const found = summary && source.index(summary.segment).findCommit(commit);
  if (!found) return undefined;
  const next =
    commit === summary.lastCommit
      ? source.segments.slice(position + 1).find(({ commitCount }) => commitCount > 0)?.firstMicros
      : source.index(summary.segment).findCommit(commit + 1)?.micros;
  return {
    commit,
    micros: found.micros,
    nextMicros: next,
    momentsAfter: source.head.moments - found.moments,
    exact: true,
    momentsMissing: 0,
    segment: summary.segment,
    unit: found.unit,
  };
}

function placeKept(source: TimelineSource, kept: KeptCommit, askedMicros: number): Placed {
  const exact = askedMicros < kept.nextMicros;
  const after = source.kept.find(({ commit }) => commit > kept.commit) ?? source.since;
  return {
    commit: kept.commit,
    micros: kept.micros,
    nextMicros: kept.nextMicros,
    momentsAfter: source.head.moments - kept.moments,
    exact,
    // The kept commit after it may be a moment itself, and is not missing.
    momentsMissing: exact ? 0 : Math.max(0, after.moments - kept.moments - 1),
    segment: kept.segment,
    unit: kept.unit,
  };
}

const toPoint = ({ commit, micros }: { commit: number; micros: number }) => ({ commit, micros });
