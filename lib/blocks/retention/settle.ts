import { assert } from "@/lib/std/assert";
import type { IndexedCommit, IndexedDeath, SegmentIndex } from "../segment-index";
import type { LogIngest } from "../timeline/ingest-types";
import type { KeptCommit } from "../timeline/kept-commit";
import type { SegmentSummary } from "../timeline/segment-summary";
import { foreignOf, type LogState } from "./log-state";
import { placeKey } from "./place-table";
import { hasPointIn } from "./points";

/** The indexes of one log, whose commits have all been read up to where it is settled. */
export interface LogIndexes {
  /** Those with a commit at or after `commit`, oldest first. */
  from(commit: number): Iterable<SegmentIndex>;
  get(segment: number): SegmentIndex;
  /** What the indexes' headers say, oldest first. */
  summaries(): readonly SegmentSummary[];
}

export function indexesOf(ingest: LogIngest, log: number): LogIndexes {
  return {
    from: (commit) => ingest.from(log, commit),
    get: (segment) => ingest.index(log, segment),
    summaries: () => ingest.segments(log),
  };
}

export interface Settling {
  /** The commit at which the exact part begins afterwards. */
  readonly to: number;
  /** Commits that someone else than the window keeps. */
  readonly marks: ReadonlySet<number>;
  readonly pins: ReadonlySet<number>;
  /** Leaves one of so many microseconds' commits as a tick; undefined leaves none. */
  readonly tickMicros: number | undefined;
}

/** A slot of an ancestor's log that this log needs no more, from some commit on. */
export interface ForeignDeath {
  readonly log: number;
  readonly key: number;
  readonly units: number;
}

/**
 * Moves the beginning of a log's exact part up to a commit: what died on the way and has no point left between its birth and
 * its death is freed, the rest is remembered. Answers what happened to ancestors' slots.
 */
export function settle(state: LogState, indexes: LogIndexes, settling: Settling): ForeignDeath[] {
  const span = { from: state.since.commit, to: settling.to };
  assert(span.to >= span.from, "history is settled forwards");
  if (span.to === span.from) return [];
  keepCommits(state, indexes, { ...settling, span });
  const own = state.kept.filter(({ commit, isTick }) => isTick || settling.marks.has(commit));
  const points = { all: state.kept.map(({ commit }) => commit), own: own.map(({ commit }) => commit) };
  const foreign: ForeignDeath[] = [];
  for (const index of indexes.from(span.from + 1)) {
    if (firstCommitOf(index) > span.to) break;
    freeBornDead(state, index, span);
    for (const death of index.deaths()) {
      if (death.commit > span.to) break;
      if (death.commit <= span.from) continue;
      if (death.log === state.log) settleOwn(state, { death, points }, indexes);
      else foreign.push(...settleForeign(state, death));
    }
  }
  state.since = findSince(indexes, span.to);
  state.revision++;
  return foreign;
}

interface Points {
  readonly all: readonly number[];
  readonly own: readonly number[];
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** The commits of [from, to) that stay points. */
function keepCommits(state: LogState, indexes: LogIndexes, of: Settling & { span: Span }): void {
  const { from, to } = of.span;
  let before: { at: IndexedCommit; segment: number } | undefined;
  for (const index of indexes.from(from)) {
    for (let position = 0; position < index.commitCount; position++) {
      const at = index.commitAt(position);
      if (before) keepOne(state, { ...before, next: at }, of);
      before = at.commit >= from && at.commit < to ? { at, segment: index.segment } : undefined;
      if (at.commit >= to) return;
    }
  }
}

interface Candidate {
  readonly at: IndexedCommit;
  readonly segment: number;
  readonly next: IndexedCommit;
}

function keepOne(state: LogState, { at, segment, next }: Candidate, of: Settling): void {
  const { commit, micros, unit, moments } = at;
  const isTick = of.tickMicros !== undefined && isLastOfItsTick(at, next, of.tickMicros);
  if (!isTick && !of.marks.has(commit) && !of.pins.has(commit)) return;
  const kept: KeptCommit = { commit, micros, segment, unit, moments, nextMicros: next.micros, isTick };
  state.kept.push(kept);
}

const isLastOfItsTick = (at: IndexedCommit, next: IndexedCommit, tickMicros: number): boolean =>
  Math.floor(at.micros / tickMicros) !== Math.floor(next.micros / tickMicros);

function freeBornDead(state: LogState, index: SegmentIndex, { from, to }: Span): void {
  for (const { unit, units, commit } of index.bornDead())
    if (commit > from && commit <= to) state.freed.add(index.segment, unit, units);
}

function settleOwn(
  state: LogState,
  { death, points }: { death: IndexedDeath; points: Points },
  indexes: LogIndexes,
): void {
  const { segment, unit, units, commit, isLink } = death;
  const birth = indexes.get(segment).birthOf(unit);
  // A fork's pin does not keep a link.
  if (hasPointIn(isLink ? points.own : points.all, birth, commit))
    state.retained.set(placeKey(segment, unit), [birth, commit, units, isLink ? 1 : 0]);
  else state.freed.add(segment, unit, units);
}

function settleForeign(state: LogState, { log, segment, unit, units, commit }: IndexedDeath): ForeignDeath[] {
  const key = placeKey(segment, unit);
  const table = foreignOf(state, log);
  if (table.has(key)) return [];
  table.set(key, [commit, units]);
  return [{ log, key, units }];
}

function findSince(indexes: LogIndexes, commit: number): LogState["since"] {
  for (const index of indexes.from(commit)) {
    const found = index.findCommit(commit);
    if (!found) continue;
    const { micros, unit, moments } = found;
    return { commit, micros, segment: index.segment, unit, moments };
  }
  throw new Error(`commit ${commit} is not indexed`);
}

const firstCommitOf = (index: SegmentIndex): number =>
  index.commitCount > 0 ? index.commitAt(0).commit : Number.POSITIVE_INFINITY;
