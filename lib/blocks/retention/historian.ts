import type { Log } from "@/lib/std/log";
import type { Catalogue } from "../journal/catalogue";
import type { Fact, MarkRecord } from "../journal/journal-records";
import { UNIT_BYTES } from "../log/format";
import type { PublishedHead } from "../log/head-cell";
import type { LogIngest } from "../timeline/ingest-types";
import { countDeadInWindow, countRetained } from "./figures";
import { FOREIGN, type LogState } from "./log-state";
import type { LogStates } from "./log-states";
import { Needs } from "./needs";
import { segmentOf } from "./place-table";
import { boundSettling, type DoubtfulSlot, indexesOf, type LogIndexes, settle } from "./settle";
import type { Slices } from "./slices";
import { sweepSlot, sweepSteps } from "./sweep";
import { coarsen, planWindow, unexpired, type WindowStep } from "./window-policy";

export interface HistorianParts {
  readonly catalogue: Catalogue;
  readonly states: LogStates;
  readonly ingest: LogIngest;
  readonly log: Log;
  readonly slices: Slices;
  /** Writes a fact down, durable when it returns. */
  record(fact: Fact): void;
  /** Where a log ends now. */
  headOf(log: number): PublishedHead;
  /** Cuts off what a writer that was killed left behind the end of a log that never grows again. */
  trim(log: number): void;
}

/** What is to be done for a log besides following it. */
interface Errands {
  sweep: boolean;
  /** Because a volume was deleted. */
  isDeletion: boolean;
  /** The sweep that is under way. */
  steps: Generator<void, void> | undefined;
  /** Slots that a descendant replaced, by place. */
  readonly slots: Map<number, number>;
}

/**
 * Keeps every log's history within its window and decides what nobody needs any more, in slices, one log at a time. It
 * decides in memory; nothing leaves the disk before the ledgers say so (collection.ts).
 */
export class Historian {
  readonly needs: Needs;
  readonly #parts: HistorianParts;
  readonly #errands = new Map<number, Errands>();
  /** Logs that were swept since the store was opened: a crash may have come between a point's end and its sweep. */
  readonly #swept = new Set<number>();
  /** The oldest own point of a log at its last sweep: what it replaced up to that point is not its own any more. */
  readonly #oldestOwn = new Map<number, number>();

