import type { Catalogue } from "../journal/catalogue";
import { type IndexedSlot, LINK_LEVEL, type SegmentIndex } from "../log/segment-index";
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
  questionsPerStep: number,
): Generator<void, void> {
  dropKept(state, of.catalogue);
  yield* sweepRetained(state, of.needs, questionsPerStep);
  if (state.isFinished) yield* sweepUndead(state, of, questionsPerStep);
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

function* sweepRetained(state: LogState, needs: Needs, questionsPerStep: number): Generator<void, void> {
  let points = needs.pointsOf(state);
  let until = needs.questions + questionsPerStep;
  const gone: number[] = [];
  for (const { key, values } of state.retained.entries()) {
    if (needs.questions >= until) {
      yield;
      // A fork may have been made meanwhile, and the point that it was made at may be gone.
      points = needs.pointsOf(state);
      until = needs.questions + questionsPerStep;
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
function* sweepUndead(
  state: LogState,
  { indexes, needs }: { indexes: LogIndexes; needs: Needs },
  questionsPerStep: number,
): Generator<void, void> {
  for (const { segment } of indexes.summaries()) {
    const index = indexes.get(segment);
    let points = needs.pointsOf(state);
    let until = needs.questions + questionsPerStep;
    for (const slot of index.slots()) {
      if (needs.questions >= until) {
        yield;
        points = needs.pointsOf(state);
        until = needs.questions + questionsPerStep;
      }
      sweepUndeadSlot(state, { index, slot }, { needs, points });
    }
    yield;
  }
}

function sweepUndeadSlot(
  state: LogState,
  { index, slot }: { index: SegmentIndex; slot: IndexedSlot },
  { needs, points }: { needs: Needs; points: LogPoints },
): void {
  const { unit, units, level } = slot;
  const key = placeKey(index.segment, unit);
  if (state.freed.has(index.segment, unit) || state.retained.has(key)) return;
  const life = { birth: index.birthOf(unit), death: Number.POSITIVE_INFINITY };
  if (needs.isNeeded(points, { key, ...life, isLink: level === LINK_LEVEL })) return;
  state.freed.add(index.segment, unit, units);
  state.revision++;
}

/** Asks again about one slot that a descendant replaced, which is never a link. In a living log, what is not retained is alive or in the exact part. */
export function sweepSlot(
  state: LogState,
  of: { key: number; units: number; isLiving: boolean; indexes: LogIndexes; segments: ReadonlySet<number> },
  who: { needs: Needs; points: LogPoints },
): void {
  const { key, units } = of;
  const [segment, unit] = [segmentOf(key), unitOf(key)];
  if (state.freed.has(segment, unit)) return;
  const isRetained = state.retained.has(key);
  if (!isRetained && (of.isLiving || !state.isFinished)) return;
  // A segment that was removed as a whole is in no set any more; the descendant still knows that it replaced the slot.
  if (!isRetained && !of.segments.has(segment)) return;
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
