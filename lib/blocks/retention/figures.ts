import type { LogFigures } from "../history-types";
import { UNIT_BYTES } from "../log/format";
import type { SegmentIndex } from "../log/segment-index";
import { type LogState, RETAINED } from "./log-state";
import type { Needs } from "./needs";
import { hasPointIn } from "./points";
import type { LogIndexes } from "./settle";

/** What a log's files are, apart from what was decided about its slots. */
export interface LogExtent {
  /** Units of its segments without their headers. */
  readonly units: number;
  /** `st_blocks` of all its files. */
  readonly diskBytes: number;
}

/** The additive figures of one log: the first class that applies to a slot, and the rest of the disk as metadata. */
export function computeFigures(
  state: LogState,
  of: { extent: LogExtent; indexes: LogIndexes; isLiving: boolean },
  needs: Needs,
): LogFigures {
  const collected = [...state.collected.values()].reduce((sum, units) => sum + units, 0);
  const garbage = state.freed.count - collected;
  const slots = of.extent.units - state.freed.count;
  const retained = countRetained(state, needs);
  const dead = of.isLiving ? countDeadInWindow(state, of.indexes) : 0;
  const history = of.isLiving ? dead + retained.own : 0;
  const keptForForks = of.isLiving ? retained.forks : slots;
  const head = slots - history - keptForForks;
  const used = (head + history + keptForForks + garbage) * UNIT_BYTES;
  return {
    headBytes: head * UNIT_BYTES,
    historyBytes: history * UNIT_BYTES,
    keptForForksBytes: keptForForks * UNIT_BYTES,
    garbageBytes: garbage * UNIT_BYTES,
    metadataBytes: of.extent.diskBytes - used,
  };
}

/** By state: counted once for each revision, since a log may retain a million slots and is asked about every second. */
const counted = new WeakMap<LogState, { revision: number; own: number; forks: number }>();

/** Units of dead slots that a point needs: points of the log's own volume, and only forks. */
export function countRetained(state: LogState, needs: Needs): { readonly own: number; readonly forks: number } {
  const known = counted.get(state);
  if (known?.revision === state.revision) return known;
  const { own } = needs.pointsOf(state);
  const units = { revision: state.revision, own: 0, forks: 0 };
  for (const { values } of state.retained.entries()) {
    const isOwn = hasPointIn(own, values[RETAINED.birth] as number, values[RETAINED.death] as number);
    units[isOwn ? "own" : "forks"] += values[RETAINED.units] as number;
  }
  counted.set(state, units);
  return units;
}

/** Units that died in the exact part, or were never alive there. */
export function countDeadInWindow(state: LogState, indexes: LogIndexes): number {
  const since = state.since.commit;
  let units = 0;
  for (const summary of indexes.summaries()) {
    if (summary.commitCount === 0 || summary.lastCommit <= since) continue;
    if (summary.firstIndexedCommit > since) units += summary.ownDeadUnits + summary.bornDeadUnits;
    else units += countDeadAfter(indexes.get(summary.segment), state.log, since);
  }
  return units;
}

function countDeadAfter(index: SegmentIndex, log: number, since: number): number {
  let units = 0;
  for (const death of index.deaths()) if (death.commit > since && death.log === log) units += death.units;
  for (const never of index.bornDead()) if (never.commit > since) units += never.units;
  return units;
}