  constructor(parts: HistorianParts) {
    this.#parts = parts;
    this.needs = new Needs(parts.catalogue, (log) => this.#stateIfNeeded(log));
  }

  /** One slice of what is due for a log. True when there is more to do at once. */
  work(log: number, nowMicros: number): boolean {
    const { catalogue, states } = this.#parts;
    const state = states.get(log);
    const head = this.#headOf(state);
    if (this.#parts.ingest.ingest(log, head, this.#parts.slices.frames)) return true;
    if (!this.#swept.has(log)) {
      this.#swept.add(log);
      this.#errandsOf(log).sweep = true;
    }
    if (this.#sweepOn(state)) return true;
    const isLiving = catalogue.isLiving(log);
    if (isLiving ? this.#narrow(state, head, nowMicros) : this.#finish(state, head)) return true;
    return this.#runErrands(state);
  }

  /** Points of a log went: what only they needed is to be freed; after a deletion its space is wanted back soon. */
  pointsWent(log: number, isDeletion: boolean): void {
    const state = this.#parts.states.find(log);
    if (state) state.revision++;
    const errands = this.#errandsOf(log);
    errands.sweep = true;
    errands.isDeletion ||= isDeletion;
  }

  get hasErrands(): boolean {
    return this.#errands.size > 0;
  }

  /** Its history could not be read: it is swept again when it can. */
  dropErrands(log: number): void {
    this.#swept.delete(log);
    this.#errands.delete(log);
  }

  /** Reads everything that was published of a log. */
  catchUp(log: number): void {
    const state = this.#parts.states.get(log);
    while (this.#parts.ingest.ingest(log, this.#headOf(state), Number.POSITIVE_INFINITY));
    if (state.isFinished) this.#parts.ingest.finish(log);
  }

  forget(log: number): void {
    this.#swept.delete(log);
    this.#oldestOwn.delete(log);
    this.#errands.delete(log);
  }

  /** Keeps a living log within its retention. True when something was done. */
  #narrow(state: LogState, head: { readonly micros: number }, nowMicros: number): boolean {
    if (this.#expireMarks(state, nowMicros)) return true;
    const { retention } = state;
    if (!retention) return false;
    const { since, kept } = state;
    const times = { nowMicros, sinceMicros: since.micros, headMicros: head.micros };
    const historyBytes = () => this.#historyBytes(state);
    const facts = { ...times, retention, kept, historyBytes };
    for (const step of planWindow(facts)) if (this.#perform(state, step)) return true;
    return false;
  }

  #perform(state: LogState, step: WindowStep): boolean {
    switch (step.kind) {
      case "expire":
        return (
          this.#dropTicks(state, unexpired(state.kept, state.since, step.beforeMicros)) ||
          this.#settleUpTo(state, step.beforeMicros, undefined)
        );
      case "thin":
        return this.#settleUpTo(state, step.toMicros, step.tickMicros);
      case "coarsen":
        return this.#dropTicks(state, coarsen(state.kept, step.tickMicros));
      case "drop": {
        const ticks = state.kept.filter(({ isTick }) => isTick);
        return this.#dropTicks(state, ticks.slice(Math.ceil(ticks.length / 2)));
      }
      case "shrink":
        return this.#settleTo(state, this.#middleOf(state), undefined);
    }
  }

  #dropTicks(state: LogState, stay: readonly LogState["kept"][number][]): boolean {
    const staying = new Set(stay.map(({ commit }) => commit));
    const isGone = (commit: number, isTick: boolean) => isTick && !staying.has(commit);
    if (!state.kept.some(({ commit, isTick }) => isGone(commit, isTick))) return false;
    state.kept = state.kept.map((kept) => (isGone(kept.commit, kept.isTick) ? { ...kept, isTick: false } : kept));
    state.revision++;
    this.#errandsOf(state.log).sweep = true;
    return true;
  }

  /** Through the last commit at or before a time, in slices. */
  #settleUpTo(state: LogState, micros: number, tickMicros: number | undefined): boolean {
    const indexes = indexesOf(this.#parts.ingest, state.log);
    return this.#settleTo(state, findLastAtOrBefore(indexes, state.since.commit, micros), tickMicros);
  }

  #settleTo(state: LogState, commit: number, tickMicros: number | undefined): boolean {
    const { catalogue, ingest, slices } = this.#parts;
    const from = state.since.commit;
    if (commit <= from) return false;
    const indexes = indexesOf(ingest, state.log);
    const to = boundSettling(indexes, { from, to: Math.min(commit, from + slices.commits) }, slices.deaths);
    const marks = new Set([...catalogue.marksOf(state.log).values()].map((mark) => mark.commit));
    const pins = new Set(catalogue.pinsOf(state.log).keys());
    this.#queue(settle(state, indexes, { to, marks, pins, tickMicros }));
    return true;
  }

  /** The commit in the middle of the exact part. */
  #middleOf(state: LogState): number {
    const newest = this.#parts.ingest.position(state.log)?.commit ?? state.since.commit;
    return Math.ceil((state.since.commit + newest) / 2);
  }

  /** The tail of a log that is finished may be gone; it is then where the log was settled to. */
  #headOf(state: LogState): Pick<PublishedHead, "commit" | "micros" | "segment" | "unit"> {
    return state.isFinished ? state.since : this.#parts.headOf(state.log);
  }

  /** Settles a deleted volume's log to its end. */
  #finish(state: LogState, head: { readonly commit: number }): boolean {
    this.#parts.ingest.finish(state.log);
    if (state.isFinished) return false;
    if (this.#settleTo(state, head.commit, undefined)) return true;
    this.#parts.trim(state.log);
    state.isFinished = true;
    state.revision++;
    this.#errandsOf(state.log).sweep = true;
    return true;
  }

  #expireMarks(state: LogState, nowMicros: number): boolean {
    const expired = [...this.#parts.catalogue.marksOf(state.log).values()].find((mark) =>
      isOver(mark, state, nowMicros),
    );
    if (!expired) return false;
    this.removeMark(expired);
    return true;
  }

  removeMark(mark: MarkRecord): void {
    this.#parts.record({ type: "unmark", log: mark.log, markId: mark.markId });
    this.pointsWent(mark.log, false);
  }

