import type { LogState } from "./log-state";

/** A sealed segment, as a collector sees it. */
export interface SealedSegment {
  readonly segment: number;
  /** Units of slots: all but its header. */
  readonly units: number;
}

export interface Chosen {
  readonly segment: number;
  /** Nothing of it is needed: the file goes. Otherwise it is rewritten without its freed units. */
  readonly isEmpty: boolean;
  /** Freed units that leave the disk. */
  readonly gain: number;
}

/** How much of a segment must be garbage before it is worth a rewrite, by how long ago its first garbage appeared. */
const STEPS = [
  { afterMicros: 0, share: 0.5 },
  { afterMicros: 60_000_000, share: 0.25 },
  { afterMicros: 600_000_000, share: 0.05 },
  { afterMicros: 3_600_000_000, share: 0 },
] as const;
/** In the log of a deleted volume: garbage comes there when forks go, all at once, and people wait for the space. */
const LEAST_SHARE_WHEN_DELETED = 0.05;

/** Which segments are due, the most rewarding first, by how long ago garbage was first seen in each. */
export function chooseSegments(
  state: LogState,
  sealed: readonly SealedSegment[],
  ageMicros: (segment: number) => number,
): Chosen[] {
  const chosen: (Chosen & { share: number })[] = [];
  for (const { segment, units } of sealed) {
    const freed = state.freed.countIn(segment);
    const gain = freed - (state.collected.get(segment) ?? 0);
    // One to which nothing was ever appended stays: nothing was decided about it, so nothing is durable that could replace it.
    const isEmpty = units > 0 && freed >= units && isWhollyFreed(state, { segment, units });
    if (gain === 0 && !isEmpty) continue;
    const share = gain / units;
    const isDue = share >= leastShare(ageMicros(segment)) || (state.isFinished && share >= LEAST_SHARE_WHEN_DELETED);
    if (isEmpty || isDue) chosen.push({ segment, isEmpty, gain, share });
  }
  return chosen.sort((a, b) => Number(b.isEmpty) - Number(a.isEmpty) || b.share - a.share);
}

/** Not by their number alone: an index that was made anew may end before the frames that prove the last commit, freed or not. */
const isWhollyFreed = ({ freed }: LogState, { segment, units }: SealedSegment): boolean =>
  freed.gapsIn(segment, 1, units + 1).next().done === true;

function leastShare(ageMicros: number): number {
  const step = STEPS.findLast(({ afterMicros }) => ageMicros >= afterMicros);
  // Below any share: one unit is enough.
  return step && step.share > 0 ? step.share : step ? Number.MIN_VALUE : 1;
}
