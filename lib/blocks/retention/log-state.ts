import type { Retention } from "../history-types";
import type { KeptCommit } from "../timeline/kept-commit";
import { PlaceTable } from "./place-table";
import { UnitSet } from "./unit-set";

/** Where a log's exact history begins. */
export interface Since {
  readonly commit: number;
  readonly micros: number;
  readonly segment: number;
  readonly unit: number;
  readonly moments: number;
}

/** Columns of `retained`. `isLink`: 1 for a frame that no fork is read through. */
export const RETAINED = { birth: 0, death: 1, units: 2, isLink: 3 } as const;
/** Columns of a table of `foreign`. */
export const FOREIGN = { commit: 0, units: 1 } as const;

/**
 * What was decided about one log. Everything after `since` is there; of what is older only points are, and these fields say
 * what they need. It may lag behind what the journal allows to forget, and never leads.
 */
export interface LogState {
  readonly log: number;
  /** The first commit of the exact part: every later one is a point, and so is it. */
  since: Since;
  /** Points before it, ascending: marks, pins, ticks. */
  kept: KeptCommit[];
  retention: Retention | undefined;
  /** The newest commit that was seen; a log that ends before it has lost something. */
  seenCommit: number;
  /** Of a deleted volume: everything was decided, up to its last commit. */
  isFinished: boolean;
  /** Units that nobody needs. Those of a segment that is gone are not in it. */
  readonly freed: UnitSet;
  /** How many freed units of a segment are off the disk. */
  readonly collected: Map<number, number>;
  /** Segments that a deletion touched: their garbage is given back soon, however little it is. */
  readonly touched: Set<number>;
  /** Dead slots that a point still needs: place → birth, death, units, link. */
  readonly retained: PlaceTable;
  /** Slots of ancestors' logs that this log replaced, by log: place → own commit, units. */
  readonly foreign: Map<number, PlaceTable>;
  /** Rises with each decision; what is not in the ledger yet is above `savedRevision`. */
  revision: number;
  savedRevision: number;
}

export function newLogState(log: number, since: Since): LogState {
  return {
    log,
    since,
    kept: [],
    retention: undefined,
    seenCommit: since.commit,
    isFinished: false,
    freed: new UnitSet(),
    collected: new Map(),
    touched: new Set(),
    retained: new PlaceTable(4),
    foreign: new Map(),
    revision: 0,
    savedRevision: 0,
  };
}

export function foreignOf(state: LogState, ancestor: number): PlaceTable {
  const found = state.foreign.get(ancestor);
  if (found) return found;
  const made = new PlaceTable(2);
  state.foreign.set(ancestor, made);
  return made;
}
