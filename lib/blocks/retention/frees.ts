import type { Frees } from "../history-types";
import type { Catalogue } from "../journal/catalogue";
import { UNIT_BYTES } from "../log/format";
import { LINK_LEVEL } from "../log/segment-index";
import type { LogExtent } from "./figures";
import { type LogState, RETAINED } from "./log-state";
import type { NeededUnits } from "./needed-units";
import type { LogPoints, Needs, Slot } from "./needs";
import { PlaceTable, placeKey } from "./place-table";
import { hasPointIn } from "./points";
import type { LogIndexes } from "./settle";
import { toSlot } from "./sweep";

export interface LogFacts {
  readonly state: LogState;
  readonly indexes: LogIndexes;
  readonly extent: LogExtent;
}

/** What an answer is made from. */
export interface FreesParts {
  readonly catalogue: Catalogue;
  readonly needs: Needs;
  readonly neededUnits: NeededUnits;
  factsOf(log: number): LogFacts;
}

/**
 * What deleting a set of volumes (by their logs) would give back, and the part of it that lies in other logs. An answer for
 * the set: two siblings may free together what neither frees alone. Only the logs of the set and of their paths are asked.
 */
export function computeFrees(set: ReadonlySet<number>, of: FreesParts): Frees {
  let freesBytes = 0;
  let pinnedBytes = 0;
  for (const log of touchedLogs(set, of.catalogue)) {
    const asked = toAsked(set, log, of);
    if (set.has(log)) freesBytes += freesInOwn(asked);
    else {
      const bytes = freesInOther(asked, of.catalogue.isLiving(log));
      freesBytes += bytes;
      pinnedBytes += bytes;
    }
  }
  return { freesBytes, pinnedBytes };
}

/** What each of some volumes alone would give back, for a list of them: other logs are gone through once for all. */
export function computeFreesEach(logs: readonly number[], of: FreesParts): Map<number, Frees> {
  const pinned = new Map<number, number>();
  const ancestors = new Set(logs.flatMap((log) => of.catalogue.findByLog(log)?.path.map((step) => step.log) ?? []));
  for (const log of ancestors)
    for (const { owner, bytes } of pinnedByOne(of.factsOf(log), of.needs, of.catalogue.isLiving(log)))
      pinned.set(owner, (pinned.get(owner) ?? 0) + bytes);
  return new Map(
    logs.map((log) => {
      const asked = toAsked(new Set([log]), log, of);
      const pinnedBytes = pinned.get(log) ?? 0;
      return [log, { freesBytes: freesInOwn(asked) + pinnedBytes, pinnedBytes }];
    }),
  );
}

/** Slots of a log that are kept for one fork alone. */
export function* pinnedByOne(
  { state, indexes, extent }: LogFacts,
  needs: Needs,
  isLiving: boolean,
): Generator<{ owner: number; bytes: number }> {
  const points = needs.pointsOf(state);
  const [sole, ...others] = ownersOf(points);
  if (!isLiving && sole !== undefined && others.length === 0) return yield { owner: sole, bytes: extent.diskBytes };
  for (const { key, values } of state.retained.entries()) {
    const slot = toSlot(key, values);
    const owner = hasPointIn(points.own, slot.birth, slot.death) ? undefined : needs.findSoleOwner(points, slot);
    if (owner !== undefined) yield { owner, bytes: (values[RETAINED.units] as number) * UNIT_BYTES };
  }
  if (isLiving) return;
  for (const { slot, units } of undeadSlots(state, indexes)) {
    const owner = needs.findSoleOwner(points, slot);
    if (owner !== undefined) yield { owner, bytes: units * UNIT_BYTES };
  }
}

/** Slots of a deleted volume's log that never died and are not freed. */
function* undeadSlots(state: LogState, indexes: LogIndexes): Generator<{ slot: Slot; units: number }> {
  for (const index of indexes.from(0))
    for (const { unit, units, level } of index.slots()) {
      const key = placeKey(index.segment, unit);
      if (state.freed.has(index.segment, unit) || state.retained.has(key)) continue;
      const life = { birth: index.birthOf(unit), death: Number.POSITIVE_INFINITY };
      yield { slot: { key, ...life, isLink: level === LINK_LEVEL }, units };
    }
}

