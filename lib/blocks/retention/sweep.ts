import type { Catalogue } from "../journal/catalogue";
import { LINK_LEVEL, type SegmentIndex } from "../log/segment-index";
import { type LogState, RETAINED } from "./log-state";
import type { LogPoints, Needs, Slot } from "./needs";
import { placeKey, segmentOf, unitOf } from "./place-table";
import type { LogIndexes } from "./settle";

/**
 * Forgets the kept commits for which there is no reason left, and then every slot that only they needed. Nothing else may be
 * decided about the log until the last step is done.
 */
export function* sweepSteps(
  state: LogState,
  of: { catalogue: Catalogue; needs: Needs; indexes: LogIndexes },
  slotsPerStep: number,
): Generator<void, void> {
  dropKept(state, of.catalogue);
  yield* sweepRetained(state, of.needs, slotsPerStep);
  if (state.isFinished) yield* sweepUndead(state, of.indexes, of.needs);
}

function dropKept(state: LogState, catalogue: Catalogue): void {
  const pins = catalogue.pinsOf(state.log);
  const isLiving = catalogue.isLiving(state.log);
  const kept = state.kept.filter(
    ({ commit, isTick }) => pins.has(commit) || (isLiving && (isTick || catalogue.isMarked(state.log, commit))),
  );
  if (kept.length < state.kept.length) state.revision++;
  state.kept = kept;
}

function* sweepRetained(state: LogState, needs: Needs, slotsPerStep: number): Generator<void, void> {
  let points = needs.pointsOf(state);
  const gone: number[] = [];
  let asked = 0;
  for (const { key, values } of state.retained.entries()) {
    if (++asked % slotsPerStep === 0) {
      yield;
      // A fork may have been made meanwhile, and the point that it was made at may be gone.
      points = needs.pointsOf(state);
    }
    if (!needs.isNeeded(points, toSlot(key, values))) gone.push(key);
  }
  for (const key of gone) {
    state.freed.add(segmentOf(key), unitOf(key), state.retained.get(key, RETAINED.units) as number);
    state.retained.delete(key);
  }
  if (gone.length > 0) state.revision++;
}

/** Of a deleted volume's log, settled up to its end: frees what never died and what no fork reaches. */
function* sweepUndead(state: LogState, indexes: LogIndexes, needs: Needs): Generator<void, void> {
  for (const { segment } of indexes.summaries()) {
    sweepSegment(state, indexes.get(segment), { needs, points: needs.pointsOf(state) });
    yield;
  }
}

function sweepSegment(state: LogState, index: SegmentIndex, of: { needs: Needs; points: LogPoints }): void {
  for (const { unit, units, level } of index.slots()) {
    const key = placeKey(index.segment, unit);
    if (state.freed.has(index.segment, unit) || state.retained.has(key)) continue;
    const life = { birth: index.birthOf(unit), death: Number.POSITIVE_INFINITY };
    if (of.needs.isNeeded(of.points, { key, ...life, isLink: level === LINK_LEVEL })) continue;
    state.freed.add(index.segment, unit, units);
    state.revision++;
  }
}

/** Asks again about one slot that a descendant replaced, which is never a link. In a living log, what is not retained is alive or in the exact part. */
export function sweepSlot(
  state: LogState,
  of: { key: number; units: number; isLiving: boolean; indexes: LogIndexes },
  who: { needs: Needs; points: LogPoints },
): void {
  const { key, units } = of;
  const [segment, unit] = [segmentOf(key), unitOf(key)];
  if (state.freed.has(segment, unit)) return;
  const isRetained = state.retained.has(key);
  if (!isRetained && (of.isLiving || !state.isFinished)) return;
  // A segment that was removed as a whole is in no set any more; the descendant still knows that it replaced the slot.
  if (!isRetained && !of.indexes.summaries().some((summary) => summary.segment === segment)) return;
  const birth = state.retained.get(key, RETAINED.birth) ?? of.indexes.get(segment).birthOf(unit);
  const death = state.retained.get(key, RETAINED.death) ?? Number.POSITIVE_INFINITY;
  if (who.needs.isNeeded(who.points, { key, birth, death, isLink: false })) return;
  state.retained.delete(key);
  state.freed.add(segment, unit, units);
  state.revision++;
}

/** A row of the retained slots. */
export const toSlot = (key: number, values: Float64Array): Slot => ({
  key,
  birth: values[RETAINED.birth] as number,
  death: values[RETAINED.death] as number,
  isLink: values[RETAINED.isLink] === 1,
});
