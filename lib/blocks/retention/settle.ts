import { assert } from "@/lib/std/assert";
import type { IndexedCommit, IndexedDeath, SegmentIndex } from "../log/segment-index";
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

/** A slot that somebody needs less than before, or that only a fork's pin seems to keep: who needs it is to be asked. */
export interface DoubtfulSlot {
  readonly log: number;
  readonly key: number;
  readonly units: number;
}

/**
 * Moves the beginning of a log's exact part up to a commit: what died on the way and has no point left between its birth and
 * its death is freed, the rest is remembered. Answers the slots, of this log and of ancestors', that are to be asked about.
 * Throws, with nothing decided, when an index cannot be read.
 */
export function settle(state: LogState, indexes: LogIndexes, settling: Settling): DoubtfulSlot[] {
  const span = { from: state.since.commit, to: settling.to };
  assert(span.to >= span.from, "history is settled forwards");
  return span.to === span.from ? [] : apply(state, planSettling(state, indexes, { ...settling, span }));
}

/** How far it may go at once from one commit towards another: over so many deaths, and over one commit at least. */
export function boundSettling(indexes: LogIndexes, { from, to }: Span, mostDeaths: number): number {
  let deaths = 0;
  for (const index of indexes.from(from + 1))
    for (const { commit } of index.deaths()) {
      if (commit > to) return to;
      if (commit > from && ++deaths > mostDeaths) return Math.max(from + 1, commit - 1);
    }
  return to;
}

/** What settling decides; nothing of it may stand without the rest. */
interface Plan {
  readonly since: LogState["since"];
  readonly kept: readonly KeptCommit[];
  readonly freed: { readonly segment: number; readonly unit: number; readonly units: number }[];
  readonly retained: { readonly key: number; readonly values: readonly number[] }[];
  readonly foreign: (DoubtfulSlot & { readonly commit: number })[];
}

interface Span {
  readonly from: number;
  readonly to: number;
}

type Spanned = Settling & { readonly span: Span };

function planSettling(state: LogState, indexes: LogIndexes, of: Spanned): Plan {
  const { from, to } = of.span;
  const kept = findKept(indexes, of);
  const plan: Plan = { since: findSince(indexes, to), kept, freed: [], retained: [], foreign: [] };
  const all = [...state.kept, ...kept];
  const own = all.filter(({ commit, isTick }) => isTick || of.marks.has(commit));
  const points = { all: all.map(({ commit }) => commit), own: own.map(({ commit }) => commit) };
  for (const index of indexes.from(from + 1)) {
    if (firstCommitOf(index) > to) break;
    for (const { unit, units, commit } of index.bornDead())
      if (commit > from && commit <= to) plan.freed.push({ segment: index.segment, unit, units });
    for (const death of index.deaths()) {
      if (death.commit > to) break;
      if (death.commit <= from) continue;
      if (death.log === state.log) planOwn(plan, { death, points }, indexes);
      else plan.foreign.push(toForeign(death));
    }
  }
  return plan;
}

interface Points {
  readonly all: readonly number[];
  readonly own: readonly number[];
}

function planOwn(plan: Plan, { death, points }: { death: IndexedDeath; points: Points }, indexes: LogIndexes): void {
  const { segment, unit, units, commit, isLink } = death;
  const birth = indexes.get(segment).birthOf(unit);
  // A fork's pin does not keep a link.
  if (hasPointIn(isLink ? points.own : points.all, birth, commit))
    plan.retained.push({ key: placeKey(segment, unit), values: [birth, commit, units, isLink ? 1 : 0] });
  else plan.freed.push({ segment, unit, units });
}

const toForeign = ({ log, segment, unit, units, commit }: IndexedDeath) => ({
  log,
  key: placeKey(segment, unit),
  units,
  commit,
});

function apply(state: LogState, plan: Plan): DoubtfulSlot[] {
  state.kept.push(...plan.kept);
  for (const { segment, unit, units } of plan.freed) state.freed.add(segment, unit, units);
  for (const { key, values } of plan.retained) state.retained.set(key, values);
  const isFirst = ({ log, key }: DoubtfulSlot) => !foreignOf(state, log).has(key);
  const foreign = plan.foreign.filter(isFirst);
  for (const { log, key, units, commit } of foreign) foreignOf(state, log).set(key, [commit, units]);
  state.since = plan.since;
  state.revision++;
  // A fork that keeps one of them by its pin may have replaced it already.
  const retained = plan.retained.map(({ key, values }) => ({ log: state.log, key, units: values[2] as number }));
  return [...foreign, ...retained];
}

/** The commits of [from, to) that stay points. */
function findKept(indexes: LogIndexes, of: Spanned): KeptCommit[] {
  const { from, to } = of.span;
  const kept: KeptCommit[] = [];
  let before: { at: IndexedCommit; segment: number } | undefined;
  for (const index of indexes.from(from)) {
    for (let position = 0; position < index.commitCount; position++) {
      const at = index.commitAt(position);
      if (before) kept.push(...keepIfAsked({ ...before, next: at }, of));
      before = at.commit >= from && at.commit < to ? { at, segment: index.segment } : undefined;
      if (at.commit >= to) return kept;
    }
  }
  return kept;
}

interface Candidate {
  readonly at: IndexedCommit;
  readonly segment: number;
  readonly next: IndexedCommit;
}

function keepIfAsked({ at, segment, next }: Candidate, of: Settling): KeptCommit[] {
  const { commit, micros, unit, moments } = at;
  const isTick = of.tickMicros !== undefined && isLastOfItsTick(at, next, of.tickMicros);
  if (!isTick && !of.marks.has(commit) && !of.pins.has(commit)) return [];
  return [{ commit, micros, segment, unit, moments, nextMicros: next.micros, isTick }];
}

const isLastOfItsTick = (at: IndexedCommit, next: IndexedCommit, tickMicros: number): boolean =>
  Math.floor(at.micros / tickMicros) !== Math.floor(next.micros / tickMicros);

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