function toAsked(set: ReadonlySet<number>, log: number, { needs, neededUnits, factsOf }: FreesParts): Asked {
  const facts = factsOf(log);
  return { set, needs, neededUnits, facts, points: needs.pointsOf(facts.state) };
}

interface Asked {
  readonly set: ReadonlySet<number>;
  readonly needs: Needs;
  readonly neededUnits: NeededUnits;
  readonly facts: LogFacts;
  readonly points: LogPoints;
}

function touchedLogs(set: ReadonlySet<number>, catalogue: Catalogue): Set<number> {
  const touched = new Set(set);
  for (const log of set) for (const step of catalogue.findByLog(log)?.path ?? []) touched.add(step.log);
  return touched;
}

/** A log of the set goes as a whole, unless somebody outside the set descends through it. */
function freesInOwn(asked: Asked): number {
  const { facts, points, set } = asked;
  const lastPin = points.pins.findLast((_, at) => points.owners[at]?.some((owner) => !set.has(owner.log)));
  if (lastPin === undefined) return facts.extent.diskBytes;
  const { state, extent } = facts;
  const collected = [...state.collected.values()].reduce((sum, units) => sum + units, 0);
  const present = extent.units - collected;
  const count = () => countNeeded(asked, lastPin);
  return (present - (set.size === 1 ? asked.neededUnits.of(points, count) : count())) * UNIT_BYTES;
}

/** Units that volumes outside the set need of a log in it. What was born after their last pin is none of theirs. */
function countNeeded(asked: Asked, lastPin: number): number {
  const { state, indexes } = asked.facts;
  const deaths = deathsInWindow(state, indexes);
  let units = sumRetained(state, (slot) => isNeededOutside(asked, slot));
  for (const index of indexes.from(0)) {
    if (index.commitCount > 0 && index.commitAt(0).commit > lastPin) break;
    for (const slot of index.slots()) {
      const key = placeKey(index.segment, slot.unit);
      if (state.freed.has(index.segment, slot.unit) || state.retained.has(key)) continue;
      const death = deaths.get(key, 0) ?? Number.POSITIVE_INFINITY;
      if (isNeededOutside(asked, { key, birth: index.birthOf(slot.unit), death, isLink: slot.level === LINK_LEVEL }))
        units += slot.units;
    }
  }
  return units;
}

function deathsInWindow(state: LogState, indexes: LogIndexes): PlaceTable {
  const deaths = new PlaceTable(1);
  for (const index of indexes.from(state.since.commit + 1))
    for (const { log, segment, unit, commit } of index.deaths())
      if (log === state.log && commit > state.since.commit) deaths.set(placeKey(segment, unit), [commit]);
  return deaths;
}

/** Bytes in a log outside the set that are kept for members of the set alone; a log that nobody else needs goes as a whole. */
function freesInOther(asked: Asked, isLiving: boolean): number {
  const { state, indexes, extent } = asked.facts;
  if (!isLiving && [...ownersOf(asked.points)].every((owner) => asked.set.has(owner))) return extent.diskBytes;
  const { own } = asked.points;
  let units = sumRetained(state, (slot) => !hasPointIn(own, slot.birth, slot.death) && !isNeededOutside(asked, slot));
  if (!isLiving)
    for (const { slot, units: count } of undeadSlots(state, indexes)) if (!isNeededOutside(asked, slot)) units += count;
  return units * UNIT_BYTES;
}

/** The volumes that descend through a log. */
export const ownersOf = (points: LogPoints): Set<number> => new Set(points.owners.flat().map(({ log }) => log));

function sumRetained(state: LogState, counts: (slot: Slot) => boolean): number {
  let units = 0;
  for (const { key, values } of state.retained.entries()) {
    if (counts(toSlot(key, values))) units += values[RETAINED.units] as number;
  }
  return units;
}

const isNeededOutside = ({ needs, points, set }: Asked, slot: Slot): boolean => needs.isNeeded(points, slot, set);
