import type { Catalogue } from "../catalogue";
import { LINK_LEVEL } from "../segment-index";
import { type LogState, RETAINED } from "./log-state";
import type { Needs, Slot } from "./needs";
import { placeKey, segmentOf, unitOf } from "./place-table";
import type { LogIndexes } from "./settle";

/** Forgets the kept commits for which there is no reason left, and then every slot that only they needed. */
export function sweep(state: LogState, catalogue: Catalogue, needs: Needs): void {
  const marked = new Set([...catalogue.marksOf(state.log).values()].map(({ commit }) => commit));
  const pins = catalogue.pinsOf(state.log);
  const isLiving = catalogue.isLiving(state.log);
  const kept = state.kept.filter(
    ({ commit, isTick }) => pins.has(commit) || (isLiving && (isTick || marked.has(commit))),
  );
  if (kept.length < state.kept.length) state.revision++;
  state.kept = kept;
  sweepRetained(state, needs);
}

function sweepRetained(state: LogState, needs: Needs): void {
  const points = needs.pointsOf(state);
  const gone: number[] = [];
  for (const { key, values } of state.retained.entries()) {
    const slot = toSlot(key, values);
    if (needs.isNeeded(points, slot)) continue;
    state.freed.add(segmentOf(key), unitOf(key), values[RETAINED.units] as number);
    gone.push(key);
  }
  for (const key of gone) state.retained.delete(key);
  if (gone.length > 0) state.revision++;
}

/** Of a deleted volume's log, settled up to its end: frees what never died and what no fork reaches. */
export function sweepUndead(state: LogState, indexes: LogIndexes, needs: Needs): void {
  const points = needs.pointsOf(state);
  for (const index of indexes.from(0))
    for (const { unit, units, level } of index.slots()) {
      const key = placeKey(index.segment, unit);
      if (state.freed.has(index.segment, unit) || state.retained.has(key)) continue;
      const isLink = level === LINK_LEVEL;
      const slot = { key, birth: index.birthOf(unit), death: Number.POSITIVE_INFINITY, isLink };
      if (needs.isNeeded(points, slot)) continue;
      state.freed.add(index.segment, unit, units);
      state.revision++;
    }
}

/** Asks again about one slot that a descendant replaced, which is never a link. In a living log, what is not retained is alive or in the exact part. */
export function sweepSlot(
  state: LogState,
  of: { key: number; units: number; isLiving: boolean; indexes: LogIndexes },
  needs: Needs,
): void {
  const { key, units } = of;
  const [segment, unit] = [segmentOf(key), unitOf(key)];
  if (state.freed.has(segment, unit)) return;
  const isRetained = state.retained.has(key);
  if (!isRetained && (of.isLiving || !state.isFinished)) return;
  const birth = state.retained.get(key, RETAINED.birth) ?? of.indexes.get(segment).birthOf(unit);
  const death = state.retained.get(key, RETAINED.death) ?? Number.POSITIVE_INFINITY;
  if (needs.isNeeded(needs.pointsOf(state), { key, birth, death, isLink: false })) return;
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