  #runErrands(state: LogState): boolean {
    const errands = this.#errands.get(state.log);
    if (!errands) return false;
    if (errands.sweep) {
      errands.sweep = false;
      errands.steps = this.#sweep(state);
      return true;
    }
    if (errands.slots.size === 0) {
      if (errands.isDeletion) for (const segment of state.freed.segments) state.touched.add(segment);
      this.#errands.delete(state.log);
      return false;
    }
    this.#askSlots(state, errands.slots);
    return true;
  }

  /** Goes on with a sweep that was begun; until it ends nothing else may be decided about the log. */
  #sweepOn(state: LogState): boolean {
    const errands = this.#errands.get(state.log);
    if (!errands?.steps) return false;
    if (errands.steps.next().done) errands.steps = undefined;
    return true;
  }

  *#sweep(state: LogState): Generator<void, void> {
    const { catalogue, ingest, slices } = this.#parts;
    const of = { catalogue, needs: this.needs, indexes: indexesOf(ingest, state.log) };
    yield* sweepSteps(state, of, slices.questions);
    const oldest = this.needs.oldestOwn(state);
    if (oldest > (this.#oldestOwn.get(state.log) ?? 0)) yield* this.#queueForeign(state);
    this.#oldestOwn.set(state.log, oldest);
  }

  #askSlots(state: LogState, slots: Map<number, number>): void {
    const { catalogue, ingest, slices } = this.#parts;
    const indexes = indexesOf(ingest, state.log);
    const segments = new Set(indexes.summaries().map(({ segment }) => segment));
    const of = { isLiving: catalogue.isLiving(state.log), indexes, segments };
    const who = { needs: this.needs, points: this.needs.pointsOf(state) };
    const until = this.needs.questions + slices.questions;
    let left = slices.questions;
    for (const [key, units] of slots) {
      if (left-- === 0 || this.needs.questions >= until) break;
      slots.delete(key);
      sweepSlot(state, { key, units, ...of }, who);
    }
  }

  /** Everything of ancestors' logs that this log replaced may be free now. What is gone there need not be known any more. */
  *#queueForeign(state: LogState): Generator<void, void> {
    const { states, slices } = this.#parts;
    let left = slices.questions;
    for (const [log, table] of state.foreign) {
      const segments = states.segmentsOnDisk(log);
      const gone: number[] = [];
      for (const { key, values } of table.entries()) {
        if (left-- === 0) {
          yield;
          left = slices.questions;
        }
        if (segments.has(segmentOf(key))) this.#queueSlot(log, key, values[FOREIGN.units] as number);
        else gone.push(key);
      }
      for (const key of gone) table.delete(key);
      if (gone.length > 0) state.revision++;
    }
  }

  #queue(doubtful: readonly DoubtfulSlot[]): void {
    for (const { log, key, units } of doubtful) this.#queueSlot(log, key, units);
  }

  #queueSlot(log: number, key: number, units: number): void {
    if (this.#parts.catalogue.pinsOf(log).size > 0) this.#errandsOf(log).slots.set(key, units);
  }

  #historyBytes(state: LogState): number {
    const indexes = indexesOf(this.#parts.ingest, state.log);
    return (countDeadInWindow(state, indexes) + countRetained(state, this.needs).own) * UNIT_BYTES;
  }

  #errandsOf(log: number): Errands {
    const found = this.#errands.get(log);
    if (found) return found;
    const made: Errands = { sweep: false, isDeletion: false, steps: undefined, slots: new Map() };
    this.#errands.set(log, made);
    return made;
  }

  #stateIfNeeded(log: number): LogState | undefined {
    const { catalogue, states } = this.#parts;
    return catalogue.isLiving(log) || catalogue.pinsOf(log).size > 0 ? states.get(log) : undefined;
  }
}

/** A hold whose time has come, and a guard that the window has left behind. */
function isOver(mark: MarkRecord, state: LogState, nowMicros: number): boolean {
  if (mark.untilMicros > 0) return mark.untilMicros <= nowMicros;
  return mark.kind === "guard" && state.retention !== undefined && mark.micros < nowMicros - state.retention.micros;
}

function findLastAtOrBefore(indexes: LogIndexes, from: number, micros: number): number {
  const summary = indexes
    .summaries()
    .findLast(({ commitCount, firstMicros }) => commitCount > 0 && firstMicros <= micros);
  const found = summary && indexes.get(summary.segment).findAtOrBefore(micros);
  return Math.max(from, found?.commit ?? from);
}
