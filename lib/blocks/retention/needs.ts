import type { Catalogue } from "../journal/catalogue";
import type { PathStep } from "../journal/journal-records";
import { FOREIGN, type LogState } from "./log-state";
import type { PlaceTable } from "./place-table";
import { hasPointIn, lowerBound } from "./points";

/** A slot of a log: its place there, and the commits of that log between which it lives (death may be infinite). */
export interface Slot {
  readonly key: number;
  readonly birth: number;
  readonly death: number;
  /** A frame that no fork is read through. */
  readonly isLink: boolean;
}

interface Owner {
  readonly log: number;
  /** Where its path goes on after this log. */
  readonly after: readonly PathStep[];
}

/** The points of one log, ascending. */
export interface LogPoints {
  readonly log: number;
  /** Its own ones that are older than the exact part, and the first of that; none when the volume is deleted. */
  readonly own: readonly number[];
  readonly pins: readonly number[];
  readonly owners: readonly (readonly Owner[])[];
}

/** What a log replaced of an ancestor's in its exact part, as a table of `LogState.foreign`. */
export type Ahead = (log: number, ancestor: number) => PlaceTable | undefined;

const NO_LOGS: ReadonlySet<number> = new Set();

/**
 * Who needs a slot. The exact rule: a point p of its log with birth <= p < death; for a fork's pin only if neither a log on
 * the way to the fork replaced the slot before the way left it, nor the fork itself before its oldest own point. Slots that
 * died in the exact part of a living log are needed by it and are not asked about.
 */
export class Needs {
  readonly #catalogue: Catalogue;
  readonly #stateOf: (log: number) => LogState | undefined;
  readonly #ahead: Ahead | undefined;
  #questions = 0;

  constructor(catalogue: Catalogue, stateOf: (log: number) => LogState | undefined, ahead?: Ahead) {
    this.#catalogue = catalogue;
    this.#stateOf = stateOf;
    this.#ahead = ahead;
  }

  /**
   * As if every log were settled up to its head. Deciding can wait for that: what a log replaced in its exact part it needs
   * itself. An answer about what would be if the log were deleted cannot.
   */
  lookingAhead(ahead: Ahead): Needs {
    return new Needs(this.#catalogue, this.#stateOf, ahead);
  }

  /** Slots that were asked about, and forks that were asked about each: what that costs, so that a slice can end in time. */
  get questions(): number {
    return this.#questions;
  }

  pointsOf(state: LogState): LogPoints {
    const { log } = state;
    const pins = [...this.#catalogue.pinsOf(log)].sort(([a], [b]) => a - b);
    return {
      log,
      own: this.#catalogue.isLiving(log) ? [...this.#ownKept(state), state.since.commit] : [],
      pins: pins.map(([commit]) => commit),
      owners: pins.map(([, owners]) => [...owners].map((owner) => this.#ownerOf(owner, log))),
    };
  }

  /** `without`: as if these volumes (by their logs) did not exist. */
  isNeeded(points: LogPoints, slot: Slot, without = NO_LOGS): boolean {
    const { log } = points;
    this.#questions++;
    if (!without.has(log) && hasPointIn(points.own, slot.birth, slot.death)) return true;
    if (slot.isLink) return false;
    for (let at = lowerBound(points.pins, slot.birth); at < points.pins.length; at++) {
      if ((points.pins[at] as number) >= slot.death) return false;
      for (const owner of points.owners[at] as readonly Owner[])
        if (!without.has(owner.log) && this.#isReached(owner, log, slot.key)) return true;
    }
    return false;
  }

  /** The one volume (by its log) for which alone a slot is kept that its own log does not need; undefined when there are more. */
  findSoleOwner(points: LogPoints, slot: Slot): number | undefined {
    if (slot.isLink) return undefined;
    let sole: number | undefined;
    for (let at = lowerBound(points.pins, slot.birth); at < points.pins.length; at++) {
      if ((points.pins[at] as number) >= slot.death) return sole;
      for (const owner of points.owners[at] as readonly Owner[]) {
        if (owner.log === sole || !this.#isReached(owner, points.log, slot.key)) continue;
        if (sole !== undefined) return undefined;
        sole = owner.log;
      }
    }
    return sole;
  }

  /** The oldest commit that a volume itself can be read at. */
  oldestOwn(state: LogState): number {
    for (const commit of this.#ownKept(state)) return commit;
    return state.since.commit;
  }

  *#ownKept(state: LogState): Generator<number> {
    const { log, kept } = state;
    for (const { commit, isTick } of kept) if (isTick || this.#catalogue.isMarked(log, commit)) yield commit;
  }

  #ownerOf(owner: number, log: number): Owner {
    const path = this.#catalogue.findByLog(owner)?.path ?? [];
    return { log: owner, after: path.slice(path.findIndex((step) => step.log === log) + 1) };
  }

  #isReached(owner: Owner, log: number, key: number): boolean {
    this.#questions++;
    for (const step of owner.after)
      if (this.#replacedAt(step.log, log, key) <= step.commit || this.#replacedAhead(step, log, key)) return false;
    const replaced = this.#replacedAt(owner.log, log, key);
    if (replaced === Number.POSITIVE_INFINITY) return true;
    const state = this.#stateOf(owner.log);
    return !state || replaced > this.oldestOwn(state);
  }

  #replacedAhead(step: PathStep, ancestor: number, key: number): boolean {
    return (this.#ahead?.(step.log, ancestor)?.get(key, FOREIGN.commit) ?? Number.POSITIVE_INFINITY) <= step.commit;
  }

  /** The commit of a log that replaced a slot of an ancestor's; infinite when that is not known. */
  #replacedAt(log: number, ancestor: number, key: number): number {
    return this.#stateOf(log)?.foreign.get(ancestor)?.get(key, FOREIGN.commit) ?? Number.POSITIVE_INFINITY;
  }
}
